"""The real models, each loaded once; audio made from the conversation that ships."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

import app.demo
from app.core import weights
from tests.inference.recordings import samples
from workers.inference.language import LanguageModel
from workers.inference.voice import Pcm, VoiceDetector
from workers.inference.whisper import Transcriber

CONVERSATION = Path(app.demo.__file__).parent / "conversation"


@dataclass(frozen=True)
class Track:
    """One speaker's recording and what is said in it."""

    data: bytes
    pcm: Pcm
    text: str
    lines: list[tuple[float, float, str]]


@pytest.fixture(scope="session")
def tracks() -> dict[str, Track]:
    script = json.loads((CONVERSATION / "script.json").read_text(encoding="utf-8"))
    made = {}
    for speaker, name in script["tracks"].items():
        data = (CONVERSATION / name).read_bytes()
        lines = [
            (line["start_s"], line["end_s"], line["text"])
            for line in script["lines"]
            if line["speaker"] == speaker
        ]
        made[speaker] = Track(data, samples(data), " ".join(line[2] for line in lines), lines)
    return made


@pytest.fixture(scope="session")
def transcriber() -> Transcriber:
    return Transcriber(weights.ensure("whisper-tiny"))


@pytest.fixture(scope="session")
def voice() -> VoiceDetector:
    return VoiceDetector()


@pytest.fixture(scope="session")
def language_model() -> LanguageModel:
    return LanguageModel(weights.ensure("smollm2-135m-instruct"))
