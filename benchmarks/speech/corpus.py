"""The recordings: the sample conversation, and real speech where there is some."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.demo.play import CONVERSATION

# Real speech that lies beside a checkout on the builders' machines; it isn't ours to ship.
_BESIDE = Path(__file__).resolve().parents[3] / "shared" / "audio" / "jfk.wav"
_BESIDE_TEXT = (
    "And so, my fellow Americans, ask not what your country can do for you,"
    " ask what you can do for your country."
)


@dataclass(frozen=True)
class Recording:
    """A file and what is said in it."""

    path: Path
    text: str


def recordings(given: Sequence[Path]) -> list[list[Recording]]:
    """Scenes: recordings that are played at the same time, one by each person."""
    script = json.loads((CONVERSATION / "script.json").read_text(encoding="utf-8"))
    conversation = [
        Recording(
            CONVERSATION / file,
            " ".join(line["text"] for line in script["lines"] if line["speaker"] == speaker),
        )
        for speaker, file in script["tracks"].items()
    ]
    scenes = [conversation]
    if _BESIDE.exists():
        scenes.append([Recording(_BESIDE, _BESIDE_TEXT)])
    scenes += [[Recording(path, path.with_suffix(".txt").read_text())] for path in given]
    return scenes
