"""Root mutations of files."""

from datetime import datetime
from uuid import UUID

import strawberry

from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.core.limits import UPLOADS
from app.vault.models import FilePurpose
from app.vault.service import uploads
from app.vault.types import File


@strawberry.input(description="A file to upload.")
class UploadBeginInput:
    """What it is said to be; that is looked at when it has arrived."""

    purpose: FilePurpose = strawberry.field(description="What it is for.")
    filename: str = strawberry.field(description="What it is called, 1 to 255 characters.")
    size: int = strawberry.field(
        description="How many bytes it has: 10 MB at most, unless the installation says otherwise."
    )
    type: str | None = strawberry.field(
        default=None,
        description="Its media type, to have one that isn't accepted refused before it is sent."
        " What the file is, its bytes say.",
    )


@strawberry.input(description="Which upload to complete.")
class UploadCompleteInput:
    """By its file's id."""

    id: strawberry.ID = strawberry.field(description="The file.")


@strawberry.type(description="A header of an HTTP request.")
class UploadHeader:
    """Name and value."""

    name: str = strawberry.field(description="What it is called.")
    value: str = strawberry.field(description="What it says.")


@strawberry.type(description="Where a file's bytes are sent, as the body of one request.")
class UploadLink:
    """Of this server, or of the object store itself. Whoever has it can use it."""

    url: str = strawberry.field(description="The address.")
    method: str = strawberry.field(description="The HTTP method.")
    headers: list[UploadHeader] = strawberry.field(description="Headers to send along.")
    expires_at: datetime = strawberry.field(description="Until when that is possible.")


@strawberry.type(description="The answer to `uploadBegin`.")
class UploadBeginPayload:
    """The file to be, and where it is sent."""

    file: File | None = edge("file_key", "The file, pending.")
    file_key: strawberry.Private[UUID | None] = None
    link: UploadLink | None = strawberry.field(
        default=None, description="Where its bytes are sent."
    )
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why nothing changed."
    )


@strawberry.type(description="The answer to `uploadComplete`.")
class UploadCompletePayload:
    """The file."""

    file: File | None = edge("file_key", "The file, ready.")
    file_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it isn't complete."
    )


@strawberry.type
class UploadMutation:
    """Upload files."""

    @mutation(SIGNED_IN, UPLOADS)
    async def upload_begin(self, info: Info, input: UploadBeginInput) -> UploadBeginPayload:
        """Get a link to send a file to, for a quarter of an hour. Complete it then, and use it
        within a day. There are 10 uploads an hour.
        """
        data = to_data(uploads.UploadData, input)
        context = info.context
        async with context.begin() as uow:
            file = await uploads.begin(uow, context.resources, context.me, data)
        link = await uploads.link(context.resources, file, str(context.request.base_url))
        headers = [UploadHeader(name=name, value=value) for name, value in link.headers.items()]
        given = UploadLink(
            url=link.url, method=link.method, headers=headers, expires_at=link.expires_at
        )
        return UploadBeginPayload(file_key=file.id, link=given)

    @mutation(SIGNED_IN)
    async def upload_complete(
        self, info: Info, input: UploadCompleteInput
    ) -> UploadCompletePayload:
        """Have a file looked at that was sent: its size, what its bytes are, and whether there is
        malware in it. Done twice, it is done once.
        """
        key = from_global(File.prefix, input.id)
        await uploads.complete(info.context.resources, info.context.me, key)
        return UploadCompletePayload(file_key=key)
