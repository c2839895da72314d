"""A session in which somebody speaks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlmodel import col, select

from app.core.resources import Resources
from app.sessions.models import AudioChunk
from app.sessions.service import acceptance, speech
from tests.factories import Person, Studying, empty_outbox, make_person, make_session
from tests.sessions.recordings import wav


@dataclass(frozen=True)
class Speaking:
    """A live session with AI listening, and a consenting host in its call."""

    resources: Resources
    host: Person
    session: Studying

    async def submit(self, sequence: int, audio: bytes | None = None) -> AudioChunk:
        """Let the host send a chunk."""
        data = acceptance.ChunkData(
            session_id=self.session.key, sequence=sequence, audio=wav() if audio is None else audio
        )
        return await acceptance.submit(self.resources, self.host.viewer, data)

    async def work(self, *, finish: int | None = None) -> speech.Work:
        """The host's next step, which there must be."""
        work = await speech.next_work(
            self.resources, self.session.key, self.host.key, finish=finish
        )
        assert work is not None
        return work

    async def no_work(self, *, finish: int | None = None) -> bool:
        """Whether there is none."""
        return None is await speech.next_work(
            self.resources, self.session.key, self.host.key, finish=finish
        )

    async def chunks(self) -> Sequence[AudioChunk]:
        """Every chunk, by number."""
        async with self.resources.database.read() as reading:
            return await reading.all(select(AudioChunk).order_by(col(AudioChunk.sequence)))

    def objects(self) -> list[Path]:
        """What lies in the object store."""
        folder = self.resources.settings.data_dir / "objects"
        return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture
async def speaking(resources: Resources) -> Speaking:
    """Somebody may speak."""
    host = await make_person(resources, "ana", consent=True)
    session = await make_session(resources, host, live=True, joined=[host], ai_listening=True)
    await empty_outbox(resources)
    return Speaking(resources, host, session)
