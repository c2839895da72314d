"""The models of this process: each loaded once, when it is first needed."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from app.core import weights
from app.core.settings import get_settings
from workers.inference.voice import SAMPLE_RATE, VoiceDetector
from workers.inference.whisper import Transcriber

if TYPE_CHECKING:
    from workers.inference.language import LanguageModel

T = TypeVar("T")


class _Once(Generic[T]):
    """Two threads that come first at the same time get the same model."""

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._loaded: T | None = None

    def __call__(self) -> T:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded


def _load_language() -> "LanguageModel":
    # A worker that only listens does without llama.cpp.
    from workers.inference.language import LanguageModel  # noqa: PLC0415

    return LanguageModel(weights.ensure(get_settings().language_model, purpose="language"))


transcriber = _Once(
    lambda: Transcriber(weights.ensure(get_settings().whisper_model, purpose="speech"))
)
voice = _Once(VoiceDetector)
language = _Once(_load_language)


def warm_up() -> None:
    """Load what listening needs and use it once: a model's first call is a slow one."""
    second = np.zeros(SAMPLE_RATE, dtype=np.float32)
    voice().spans(second)
    transcriber().transcribe(second, language=transcriber().detect(second))
