"""The whole file in one piece, by the same model: what streaming is held against."""

from pathlib import Path

import av
import numpy as np

from workers.inference import models
from workers.inference.voice import SAMPLE_RATE, Pcm

# What whisper hears at once.
_WINDOW_S = 28.0


def transcribe_whole(path: Path) -> str:
    """The words of a file, cut only where nobody speaks and only because whisper must.

    Whisper hears 30 s at once: a longer file is cut between stretches of speech.
    """
    pcm = _samples(path)
    words = []
    for start, end in _pieces(pcm):
        heard = models.transcriber().transcribe(pcm[start:end], language=None)
        words += [word.text for word in heard.words]
    return " ".join(words)


def _samples(path: Path) -> Pcm:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    with av.open(str(path), "r") as container:
        frames = [
            resampled.to_ndarray()[0]
            for decoded in [*container.decode(audio=0), None]
            for resampled in resampler.resample(decoded)
        ]
    return np.concatenate(frames)


def _pieces(pcm: Pcm) -> list[tuple[int, int]]:
    longest = int(_WINDOW_S * SAMPLE_RATE)
    pieces = []
    start, end = 0, 0
    for span in models.voice().spans(pcm):
        if span.end - start > longest and end > start:
            pieces.append((start, end))
            start = end
        end = span.end
    pieces.append((start, len(pcm)))
    return pieces
