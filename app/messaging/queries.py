"""Root queries of messaging."""

from typing import Annotated

import strawberry

from app.core.access import SIGNED_IN
from app.core.graph.connections import After, Before, Connection, First, Last, connection
from app.core.graph.context import Info
from app.core.graph.fields import query
from app.core.ids import from_global
from app.core.limits import API
from app.core.pagination import PageArguments
from app.messaging import service
from app.messaging.types import Conversation, Message


@strawberry.type
class MessagingQuery:
    """Read chats."""

    @query(SIGNED_IN, API)
    async def messages(
        self,
        info: Info,
        conversation_id: Annotated[
            strawberry.ID, strawberry.argument(description="The conversation.")
        ],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        around: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="A page with this message in its middle."),
        ] = None,
        search: Annotated[
            str | None, strawberry.argument(description="Only messages with these words.")
        ] = None,
    ) -> Connection[Message] | None:
        """The messages of a conversation, oldest first; null if the viewer isn't in it."""
        async with info.context.read() as session:
            page = await service.messages(
                session,
                info.context.me,
                from_global(Conversation.prefix, conversation_id),
                PageArguments(first, after, last, before),
                around=from_global(Message.prefix, around) if around else None,
                search=search,
            )
        return connection(page, Message.of)
