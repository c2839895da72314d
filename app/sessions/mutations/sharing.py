"""Mutations of what is made and shared together."""

from datetime import datetime
from uuid import UUID

import strawberry

from app.core.access import permitted
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.core.limits import EDITS
from app.sessions.models import RecordingProvider, SessionNoteType
from app.sessions.mutations.payloads import errors, key_of, the_session
from app.sessions.service import notes, sharing, whiteboard
from app.sessions.types.sharing import SessionNote, SessionRecording, SessionResource
from app.vault.types.files import File


@strawberry.input(description="A change of a whiteboard.")
class WhiteboardUpdateInput:
    """As a Yjs document tells it."""

    session_id: strawberry.ID = the_session()
    update: str = strawberry.field(description="A Yjs update in base64: 64 kB at most.")


@strawberry.input(description="A note to keep.")
class SessionNoteSaveInput:
    """What isn't given stays; of a new note it is as usual."""

    session_id: strawberry.ID = the_session()
    note_id: strawberry.ID | None = strawberry.field(
        default=None, description="The note to change; a new one, if not given."
    )
    content: str = strawberry.field(description="What it says: 1 to 10,000 characters.")
    type: SessionNoteType | None = strawberry.field(
        default=None, description="What it is; at first anything."
    )
    at_seconds: int | None = strawberry.field(
        default=None, description="The time in the session that it is about, in seconds."
    )
    shared: bool | None = strawberry.field(
        default=None, description="Whether all who take part see it; at first only you do."
    )


@strawberry.input(description="Which note.")
class SessionNoteDeleteInput:
    """By its id."""

    note_id: strawberry.ID = strawberry.field(description="A note of yours.")


@strawberry.input(description="A link or a file to share.")
class SessionResourceAddInput:
    """One of both."""

    session_id: strawberry.ID = the_session()
    title: str = strawberry.field(description="What it is called: 1 to 255 characters.")
    description: str = strawberry.field(
        default="", description="What it is about: at most 2,000 characters."
    )
    url: str | None = strawberry.field(default=None, description="A link: http or https.")
    file_id: strawberry.ID | None = strawberry.field(
        default=None, description="A file of yours that you uploaded for the purpose `SESSION`."
    )


@strawberry.input(description="Which link or file.")
class SessionResourceRemoveInput:
    """By its id."""

    resource_id: strawberry.ID = strawberry.field(description="What is shared no longer.")


@strawberry.input(description="Where a recording lies.")
class RecordingAddInput:
    """Its pictures and sound stay with the provider."""

    session_id: strawberry.ID = the_session()
    provider: RecordingProvider = strawberry.field(description="Who keeps it.")
    url: str = strawberry.field(description="Where it can be watched: https.")
    started_at: datetime = strawberry.field(description="When it begins.")
    ended_at: datetime = strawberry.field(description="When it ends.")


@strawberry.type(description="The answer to `whiteboardUpdate`.")
class WhiteboardUpdatePayload:
    """It is drawn, or not."""

    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `sessionNoteSave`.")
class SessionNoteSavePayload:
    """The note."""

    note: SessionNote | None = edge("note_key", "The note.")
    note_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `sessionNoteDelete`.")
class SessionNoteDeletePayload:
    """It is gone, or not."""

    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `sessionResourceAdd`.")
class SessionResourceAddPayload:
    """What is shared."""

    resource: SessionResource | None = edge("resource_key", "The link or the file.")
    resource_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `sessionResourceRemove`.")
class SessionResourceRemovePayload:
    """It is shared no longer, or still is."""

    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `recordingAdd`.")
class RecordingAddPayload:
    """The recording."""

    recording: SessionRecording | None = edge("recording_key", "The recording.")
    recording_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type
class SharingMutation:
    """Draw, write down, share."""

    @mutation(permitted("session.join"), EDITS)
    async def whiteboard_update(
        self, info: Info, input: WhiteboardUpdateInput
    ) -> WhiteboardUpdatePayload:
        """Draw on the whiteboard of a session that you are in the call of.
        `whiteboardUpdated` tells. An update that is sent again does no harm.
        """
        data = to_data(whiteboard.DrawingData, input, session_id=key_of(input.session_id))
        async with info.context.begin() as uow:
            await whiteboard.draw(uow, info.context.me, data)
        return WhiteboardUpdatePayload()

    @mutation(permitted("session.join"), EDITS)
    async def session_note_save(
        self, info: Info, input: SessionNoteSaveInput
    ) -> SessionNoteSavePayload:
        """Write a note in a session that you take part in, or change one of yours.
        `sessionNotesUpdated` tells of shared ones.
        """
        key = from_global(SessionNote.prefix, input.note_id) if input.note_id else None
        session_key = key_of(input.session_id)
        data = to_data(notes.NoteData, input, session_id=session_key, note_id=key)
        async with info.context.begin() as uow:
            note = await notes.save(uow, info.context.me, data)
        return SessionNoteSavePayload(note_key=note.id)

    @mutation(permitted("session.join"), EDITS)
    async def session_note_delete(
        self, info: Info, input: SessionNoteDeleteInput
    ) -> SessionNoteDeletePayload:
        """Delete a note of yours. `sessionNotesUpdated` tells of shared ones."""
        key = from_global(SessionNote.prefix, input.note_id)
        async with info.context.begin() as uow:
            await notes.delete(uow, info.context.me, key)
        return SessionNoteDeletePayload()

    @mutation(permitted("session.join"), EDITS)
    async def session_resource_add(
        self, info: Info, input: SessionResourceAddInput
    ) -> SessionResourceAddPayload:
        """Share a link or a file with those who take part. `sessionResourcesUpdated` tells."""
        file_key = from_global(File.prefix, input.file_id) if input.file_id else None
        session_key = key_of(input.session_id)
        data = to_data(sharing.ResourceData, input, session_id=session_key, file_id=file_key)
        async with info.context.begin() as uow:
            resource = await sharing.add(uow, info.context.me, data)
        return SessionResourceAddPayload(resource_key=resource.id)

    @mutation(permitted("session.join"), EDITS)
    async def session_resource_remove(
        self, info: Info, input: SessionResourceRemoveInput
    ) -> SessionResourceRemovePayload:
        """Share a link or a file no longer: what you shared, or anything in a session that you
        host. `sessionResourcesUpdated` tells.
        """
        key = from_global(SessionResource.prefix, input.resource_id)
        async with info.context.begin() as uow:
            await sharing.remove(uow, info.context.me, key)
        return SessionResourceRemovePayload()

    @mutation(permitted("session.create"), EDITS)
    async def recording_add(self, info: Info, input: RecordingAddInput) -> RecordingAddPayload:
        """Say where a recording of a session that you host lies: while recording is on, and
        everybody who was in the call agrees to be recorded. `sessionResourcesUpdated` tells.
        """
        data = to_data(sharing.RecordingData, input, session_id=key_of(input.session_id))
        async with info.context.begin() as uow:
            recording = await sharing.add_recording(uow, info.context.me, data)
        return RecordingAddPayload(recording_key=recording.id)
