"""Subscriptions of what is made and shared together."""

from uuid import UUID

import strawberry
from sqlalchemy import true

from app.core.access import SIGNED_IN
from app.core.graph.read.declare import edge
from app.core.ids import to_global
from app.core.realtime.declare import AFTER, follow, tell
from app.sessions import policy
from app.sessions.events import (
    NoteRemoved,
    NoteSaved,
    RecordingAdded,
    ResourceAdded,
    ResourceRemoved,
    WhiteboardChanged,
    WhiteboardFolded,
    notes_stream,
    resources_stream,
    whiteboard_stream,
)
from app.sessions.types.session import SessionId
from app.sessions.types.sharing import (
    SessionNote,
    SessionRecording,
    SessionResource,
    Whiteboard,
    WhiteboardUpdate,
)


@strawberry.interface(description="A change of a whiteboard.")
class WhiteboardEvent:
    """Each has its place."""

    cursor: str = strawberry.field(description="Pass it as `after` to go on from here.")


@strawberry.type(description="Somebody drew.")
class WhiteboardDrawn(WhiteboardEvent):
    """Apply the update."""

    update: WhiteboardUpdate = edge("update_key", "The update.")
    update_key: strawberry.Private[UUID]


@strawberry.type(
    description="What was drawn until now is one state: it stands for all updates before."
)
class WhiteboardMerged(WhiteboardEvent):
    """Who has applied those has nothing new to apply."""

    whiteboard: Whiteboard = edge("session_key", "The whiteboard as it is now.", visible=true())
    session_key: strawberry.Private[UUID]


@strawberry.interface(description="A change of the notes that are shared.")
class SessionNotesEvent:
    """Each has its place."""

    cursor: str = strawberry.field(description="Pass it as `after` to go on from here.")


@strawberry.type(description="A shared note is new, or another now.")
class SessionNoteSaved(SessionNotesEvent):
    """Carries the note."""

    note: SessionNote = edge("note_key", "The note as it is now.")
    note_key: strawberry.Private[UUID]


@strawberry.type(description="A shared note was deleted, or is private now.")
class SessionNoteRemoved(SessionNotesEvent):
    """Show it no more."""

    note_id: strawberry.ID = strawberry.field(description="The note's id.")


@strawberry.interface(description="A change of what is shared.")
class SessionResourcesEvent:
    """Each has its place."""

    cursor: str = strawberry.field(description="Pass it as `after` to go on from here.")


@strawberry.type(description="Somebody shared a link or a file.")
class SessionResourceAdded(SessionResourcesEvent):
    """Carries it."""

    resource: SessionResource = edge("resource_key", "The link or the file.", visible=true())
    resource_key: strawberry.Private[UUID]


@strawberry.type(description="A link or a file is shared no longer.")
class SessionResourceRemoved(SessionResourcesEvent):
    """Show it no more."""

    resource_id: strawberry.ID = strawberry.field(description="Its id.")


@strawberry.type(description="A recording can be watched.")
class SessionRecordingAdded(SessionResourcesEvent):
    """Carries where."""

    recording: SessionRecording = edge("recording_key", "The recording.", visible=true())
    recording_key: strawberry.Private[UUID]


@strawberry.type
class SharingSubscription:
    """What people do together, as it happens."""

    whiteboard_updated: WhiteboardEvent = follow(
        lambda _, session_id: whiteboard_stream(session_id),
        policy.hears,
        SIGNED_IN,
        """What is drawn on a session's whiteboard, for its participants. Read the whiteboard,
        then follow from its cursor: nothing is missing, whatever the order, and twice is once.
        """,
        tell(
            WhiteboardChanged,
            lambda event, at: WhiteboardDrawn(cursor=at, update_key=event.update_id),
        ),
        tell(
            WhiteboardFolded,
            lambda event, at: WhiteboardMerged(cursor=at, session_key=event.session_id),
        ),
        session_id=SessionId,
        after=AFTER,
    )

    session_notes_updated: SessionNotesEvent = follow(
        lambda _, session_id: notes_stream(session_id),
        policy.hears,
        SIGNED_IN,
        "The shared notes of a session, for its participants. Of private ones nobody is told.",
        tell(NoteSaved, lambda event, at: SessionNoteSaved(cursor=at, note_key=event.note_id)),
        tell(
            NoteRemoved,
            lambda event, at: SessionNoteRemoved(
                cursor=at, note_id=strawberry.ID(to_global(SessionNote.prefix, event.note_id))
            ),
        ),
        session_id=SessionId,
        after=AFTER,
    )

    session_resources_updated: SessionResourcesEvent = follow(
        lambda _, session_id: resources_stream(session_id),
        policy.hears,
        SIGNED_IN,
        "The links, files and recordings of a session, for its participants.",
        tell(
            ResourceAdded,
            lambda event, at: SessionResourceAdded(cursor=at, resource_key=event.resource_id),
        ),
        tell(
            ResourceRemoved,
            lambda event, at: SessionResourceRemoved(
                cursor=at,
                resource_id=strawberry.ID(to_global(SessionResource.prefix, event.resource_id)),
            ),
        ),
        tell(
            RecordingAdded,
            lambda event, at: SessionRecordingAdded(cursor=at, recording_key=event.recording_id),
        ),
        session_id=SessionId,
        after=AFTER,
    )


KINDS = (
    WhiteboardDrawn,
    WhiteboardMerged,
    SessionNoteSaved,
    SessionNoteRemoved,
    SessionResourceAdded,
    SessionResourceRemoved,
    SessionRecordingAdded,
)
