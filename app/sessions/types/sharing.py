"""What those who take part make and share."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, true
from sqlmodel import col

from app.accounts.types import User
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import Rows, column, computed, edge, items, reads
from app.core.graph.read.pages import Order
from app.core.realtime.streams import newest_cursor
from app.core.viewer import Asker
from app.sessions import models, policy
from app.sessions.events import whiteboard_stream
from app.sessions.models import RecordingProvider, SessionNoteType, SessionResourceType
from app.sessions.service.whiteboard import FOLDED_AT
from app.vault.types.files import File

describe(
    SessionNoteType,
    "What a note is.",
    {
        SessionNoteType.GENERAL: "Anything.",
        SessionNoteType.KEY_POINT: "Something to remember.",
        SessionNoteType.QUESTION: "Something to ask.",
        SessionNoteType.ACTION_ITEM: "Something to do.",
    },
)
describe(
    SessionResourceType,
    "What was shared.",
    {
        SessionResourceType.LINK: "A page on the web.",
        SessionResourceType.FILE: "A file that was uploaded.",
    },
)
describe(
    RecordingProvider,
    "Who keeps a recording.",
    {
        RecordingProvider.DAILY: "The service Daily.",
        RecordingProvider.S3: "An object store at Amazon, or one like it.",
        RecordingProvider.MINIO: "A MinIO of the installation.",
    },
)


def _base64(data: Any) -> ColumnElement[str]:
    """As base64 in one line; the database breaks it into several."""
    text: ColumnElement[str] = func.translate(func.encode(data, "base64"), "\n", "")
    return text


def _data(_: Asker, update: type[models.WhiteboardUpdate]) -> ColumnElement[str]:
    return _base64(update.data)


# Whoever got to the whiteboard, or is told of its changes, sees them.
@reads(models.WhiteboardUpdate, description="A change of a whiteboard.")
class WhiteboardUpdate:
    """In the order of arrival; a Yjs document takes updates in any order, and twice."""

    data: str = computed(_data, "A Yjs update, in base64.")
    author: User | None = edge("author_id", "Who drew; null once the account is deleted.")
    created_at: datetime = column("When it arrived.")


def _state(_: Asker, session: type[models.StudySession]) -> ColumnElement[str]:
    board = models.Whiteboard
    found = select(_base64(board.state)).where(col(board.session_id) == session.id)
    return func.coalesce(found.scalar_subquery(), literal(""))


def _cursor(_: Asker, session: type[models.StudySession]) -> ColumnElement[str]:
    return newest_cursor(whiteboard_stream, session.id)


def _updates(
    _: Asker, update: type[models.WhiteboardUpdate], session: type[models.StudySession]
) -> Rows:
    return Rows(col(update.session_id) == session.id, Order("whiteboard", ("sequence", "id")))


@reads(
    models.StudySession,
    visible=policy.member,
    description="A session's whiteboard: a Yjs document.",
)
class Whiteboard:
    """Read it, apply the state and the updates, then follow from the cursor."""

    state: str = computed(
        _state, "A Yjs update with most of what was drawn, in base64; empty if there is none yet."
    )
    updates: list[WhiteboardUpdate] = items(
        _updates, "What came after the state, in the order of arrival.", most=FOLDED_AT
    )
    cursor: str = computed(_cursor, "The place to follow `whiteboardUpdated` from.")


@reads(
    models.SessionNote,
    visible=policy.visible_note,
    description="Something that somebody wrote down in a session.",
)
class SessionNote(Node):
    """A private one is its author's alone."""

    prefix = "snt"

    type: SessionNoteType = column("What it is.")
    content: str = column("What it says.")
    at_seconds: int | None = column("The time in the session that it is about, in seconds.")
    shared: bool = column("Whether all who take part see it.")
    created_at: datetime = column("When it was written.")
    updated_at: datetime = column("When it was last changed.")
    author: User | None = edge("author_id", "Who wrote it.")


@reads(
    models.SessionResource,
    visible=policy.of_member,
    description="A link or a file that was shared in a session.",
)
class SessionResource(Node):
    """For those who take part."""

    prefix = "srs"

    type: SessionResourceType = column("What it is.")
    title: str = column("What it is called.")
    description: str = column("What it is about.")
    url: str | None = column("Where it is, if it is a link.")
    file: File | None = edge("file_id", "The file, if it is one.", visible=true())
    created_at: datetime = column("When it was shared.")
    shared_by: User | None = edge("shared_by_id", "Who shared it.")


@reads(
    models.SessionRecording,
    visible=policy.of_member,
    description="Where a recording of a session lies.",
)
class SessionRecording(Node):
    """For those who take part; the provider keeps pictures and sound."""

    prefix = "srg"

    provider: RecordingProvider = column("Who keeps it.")
    url: str = column("Where it can be watched.")
    started_at: datetime = column("When it begins.")
    ended_at: datetime = column("When it ends.")
    created_at: datetime = column("When this was said.")


def shared_notes(
    _: Asker, note: type[models.SessionNote], session: type[models.StudySession]
) -> Rows:
    """The notes of a session."""
    return Rows(col(note.session_id) == session.id, Order("sessionNotes", ("created_at", "id")))


def shared_resources(
    _: Asker, resource: type[models.SessionResource], session: type[models.StudySession]
) -> Rows:
    """What was shared in a session."""
    order = Order("sessionResources", ("created_at", "id"))
    return Rows(col(resource.session_id) == session.id, order)


def recordings(
    _: Asker, recording: type[models.SessionRecording], session: type[models.StudySession]
) -> Rows:
    """The recordings of a session."""
    order = Order("sessionRecordings", ("started_at", "id"))
    return Rows(col(recording.session_id) == session.id, order)
