"""What was said."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry

from app.accounts.types import User, load_user, users_by_id
from app.core.db import ReadSession
from app.core.graph.connections import After, Before, Connection, First, Last, connection
from app.core.graph.context import Info
from app.core.graph.enums import describe
from app.core.graph.node import Node, loads_nodes
from app.core.pagination import PageArguments
from app.core.viewer import Viewer
from app.sessions import models
from app.sessions.export import TranscriptFormat, Utterance, export
from app.sessions.models import ChunkStatus
from app.sessions.store import speech as store

describe(
    ChunkStatus,
    "What became of a chunk of audio.",
    {
        ChunkStatus.ACCEPTED: "It waits to become text.",
        ChunkStatus.TRANSCRIBED: "It was heard; the audio is destroyed.",
        ChunkStatus.REJECTED: "It could not be read; the audio is destroyed.",
        ChunkStatus.DROPPED: "It was given up: consent was withdrawn, or it waited too long.",
    },
)
describe(
    TranscriptFormat,
    "How a transcript is written down.",
    {
        TranscriptFormat.WEBVTT: "WebVTT, with the speakers as voices.",
        TranscriptFormat.SRT: "SubRip.",
        TranscriptFormat.TEXT: "A line for each segment, with its speaker.",
    },
)


@strawberry.type(description="A chunk of audio: accepted, and then text or not.")
class AudioChunk:
    """The audio itself is gone once it is text."""

    sequence: int = strawberry.field(description="The number that its speaker gave it.")
    status: ChunkStatus = strawberry.field(description="What became of it.")
    size: int = strawberry.field(description="How large it was, in bytes.")
    received_at: datetime = strawberry.field(description="When it was accepted.")

    @classmethod
    def of(cls, row: models.AudioChunk) -> Self:
        """From its row."""
        return cls(
            sequence=row.sequence, status=row.status, size=row.size, received_at=row.created_at
        )


@strawberry.type(description="A piece of what was said, final.")
class TranscriptSegment(Node):
    """By whom, when, and how surely."""

    prefix = "seg"

    sequence: int = strawberry.field(
        description="Its number in the transcript: in the order in which words became final."
    )
    text: str = strawberry.field(description="The words.")
    start_ms: int = strawberry.field(description="Where it begins, in ms of the session.")
    end_ms: int = strawberry.field(description="Where it ends, in ms of the session.")
    confidence: float = strawberry.field(description="The words' mean probability, 0 to 1.")
    language: str = strawberry.field(description="The language that was heard, as ISO 639-1.")
    chunk_sequence: int = strawberry.field(
        description="The number of the chunk whose arrival made the words final."
    )
    created_at: datetime = strawberry.field(description="When it became final.")
    speaker_key: strawberry.Private[UUID | None]

    @strawberry.field(description="Who spoke; null once the account is deleted.")
    async def speaker(self, info: Info) -> User | None:
        """Edge to the user."""
        return await load_user(info, self.speaker_key)

    @classmethod
    def of(cls, row: models.TranscriptSegment) -> Self:
        """From its row."""
        return cls(
            key=row.id,
            sequence=row.sequence,
            text=row.text,
            start_ms=row.start_ms,
            end_ms=row.end_ms,
            confidence=row.confidence,
            language=row.language,
            chunk_sequence=row.chunk_sequence,
            created_at=row.created_at,
            speaker_key=row.speaker_id,
        )


async def segments_by_id(
    session: ReadSession, viewer: Viewer | None, keys: Sequence[UUID]
) -> dict[UUID, models.TranscriptSegment]:
    """Batch function: segments that the viewer may read."""
    return {} if viewer is None else await store.segments_by_id(session, viewer, keys)


loads_nodes(TranscriptSegment, segments_by_id, TranscriptSegment.of)


@strawberry.type(description="All that was said in a session.")
class Transcript:
    """As pages of segments, or written down."""

    session_key: strawberry.Private[UUID]

    @strawberry.field(description="The segments, in the order in which they became final.")
    async def segments(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        search: Annotated[
            str | None, strawberry.argument(description="Only segments with these words.")
        ] = None,
    ) -> Connection[TranscriptSegment]:
        """A page."""
        arguments = PageArguments(first, after, last, before)
        async with info.context.read() as session:
            page = await store.segments(session, self.session_key, arguments, search)
        return connection(page, TranscriptSegment.of)

    @strawberry.field(description="The whole transcript in the order in which it was spoken.")
    async def written(
        self,
        info: Info,
        format: Annotated[TranscriptFormat, strawberry.argument(description="How.")],
    ) -> str:
        """WebVTT, SubRip or plain text."""
        async with info.context.read() as session:
            rows = await store.all_segments(session, self.session_key)
        names: dict[UUID, str] = {}
        for key in {row.speaker_id for row in rows if row.speaker_id}:
            user = await info.context.load(users_by_id, key)
            names[key] = user.first_name if user else ""
        return export(
            format,
            [
                Utterance(
                    speaker=names.get(row.speaker_id, "") if row.speaker_id else "",
                    text=row.text,
                    start_ms=row.start_ms,
                    end_ms=row.end_ms,
                )
                for row in rows
            ],
        )
