"""GraphQL on a socket: graphql-transport-ws."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import ConnectionInitMessage

from app.core.errors import Unauthenticated
from app.core.graph.context import Context
from app.core.logging import get_logger
from app.core.metrics import SOCKETS

if TYPE_CHECKING:
    from app.core.graph.view import GraphQLView

_FORBIDDEN = 4403
# The WebSocket protocol's "try again later".
_TRY_AGAIN = 1013

log = get_logger(__name__)


class Socket(BaseGraphQLTransportWSHandler[Context, None]):
    """One socket: closed at once when its auth session ends."""

    view: "GraphQLView"
    _watch: asyncio.Task[None] | None = None

    async def handle(self) -> None:
        """Serve the socket until it closes."""
        SOCKETS.inc()
        try:
            await super().handle()
        finally:
            SOCKETS.dec()
            if self._watch is not None:
                self._watch.cancel()
                with suppress(asyncio.CancelledError):
                    await self._watch

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Authenticate, then watch the auth session."""
        await super().handle_connection_init(message)
        if self.connection_acknowledged and self._watch is None:
            self._watch = asyncio.create_task(self._close_when_signed_out())

    async def _close_when_signed_out(self) -> None:
        viewer, resources = self.context.me, self.context.resources
        code, reason = _FORBIDDEN, "Your session has ended"
        try:
            async with resources.hub.listen(self.view.account_stream(viewer)) as listener:
                # It may have ended before anybody listened. From then on, whatever happens to
                # the account, or may have been missed: look again.
                while await self._still_signed_in():
                    await anext(listener)
        except Exception:
            # Nobody would notice a sign-out any more: better no socket than one unwatched.
            log.exception("socket.unwatched")
            code, reason = _TRY_AGAIN, "Connect again"
        await self.websocket.close(code=code, reason=reason)

    async def _still_signed_in(self) -> bool:
        """Its rights may have changed; what counts here is that the session is live."""
        known = self.context.known
        assert known is not None
        authenticator, resources = self.context.executor.authenticator, self.context.resources
        try:
            self.context.known = await authenticator.reload(resources.database, known)
        except Unauthenticated:
            return False
        return True
