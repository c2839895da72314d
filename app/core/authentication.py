"""Who asks, known without reading it for every request.

A process remembers for whom a header was verified, and the version that the rights had then.
Whether they still have it, the database says: in the statement that reads the data (`current`),
or in one of its own (`confirm`). So what was taken away is refused at the next request of any
process, and no message between processes can come too late.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from time import time
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import select

from app.core.db import Database, ReadSession
from app.core.errors import Unauthenticated
from app.core.graph.read.grouping import Grouping, Lane
from app.core.graph.read.statement import statement
from app.core.tokens import AccessTokens, Claims
from app.core.viewer import Viewer

_ENTRIES = 10_000
_BEARER = "bearer "
# What API tokens begin with; whoever finds one somewhere knows what it is.
API_TOKEN = "lyc_"  # noqa: S105 - no token by itself
# An API token is looked up again after this time, so that it is known when it was last used.
_API_TOKEN_SECONDS = 60.0
_ENDED = "This session has ended: sign in again."


@dataclass(frozen=True)
class Known:
    """A viewer, as read at one moment.

    It holds while the database has the same `version`, and at most until `good_until`, in
    seconds since 1970, when something expires of itself.
    """

    viewer: Viewer
    good_until: float

    @property
    def version(self) -> int:
        """Of the viewer's rights."""
        return self.viewer.rights_version


class RightsChanged(Exception):
    """What the session may do has changed since it was last looked up: nothing was done."""


# None: the session has ended.
LoadRights = Callable[[ReadSession, Claims], Awaitable[Known | None]]
# None: there is no such API token.
FindToken = Callable[[Database, str], Awaitable[Claims | None]]


class Authenticator:
    """Finds the viewer of an `Authorization` header. One for each process.

    `load` reads the rights behind a token. `current` is the SQL term for their version now.
    `find` says whose an API token is, and notes its use; without it there are none.
    """

    def __init__(
        self,
        tokens: AccessTokens,
        load: LoadRights,
        current: ColumnElement[Any],
        find: FindToken | None = None,
    ) -> None:
        self._tokens = tokens
        self._load = load
        self._find = find
        self._current = current
        self._confirming = Lane(statement([], select(current)))
        # With the end of each token; least recently used first.
        self._known: OrderedDict[bytes, tuple[Known, float]] = OrderedDict()

    def recall(self, authorization: str) -> Known | None:
        """Whom exactly this header stood for, to be confirmed by the database; no I/O.

        None if it isn't remembered, or if the token or a right has expired.
        """
        key = _key(authorization)
        remembered = self._known.get(key)
        if remembered is None:
            return None
        known, expires = remembered
        now = time()
        if known.good_until <= now or expires <= now:
            del self._known[key]
            return None
        self._known.move_to_end(key)
        return known

    async def identify(self, database: Database, authorization: str) -> Known:
        """Whom a header stands for, read now, and remembered.

        `Unauthenticated` if it isn't a good token's, or if the session behind it has ended.
        """
        if not authorization.lower().startswith(_BEARER):
            raise Unauthenticated("Authorization must be 'Bearer' and an access token.")
        claims, expires = await self._claims(database, authorization[len(_BEARER) :].strip())
        async with database.read() as session:
            loaded = await self._load(session, claims)
        if loaded is None:
            self.forget(authorization)
            raise Unauthenticated(_ENDED)
        self._remember(_key(authorization), loaded, expires)
        return loaded

    async def _claims(self, database: Database, token: str) -> tuple[Claims, float]:
        """Whose a token is, and until when that may be remembered."""
        if self._find is None or not token.startswith(API_TOKEN):
            return self._tokens.verify(token)
        claims = await self._find(database, token)
        if claims is None:
            raise Unauthenticated("This API token isn't valid, was revoked or has expired.")
        return claims, time() + _API_TOKEN_SECONDS

    async def confirm(self, grouping: Grouping, known: Known) -> bool:
        """Whether the session is live and its rights are still as they were read."""
        _, version = await grouping.run(self._confirming, (), known.viewer.auth_session_id)
        return version == known.version

    async def reload(self, database: Database, known: Known) -> Known:
        """What a session may do now. `Unauthenticated` if it has ended."""
        viewer = known.viewer
        async with database.read() as session:
            loaded = await self._load(session, Claims(viewer.user_id, viewer.auth_session_id))
        if loaded is None:
            raise Unauthenticated(_ENDED)
        return loaded

    def forget(self, authorization: str) -> None:
        """Don't recall a header any more, as after a confirmation that failed."""
        self._known.pop(_key(authorization), None)

    def current(self) -> ColumnElement[Any]:
        """The version of the session `:auth_session_id`, or NULL if it isn't live.

        A term for the statement that reads data: what it gives beside the data has to equal
        `Known.version`, or the data is not to be shown.
        """
        return self._current

    def _remember(self, key: bytes, known: Known, expires: float) -> None:
        self._known[key] = known, expires
        self._known.move_to_end(key)
        if len(self._known) > _ENTRIES:
            self._known.popitem(last=False)


def _key(authorization: str) -> bytes:
    # A token is as good as a password while it lasts. Its hash finds it as well, keeps ten
    # thousand of them out of dumps and tracebacks, and is short however long the header is.
    return sha256(authorization.encode("utf-8", "surrogatepass")).digest()
