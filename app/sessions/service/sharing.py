"""What is shared with those who take part: links, files, and where recordings lie."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, model_validator

from app.accounts.models import ConsentPurpose
from app.accounts.service import consents
from app.core.addresses import SecureAddress, WebAddress
from app.core.clock import now
from app.core.errors import InvalidInput, NotFound
from app.core.text import line, or_empty, text
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.sessions.errors import (
    RecordingConsentMissing,
    RecordingOff,
    SessionLimitReached,
    WrongState,
)
from app.sessions.events import RecordingAdded, ResourceAdded, ResourceRemoved
from app.sessions.models import (
    RecordingProvider,
    SessionRecording,
    SessionResource,
    SessionResourceType,
    SessionStatus,
    StudySession,
)
from app.sessions.policy import can_host
from app.sessions.service.taking_part import hosted, member
from app.sessions.store import sharing as store
from app.vault.models import FilePurpose
from app.vault.service import files

MOST_RESOURCES = 200
MOST_RECORDINGS = 50
# How far a recorder's clock may be from the server's.
_CLOCKS = timedelta(minutes=1)


class ResourceData(BaseModel):
    """A link, or a file that was uploaded to be shared in a session."""

    session_id: UUID
    title: Annotated[str, AfterValidator(line(255))]
    description: Annotated[str, AfterValidator(or_empty(text(2000)))] = ""
    url: WebAddress | None = None
    file_id: UUID | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "ResourceData":
        if (self.url is None) == (self.file_id is None):
            raise ValueError("Give a link or a file, and not both.")
        return self


class RecordingData(BaseModel):
    """Where a recording lies, and of which time it is."""

    session_id: UUID
    provider: RecordingProvider
    url: SecureAddress
    started_at: AwareDatetime
    ended_at: AwareDatetime

    @model_validator(mode="after")
    def _in_order(self) -> "RecordingData":
        if self.started_at >= self.ended_at:
            raise ValueError("A recording begins before it ends.")
        return self


async def add(uow: UnitOfWork, viewer: Viewer, data: ResourceData) -> SessionResource:
    """Share a link or a file with those who take part."""
    session, _ = await member(uow, viewer, data.session_id, hold=True)
    if session.status is SessionStatus.CANCELLED:
        raise WrongState("This session was cancelled.")
    if await store.resource_count(uow.session, data.session_id) >= MOST_RESOURCES:
        raise SessionLimitReached(f"A session has at most {MOST_RESOURCES} links and files.")
    if data.file_id is not None:
        field = ("input", "fileId")
        await files.claim(uow, viewer, data.file_id, FilePurpose.SESSION, field)
    resource = SessionResource(
        shared_by_id=viewer.user_id,
        type=SessionResourceType.FILE if data.file_id else SessionResourceType.LINK,
        **data.model_dump(),
    )
    uow.session.add(resource)
    uow.publish(ResourceAdded(session_id=data.session_id, resource_id=resource.id))
    return resource


async def remove(uow: UnitOfWork, viewer: Viewer, key: UUID) -> None:
    """Share it no longer: whoever shared it, or the host. A file goes with it."""
    resource = await store.lock_resource(uow.session, key)
    if resource is None:
        raise NotFound
    session, _ = await member(uow, viewer, resource.session_id)
    if resource.shared_by_id != viewer.user_id and not can_host(viewer, session):
        raise NotFound
    await uow.session.delete(resource)
    uow.publish(ResourceRemoved(session_id=resource.session_id, resource_id=key))


async def add_recording(uow: UnitOfWork, viewer: Viewer, data: RecordingData) -> SessionRecording:
    """Say where a recording lies; said again, it is the same one."""
    session = await hosted(uow, viewer, data.session_id)
    known = await store.recording_at(uow.session, data.session_id, data.url)
    if known is not None:
        return known
    if session.status not in (SessionStatus.LIVE, SessionStatus.ENDED):
        raise WrongState(f"This session is {session.status.value}: nothing was recorded.")
    if not session.recording:
        raise RecordingOff
    _check_times(session, data)
    there = await store.were_there(uow.session, data.session_id)
    if set(there) - await consents.consenting(uow.session, there, ConsentPurpose.RECORDING):
        raise RecordingConsentMissing
    if await store.recording_count(uow.session, data.session_id) >= MOST_RECORDINGS:
        raise SessionLimitReached(f"A session has at most {MOST_RECORDINGS} recordings.")
    recording = SessionRecording(**data.model_dump())
    uow.session.add(recording)
    uow.publish(RecordingAdded(session_id=data.session_id, recording_id=recording.id))
    return recording


def _check_times(session: StudySession, data: RecordingData) -> None:
    if session.started_at is None or data.started_at < session.started_at - _CLOCKS:
        raise InvalidInput("The session hadn't begun yet.", field=("input", "startedAt"))
    if data.ended_at > (session.ended_at or now()) + _CLOCKS:
        raise InvalidInput("The session was over by then.", field=("input", "endedAt"))
