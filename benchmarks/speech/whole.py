"""The whole file in one piece, by the same model: what streaming is held against."""

from pathlib import Path

import av
import numpy as np
from pywhispercpp.model import Model

from app.core import weights
from app.core.settings import get_settings
from workers.inference.voice import SAMPLE_RATE, Pcm


def transcribe_whole(path: Path) -> str:
    """The words of a file as whisper.cpp hears it with its own settings, in one call."""
    file = weights.ensure(get_settings().whisper_model, purpose="speech")
    model = Model(str(file), redirect_whispercpp_logs_to=None, print_progress=False)
    return " ".join(segment.text for segment in model.transcribe(_samples(path)))


def _samples(path: Path) -> Pcm:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    with av.open(str(path), "r") as container:
        frames = [
            resampled.to_ndarray()[0]
            for decoded in [*container.decode(audio=0), None]
            for resampled in resampler.resample(decoded)
        ]
    return np.concatenate(frames)
