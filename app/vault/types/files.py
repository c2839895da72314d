"""What the schema shows of files."""

from datetime import datetime

import strawberry

from app.core.graph.context import Info
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import column, reads
from app.vault import models, policy
from app.vault.models import FilePurpose, FileStatus, ScanStatus
from app.vault.service import files

describe(
    FilePurpose,
    "What a file is for: this decides how large it may be, and of which types.",
    {
        FilePurpose.ASSIGNMENT: "To be handed in: a document, text, picture, sound or video.",
        FilePurpose.CARTRIDGE: "A course of another system: a Common Cartridge, or QTI quizzes.",
        FilePurpose.MESSAGE: "To be attached to a message: of the types that can be handed in.",
        FilePurpose.SESSION: "To be shared in a study session: the same kinds as to hand in.",
    },
)
describe(
    FileStatus,
    "How far an upload is.",
    {
        FileStatus.PENDING: "It has not been completed.",
        FileStatus.READY: "It can be used.",
        FileStatus.REFUSED: "It was of no kind that is accepted, or had malware in it.",
    },
)
describe(
    ScanStatus,
    "What the malware scanner said of a file.",
    {
        ScanStatus.NOT_SCANNED: "Nothing: this installation has none, or it wasn't asked yet.",
        ScanStatus.CLEAN: "It found nothing.",
        ScanStatus.INFECTED: "It found malware.",
    },
)


@reads(
    models.StoredFile,
    visible=policy.own,
    description="A file that somebody uploaded.",
    needs=("object_name",),
)
class File(Node):
    """Its owner sees it, and whoever sees what it is attached to, there."""

    prefix = "fil"

    name: str = column(
        "What it is called. Once it is ready, the ending says what it is by its bytes."
    )
    size: int = column("How large it is, in bytes.")
    purpose: FilePurpose = column("What it is for.")
    status: FileStatus = column("How far its upload is.")
    type: str | None = column(
        "What its bytes are, as a media type, whatever they were said to be; null until it is"
        " ready."
    )
    scan_status: ScanStatus = column("What the malware scanner said of it.", "scan")
    created_at: datetime = column("When its upload began.")

    @strawberry.field(
        description="Where it is downloaded without signing in: good for an hour at least, then"
        " ask for another. Null unless it is ready."
    )
    async def url(self, info: Info) -> str | None:
        """Of this server, or of the object store itself."""
        name = vars(self)["object_name"]
        if name is None or self.status is not FileStatus.READY:
            return None
        resources, base_url = info.context.resources, str(info.context.request.base_url)
        return await files.link(resources, name, self.name, base_url)
