"""From chunks of audio to text that is final: the streaming policy.

`advance` is a function of what it is given: state and carry are all that a stream is, so
a worker that dies is replaced by another that starts from what was stored last.

The speech in the buffer (what was carried, then the new chunk) is cut at pauses into
utterances. One that has ended is transcribed once and final. For one still being spoken,
a first hypothesis stops a second before the buffer's end and a second one takes it all:
words on which they agree, or on which the last call's hypothesis and this one agree, are
final (local agreement of two). What is final leaves the carry, all but a few words: the
next hypothesis starts with those, and it is by them that it is joined on.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from pydantic import BaseModel

from workers.inference.alignment import StreamWord, agreed, unmatched
from workers.inference.voice import SAMPLE_RATE, Pcm, Span
from workers.inference.whisper import Word

# A pause this long between stretches of speech, which are padded, ends an utterance.
PAUSE_S = 0.6
# The carry is never longer.
LONGEST_CARRY_S = 12.0
# With the carry well inside the 30 s that whisper hears at once.
_LONGEST_PIECE_S = 10.0

# Kept of a silence: the first sound of a word is often too soft to be told from it.
_PREROLL_S = 0.3
# Shorter speech says too little to be worth a hypothesis while it goes on.
_SHORTEST_HYPOTHESIS_S = 1.0
_LANGUAGE_EVIDENCE_S = 2.0
_LIKELIEST = "en"
# How far before the end the first of two hypotheses stops: where it is quietest in between.
_BORDER_S = (0.5, 1.2)
# Final words that stay in the carry, for the next hypothesis to be joined on.
_ANCHOR_WORDS = (4, 8)


# The two hypotheses of a step don't need each other.
_SIDE_BY_SIDE = ThreadPoolExecutor(4, "hypothesis")


class SpeechModel(Protocol):
    """What turns audio into words: `whisper.Transcriber`."""

    def detect(self, pcm: Pcm) -> str:
        """The language of the audio, as ISO 639-1."""

    def transcribe(self, pcm: Pcm, *, language: str) -> list[Word]:
        """The words in the audio, times from its start."""


class Voice(Protocol):
    """What tells speech from the rest: `voice.VoiceDetector`."""

    def spans(self, pcm: Pcm) -> list[Span]:
        """The stretches of speech in the audio."""


class StreamState(BaseModel):
    """Where a stream stands; small, and stored as JSON. A new stream's is the default."""

    offset: int = 0
    """The stream's sample at which the carry begins, at 16 kHz."""
    anchor: list[StreamWord] = []
    """Final words whose audio is still in the carry."""
    pending: list[StreamWord] = []
    """Words of the last hypothesis that aren't final yet."""
    language: str | None = None
    """ISO 639-1, once detected."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text; times in seconds of the stream, confidence 0 to 1."""

    text: str
    start_s: float
    end_s: float
    confidence: float
    language: str


@dataclass(frozen=True, slots=True)
class Step:
    """What one chunk came to: what is final, what is still open, and how to go on."""

    final: list[Segment]
    provisional: Segment | None
    state: StreamState
    carry: Pcm


def advance(
    state: StreamState,
    carry: Pcm,
    chunk: Pcm,
    transcriber: SpeechModel,
    *,
    voice: Voice,
    end_of_stream: bool = False,
) -> Step:
    """The next step of a stream, given its next 16 kHz mono audio.

    Two calls of the model for speech that goes on, one for each utterance that ended,
    none for silence.
    """
    size = int(_LONGEST_PIECE_S * SAMPLE_RATE)
    final: list[Segment] = []
    while len(chunk) > size:
        step = _advance(state, carry, chunk[:size], transcriber, voice, end_of_stream=False)
        final += step.final
        state, carry, chunk = step.state, step.carry, chunk[size:]
    step = _advance(state, carry, chunk, transcriber, voice, end_of_stream=end_of_stream)
    return Step(final + step.final, step.provisional, step.state, step.carry)


def flush(state: StreamState, carry: Pcm, transcriber: SpeechModel, *, voice: Voice) -> Step:
    """The end of a stream without new audio: all that is open becomes final."""
    nothing = np.zeros(0, dtype=np.float32)
    return advance(state, carry, nothing, transcriber, voice=voice, end_of_stream=True)


def _advance(
    state: StreamState,
    carry: Pcm,
    chunk: Pcm,
    transcriber: SpeechModel,
    voice: Voice,
    *,
    end_of_stream: bool,
) -> Step:
    buffer = _Buffer(state, np.concatenate([carry, chunk]), transcriber)
    for utterance in _utterances(voice.spans(buffer.pcm)):
        buffer.settle(before=utterance.start)
        silence = len(buffer.pcm) - utterance.end
        if end_of_stream or silence >= PAUSE_S * SAMPLE_RATE:
            buffer.finish(utterance)
        else:
            return buffer.follow(utterance)
    return buffer.rest(0.0 if end_of_stream else _PREROLL_S)


def _utterances(spans: list[Span]) -> list[Span]:
    """The spans joined across what is shorter than a pause."""
    utterances: list[Span] = []
    for span in spans:
        if utterances and span.start - utterances[-1].end < PAUSE_S * SAMPLE_RATE:
            utterances[-1] = Span(utterances[-1].start, span.end)
        else:
            utterances.append(span)
    return utterances


class _Buffer:
    """The work of one step over one buffer; positions are samples of the buffer."""

    def __init__(self, state: StreamState, pcm: Pcm, transcriber: SpeechModel) -> None:
        self.pcm = pcm
        self._offset = state.offset
        self._anchor = list(state.anchor)
        self._pending = list(state.pending)
        self._language = state.language
        self._transcriber = transcriber
        self._final: list[Segment] = []

    def settle(self, before: int) -> None:
        """Words of an utterance that is over are final as they were last heard."""
        if self._words_end() <= self._seconds(before):
            self._commit(self._pending)
            self._close()

    def finish(self, utterance: Span) -> None:
        """An utterance that has ended: all its words are final."""
        (heard,) = self._hear(self._start_of(utterance), utterance.end)
        self._commit(unmatched(self._anchor, heard))
        self._close()

    def follow(self, utterance: Span) -> Step:
        """An utterance that goes on: the words that two hypotheses agree on are final."""
        start = self._start_of(utterance)
        if len(self.pcm) - start < _SHORTEST_HYPOTHESIS_S * SAMPLE_RATE:
            return self._step(start)
        border = self._border()
        ends = [len(self.pcm)]
        if border - start >= _SHORTEST_HYPOTHESIS_S * SAMPLE_RATE:
            ends.append(border)
        latest, *shorter = [unmatched(self._anchor, heard) for heard in self._hear(start, *ends)]
        count = max(agreed(other, latest) for other in [self._pending, *shorter])
        if len(self.pcm) - start > LONGEST_CARRY_S * SAMPLE_RATE:
            # No agreement for so long: all but the border is taken as heard last.
            until = self._seconds(border)
            count = max(count, sum(word.end_s <= until for word in latest))
        self._commit(latest[:count])
        self._pending = latest[count:]
        return self._step(self._trim(start))

    def rest(self, keep_s: float) -> Step:
        """Nobody speaks at the end: everything is final, and `keep_s` of silence is kept."""
        self.settle(before=len(self.pcm))
        return self._step(max(0, len(self.pcm) - int(keep_s * SAMPLE_RATE)))

    def _step(self, start: int) -> Step:
        state = StreamState(
            offset=self._offset + start,
            anchor=self._anchor,
            pending=self._pending,
            language=self._language,
        )
        provisional = self._segment(self._pending) if self._pending else None
        return Step(self._final, provisional, state, self.pcm[start:].copy())

    def _start_of(self, utterance: Span) -> int:
        """With final words in it, the utterance begins where the carry was cut."""
        return 0 if self._anchor else utterance.start

    def _hear(self, start: int, *ends: int) -> list[list[StreamWord]]:
        """What is heard from a start to each of some ends, the first being the last one."""
        if self._language is not None:
            return self._hear_in(self._language, start, ends)
        # The likeliest language is tried while the language is being detected.
        detecting = _SIDE_BY_SIDE.submit(self._transcriber.detect, self.pcm[start : ends[0]])
        heard = self._hear_in(_LIKELIEST, start, ends)
        language = detecting.result()
        if ends[0] - start >= _LANGUAGE_EVIDENCE_S * SAMPLE_RATE:
            self._language = language
        return heard if language == _LIKELIEST else self._hear_in(language, start, ends)

    def _hear_in(self, language: str, start: int, ends: Sequence[int]) -> list[list[StreamWord]]:
        # No prompt of the text before: a small model repeats it, or leaves words out.
        def transcribe(end: int) -> list[StreamWord]:
            words = self._transcriber.transcribe(self.pcm[start:end], language=language)
            return [_in_stream(word, self._seconds(start), self._seconds(end)) for word in words]

        return list(_SIDE_BY_SIDE.map(transcribe, ends))

    def _border(self) -> int:
        """The quietest place near the end, where a cut harms a word the least."""
        farthest, nearest = (len(self.pcm) - int(s * SAMPLE_RATE) for s in reversed(_BORDER_S))
        return self._quietest(max(0, farthest), max(0, nearest))

    def _quietest(self, start: int, end: int) -> int:
        """The middle of the 30 ms with the least energy in the stretch."""
        frame = int(0.03 * SAMPLE_RATE)
        starts = range(start, max(start, end - frame) + 1, frame // 3)
        return min(starts, key=lambda at: _energy(self.pcm[at : at + frame])) + frame // 2

    def _trim(self, start: int) -> int:
        """Where the carry begins: before the last few final words, at the quietest border.

        Takes from the anchor what is cut off.
        """
        fewest, most = _ANCHOR_WORDS
        best: tuple[float, int, int] | None = None
        for index in range(max(1, len(self._anchor) - most), len(self._anchor) - fewest + 1):
            before, after = self._anchor[index - 1].end_s, self._anchor[index].start_s
            at = self._quietest(self._sample(before - 0.1), self._sample(after + 0.1))
            energy = _energy(self.pcm[at - 240 : at + 240])
            if best is None or energy < best[0]:
                best = energy, index, at
        if best is None:
            return start
        _, index, at = best
        self._anchor = self._anchor[index:]
        return at

    def _commit(self, words: list[StreamWord]) -> None:
        """Final words follow those before: two hypotheses differ a little in their times."""
        if words:
            since = self._anchor[-1].end_s if self._anchor else 0.0
            ordered = [_not_before(since, word) for word in words]
            self._final.append(self._segment(ordered))
            self._anchor += ordered

    def _close(self) -> None:
        """The utterance is over: nothing needs to be joined on to it."""
        self._anchor, self._pending = [], []

    def _segment(self, words: list[StreamWord]) -> Segment:
        return Segment(
            text=" ".join(word.text for word in words),
            start_s=words[0].start_s,
            end_s=words[-1].end_s,
            confidence=sum(word.probability for word in words) / len(words),
            language=self._language or "en",
        )

    def _words_end(self) -> float:
        return max((word.end_s for word in [*self._anchor, *self._pending]), default=0.0)

    def _seconds(self, sample: int) -> float:
        return (self._offset + sample) / SAMPLE_RATE

    def _sample(self, seconds: float) -> int:
        return min(max(0, int(seconds * SAMPLE_RATE) - self._offset), len(self.pcm))


def _in_stream(word: Word, since: float, until: float) -> StreamWord:
    """The word in the stream's time; whisper's times can run past the audio's end."""
    start = min(since + word.start_s, until)
    return StreamWord(
        text=word.text,
        start_s=start,
        end_s=max(start, min(since + word.end_s, until)),
        probability=word.probability,
    )


def _not_before(since: float, word: StreamWord) -> StreamWord:
    if word.start_s >= since:
        return word
    return word.model_copy(update={"start_s": since, "end_s": max(since, word.end_s)})


def _energy(pcm: Pcm) -> float:
    return float(np.square(pcm).mean()) if len(pcm) else 0.0
