"""Speech to words with whisper.cpp."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, cast

import _pywhispercpp as whisper_cpp
import numpy as np
from pywhispercpp.model import Model, Segment

from workers.inference.voice import SAMPLE_RATE, Pcm

# The encoder sees 50 positions per second of audio and 1500 at most. Fewer positions
# make a call quicker; below these figures words at the edges begin to suffer.
_POSITIONS_PER_SECOND = 50
_POSITIONS_MARGIN = 128
_POSITIONS_LEAST = 768
_POSITIONS_MOST = 1500
_POSITIONS_STEP = 64

_SHORTEST_S = 0.1
_DETECTION_TRUST = 0.5

_BRACKETS = {"[": "]", "(": ")", "*": "*", "♪": "♪"}
# What whisper writes when it hears nothing: learnt from subtitles.
_PHANTOMS = frozenset(
    {"thank you", "thanks for watching", "thank you for watching", "you", "bye", "so", "the end"}
)
_PHANTOM_TRUST = 0.6
# People say a word three times in a row, but not a sentence twice.
_WORD_REPEATS = 3
_SENTENCE_WORDS = 5
_LONGEST_LOOP = 40


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its punctuation; times in seconds from the start of the audio given."""

    text: str
    start_s: float
    end_s: float
    probability: float


class ModelMissing(Exception):
    """There is no model file at the path given."""


class Transcriber:
    """whisper.cpp over one model file.

    The file's hash must have been checked: the library crashes the process on a
    corrupt one. It also crashes on one model in two threads, so there are several,
    each for one call at a time; further calls wait. A call has one thread of its own:
    whisper's threads wait for each other busily, and on a machine with other work two
    calls of one thread each are done sooner than two of two.
    """

    def __init__(self, model: Path, *, models: int = 2) -> None:
        """Loads the model so many times. Raises ModelMissing if the file isn't there."""
        if not model.is_file():
            raise ModelMissing(f"The speech model {model.name} is not there: fetch it first.")
        self._free: SimpleQueue[Model] = SimpleQueue()
        for _ in range(models):
            self._free.put(_load(model))

    def detect(self, pcm: Pcm) -> str:
        """The language of 16 kHz mono audio, as ISO 639-1: English where it is in doubt."""
        with self._one() as model:
            (code, probability), _ = model.auto_detect_language(
                np.ascontiguousarray(pcm, dtype=np.float32)
            )
        return code if probability >= _DETECTION_TRUST else "en"

    def transcribe(self, pcm: Pcm, *, language: str) -> list[Word]:
        """The words in 16 kHz mono audio of at most 30 s; audio under 0.1 s has none."""
        if len(pcm) < _SHORTEST_S * SAMPLE_RATE:
            return []
        with self._one() as model:
            segments = model.transcribe(
                np.ascontiguousarray(pcm, dtype=np.float32),
                audio_ctx=_positions(len(pcm) / SAMPLE_RATE),
                language=language,
            )
            words = _words(model, segments)
        return without_hallucinations(
            [word for word in words if word.start_s < len(pcm) / SAMPLE_RATE]
        )

    @contextmanager
    def _one(self) -> Iterator[Model]:
        model = self._free.get()
        try:
            yield model
        finally:
            self._free.put(model)


def _load(path: Path) -> Model:
    return Model(
        str(path),
        redirect_whispercpp_logs_to=None,
        # Flash attention reads stale memory when audio_ctx is shortened.
        context_params={"use_gpu": False, "flash_attn": False},
        n_threads=1,
        print_progress=False,
        print_timestamps=False,
        token_timestamps=True,
        max_len=1,
        split_on_word=True,
        no_context=True,
        suppress_nst=True,
        # No second tries at a higher temperature: they multiply the time of a call.
        temperature_inc=0.0,
    )


def _words(model: Model, segments: list[Segment]) -> list[Word]:
    """One segment is one word, as max_len=1 and split_on_word ask; t0, t1 are centiseconds."""
    return [
        Word(segment.text, segment.t0 / 100, segment.t1 / 100, _probability(model, index))
        for index, segment in enumerate(segments)
        if segment.text
    ]


def _probability(model: Model, index: int) -> float:
    """The geometric mean over a segment's text tokens.

    The library's own mean counts the timestamp after a sentence's last word, too.
    """
    context = cast("Any", model)._ctx  # noqa: SLF001 - the library shows tokens nowhere else
    end_of_text = whisper_cpp.whisper_token_eot(context)
    scores = [
        whisper_cpp.whisper_full_get_token_p(context, index, token)
        for token in range(whisper_cpp.whisper_full_n_tokens(context, index))
        if whisper_cpp.whisper_full_get_token_id(context, index, token) < end_of_text
    ]
    return float(np.exp(np.mean(np.log(np.maximum(scores, 1e-9))))) if scores else 0.0


def _positions(seconds: float) -> int:
    wanted = int(seconds * _POSITIONS_PER_SECOND) + _POSITIONS_MARGIN
    stepped = -(-wanted // _POSITIONS_STEP) * _POSITIONS_STEP
    return min(max(stepped, _POSITIONS_LEAST), _POSITIONS_MOST)


def without_hallucinations(words: list[Word]) -> list[Word]:
    """The words without what whisper is known to make up.

    Annotations such as `[MUSIC]`, a stock phrase of little probability that stands
    alone, and what is said over and over (kept once).
    """
    spoken = _without_loops(_without_annotations(words))
    phrase = " ".join(plain(word.text) for word in spoken)
    if phrase in _PHANTOMS:
        mean = sum(word.probability for word in spoken) / len(spoken)
        return spoken if mean >= _PHANTOM_TRUST else []
    return spoken


def plain(text: str) -> str:
    """A word as it is compared: lower case, letters, digits and apostrophes only."""
    return "".join(c for c in text.lower().replace("\u2019", "'") if c.isalnum() or c == "'")


def _without_annotations(words: list[Word]) -> list[Word]:
    kept = []
    index = 0
    while index < len(words):
        end = _annotation_end(words, index)
        if end == index and plain(words[index].text):
            kept.append(words[index])
        index = max(end, index + 1)
    return kept


def _annotation_end(words: list[Word], index: int) -> int:
    """The index after the annotation that opens at `index`; `index` if none does."""
    closing = _BRACKETS.get(words[index].text[0])
    if closing is None:
        return index
    for end in range(index, len(words)):
        text = words[end].text[1:] if end == index else words[end].text
        if closing in text:
            return end + 1
    return index


def _without_loops(words: list[Word]) -> list[Word]:
    for size in range(1, min(_LONGEST_LOOP, len(words) // 2) + 1):
        allowed = 1 if size >= _SENTENCE_WORDS else _WORD_REPEATS
        index = 0
        while index + size <= len(words):
            unit = [plain(word.text) for word in words[index : index + size]]
            end = index + size
            while [plain(word.text) for word in words[end : end + size]] == unit:
                end += size
            if end - index > allowed * size:
                words = words[: index + size] + words[end:]
            index += 1
    return words
