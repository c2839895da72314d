"""A transcript written down: WebVTT, SubRip, plain text."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from html import escape


class TranscriptFormat(StrEnum):
    """How a transcript is written down."""

    WEBVTT = "webvtt"
    SRT = "srt"
    TEXT = "text"


@dataclass(frozen=True)
class Utterance:
    """Who said what, and when, in ms."""

    speaker: str
    text: str
    start_ms: int
    end_ms: int


def export(how: TranscriptFormat, utterances: Iterable[Utterance]) -> str:
    """The transcript in a format, ending in a line break."""
    if how is TranscriptFormat.TEXT:
        return "".join(f"{each.speaker}: {each.text}\n" for each in utterances)
    cues = [_cue(how, number, each) for number, each in enumerate(utterances, 1)]
    head = "WEBVTT\n\n" if how is TranscriptFormat.WEBVTT else ""
    return head + "\n".join(cues)


def _cue(how: TranscriptFormat, number: int, each: Utterance) -> str:
    if how is TranscriptFormat.WEBVTT:
        # https://www.w3.org/TR/webvtt1/: a cue's text is escaped, its voice span names the speaker.
        times = f"{_clock(each.start_ms, '.')} --> {_clock(each.end_ms, '.')}"
        voice = escape(each.speaker.replace("\n", " "), quote=False)
        return f"{number}\n{times}\n<v {voice}>{escape(each.text, quote=False)}\n"
    times = f"{_clock(each.start_ms, ',')} --> {_clock(each.end_ms, ',')}"
    return f"{number}\n{times}\n{each.speaker}: {each.text}\n"


def _clock(milliseconds: int, separator: str) -> str:
    seconds, fraction = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{separator}{fraction:03}"
