"""What was said."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry
from sqlalchemy import func
from sqlmodel import col

from app.accounts.store.users import first_names
from app.accounts.types import User
from app.core.graph.connections import Connection
from app.core.graph.context import Info
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import Rows, column, edge, items, pages, reads
from app.core.graph.read.operation import COST
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.sessions import models, policy
from app.sessions.export import TranscriptFormat, Utterance, export
from app.sessions.models import ChunkStatus
from app.sessions.service.transcripts import MOST_CORRECTIONS
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


@reads(models.TranscriptCorrection, description="What a segment said before it was corrected.")
class TranscriptCorrection:
    """In the order of the corrections."""

    version: int = column("The version that said so: 0 is what was heard.")
    text: str = column("The words.")
    created_at: datetime = column("When they were corrected.")
    corrected_by: User | None = edge(
        "corrected_by_id", "Who corrected them; null once the account is deleted."
    )


def _corrections(
    _: Asker,
    correction: type[models.TranscriptCorrection],
    segment: type[models.TranscriptSegment],
) -> Rows:
    return Rows(col(correction.segment_id) == segment.id, Order("corrections", ("version", "id")))


@reads(
    models.TranscriptSegment,
    visible=policy.of_member,
    description="A piece of what was said, final.",
)
class TranscriptSegment(Node):
    """By whom, when, and how surely."""

    prefix = "seg"

    sequence: int = column(
        "Its number in the transcript: in the order in which words became final."
    )
    text: str = column("The words, as they were corrected.")
    version: int = column(
        "How often they were corrected: `transcriptSegmentCorrect` has to be told."
    )
    corrections: list[TranscriptCorrection] = items(
        _corrections, "What it said before, oldest first.", most=MOST_CORRECTIONS
    )
    start_ms: int = column("Where it begins, in ms of the session.")
    end_ms: int = column("Where it ends, in ms of the session.")
    confidence: float = column("The words' mean probability, 0 to 1.")
    language: str = column("The language that was heard, as ISO 639-1.")
    chunk_sequence: int = column("The number of the chunk whose arrival made the words final.")
    created_at: datetime = column("When it became final.")
    speaker: User | None = edge("speaker_id", "Who spoke; null once the account is deleted.")


def _segments(
    _: Asker,
    segment: type[models.TranscriptSegment],
    session: type[models.StudySession],
    *,
    search: Annotated[
        str | None, strawberry.argument(description="Only segments with these words.")
    ] = None,
) -> Rows:
    where = col(segment.session_id) == session.id
    if search is not None:
        where &= col(segment.search).bool_op("@@")(func.websearch_to_tsquery("simple", search))
    return Rows(where, Order("transcript", ("sequence", "id")))


@reads(
    models.StudySession,
    visible=policy.member,
    description="All that was said in a session.",
)
class Transcript:
    """As pages of segments, or written down."""

    segments: Connection[TranscriptSegment] = pages(
        _segments, "The segments, in the order in which they became final."
    )

    @strawberry.field(
        description="The whole transcript in the order in which it was spoken.",
        metadata={COST: 100},
    )
    async def written(
        self,
        info: Info,
        format: Annotated[TranscriptFormat, strawberry.argument(description="How.")],
    ) -> str:
        """WebVTT, SubRip or plain text."""
        session_key: UUID = vars(self)["id"]
        async with info.context.read() as session:
            rows = await store.all_segments(session, session_key)
            speakers = {row.speaker_id for row in rows if row.speaker_id}
            names = await first_names(session, speakers)
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
