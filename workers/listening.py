"""A step of a speaker's stream: bytes of a chunk to words on the session's clock."""

from datetime import timedelta
from typing import Any

import numpy as np

from app.core.audio import AudioError, AudioUnreadable
from app.sessions.models import AudioChunk
from app.sessions.service.speech import Heard, Material, Words, Work
from workers.inference import models
from workers.inference.containers import ContainerState, split
from workers.inference.decode import decode
from workers.inference.streaming import Segment, StreamState, advance, flush
from workers.inference.voice import SAMPLE_RATE, Pcm

_FULL_SCALE = 32767

# A recording that starts this much later than the last one ended is a new utterance. Without
# the client's word for when it began, a slow network must not look like a pause.
_PAUSE_TOLD_MS, _PAUSE_GUESSED_MS = 2000, 4000


def _to_bytes(pcm: Pcm) -> bytes | None:
    if not len(pcm):
        return None
    return (np.clip(pcm, -1, 1) * _FULL_SCALE).astype("<i2").tobytes()


def _to_pcm(data: bytes | None) -> Pcm:
    return (np.frombuffer(data or b"", "<i2") / _FULL_SCALE).astype(np.float32)


def listen(work: Work, material: Material) -> Heard:
    """Do a step. Blocks for as long as the model takes; run it in a thread.

    Audio that can't be read leaves the stream as it was: the session goes on.
    """
    if work.chunk is None:
        return _Stream(work, material).finish()
    try:
        container, pcm = _open(material)
    except AudioError as error:
        return _Stream(work, material).reject(error)
    return _Stream(work, material, container).go_on(pcm, work.chunk)


def _open(material: Material) -> tuple[bytes, Pcm]:
    """The container's state after this chunk, and the chunk's sound."""
    if material.chunk is None:
        raise AudioUnreadable("This chunk is no longer there.")
    before = None
    if material.container:
        before = ContainerState.from_bytes(material.container)
    after, recording = split(before, material.chunk)
    pcm = decode(recording) if recording else np.zeros(0, dtype=np.float32)
    return after.to_bytes(), pcm


class _Stream:
    def __init__(self, work: Work, material: Material, container: bytes | None = None) -> None:
        self._work = work
        self._state = StreamState.model_validate(work.state)
        self._carry = _to_pcm(material.carry)
        self._container = container or material.container
        self._origin_ms = work.origin_ms
        self._final: list[Words] = []

    def finish(self) -> Heard:
        """End of speech."""
        self._flush()
        return self._heard(None)

    def reject(self, error: AudioError) -> Heard:
        """Nothing was heard, for this reason."""
        return self._heard(None, rejected=error)

    def go_on(self, pcm: Pcm, chunk: AudioChunk) -> Heard:
        """The next audio of the stream."""
        start_ms = self._start_ms(pcm, chunk)
        if not self._work.state:
            self._origin_ms = start_ms
        elif self._work.skipped or start_ms - self._end_ms() > _pause_ms(chunk):
            self._flush()
            self._state, self._origin_ms = StreamState(language=self._state.language), start_ms
        step = advance(
            self._state,
            self._carry,
            pcm,
            models.transcriber(),
            voice=models.voice(),
            end_of_stream=chunk.last,
        )
        self._take(step.final)
        self._state, self._carry = step.state, step.carry
        return self._heard(step.provisional)

    def _start_ms(self, pcm: Pcm, chunk: AudioChunk) -> int:
        length = timedelta(seconds=len(pcm) / SAMPLE_RATE)
        began = chunk.recorded_at or chunk.created_at - length
        # Nobody speaks before the session began, or in the future.
        began = min(max(began, self._work.started_at), chunk.created_at)
        return round((began - self._work.started_at).total_seconds() * 1000)

    def _end_ms(self) -> int:
        samples = self._state.offset + len(self._carry)
        return self._origin_ms + round(samples / SAMPLE_RATE * 1000)

    def _flush(self) -> None:
        step = flush(self._state, self._carry, models.transcriber(), voice=models.voice())
        self._take(step.final)
        self._state, self._carry = step.state, step.carry

    def _take(self, segments: list[Segment]) -> None:
        self._final += [self._words(segment) for segment in segments]

    def _words(self, segment: Segment) -> Words:
        return Words(
            text=segment.text,
            start_ms=self._origin_ms + round(segment.start_s * 1000),
            end_ms=self._origin_ms + round(segment.end_s * 1000),
            confidence=segment.confidence,
            language=segment.language,
        )

    def _heard(self, provisional: Segment | None, *, rejected: AudioError | None = None) -> Heard:
        return Heard(
            state=_json(self._state),
            origin_ms=self._origin_ms,
            container=self._container,
            carry=_to_bytes(self._carry),
            final=self._final,
            provisional=self._words(provisional) if provisional else None,
            rejected=rejected,
        )


def _json(state: StreamState) -> dict[str, Any]:
    return state.model_dump(mode="json")


def _pause_ms(chunk: AudioChunk) -> int:
    return _PAUSE_TOLD_MS if chunk.recorded_at else _PAUSE_GUESSED_MS
