"""What can be told of a recording without decoding it: its type, its length, its faults."""

from enum import StrEnum
from io import BytesIO
from typing import cast

import av

from app.core.errors import DomainError

LONGEST_S = 30.0

_HIGHEST_RATE = 192_000
_MOST_CHANNELS = 8


class AudioError(DomainError):
    """A recording that can't be taken; `code` says why."""


class AudioTypeUnsupported(AudioError):
    """Not one of the four containers."""

    code = "AUDIO_TYPE_UNSUPPORTED"
    message = "This isn't a recording that can be read: send WebM, Ogg, MP4 or WAV."


class AudioEmpty(AudioError):
    """No bytes at all."""

    code = "AUDIO_EMPTY"
    message = "This recording is empty."


class AudioUnreadable(AudioError):
    """The container's name, but nothing in it that can be heard."""

    code = "AUDIO_UNREADABLE"
    message = "This recording is damaged and no sound can be read from it."


class AudioTooLong(AudioError):
    """More than 30 s in one piece."""

    code = "AUDIO_TOO_LONG"
    message = "This recording is longer than 30 seconds: send it in shorter pieces."


class AudioFormat(StrEnum):
    """The containers that are taken."""

    WEBM = "webm"
    OGG = "ogg"
    MP4 = "mp4"
    WAV = "wav"


# Naming the demuxer keeps a hostile file from choosing one that opens other files.
DEMUXERS = {
    AudioFormat.WEBM: "matroska",
    AudioFormat.OGG: "ogg",
    AudioFormat.MP4: "mov",
    AudioFormat.WAV: "wav",
}


def sniff(data: bytes) -> AudioFormat | None:
    """The container that begins here, by its first bytes; none in a stream's later slice."""
    if data.startswith(b"\x1a\x45\xdf\xa3"):
        return AudioFormat.WEBM
    if data.startswith(b"OggS"):
        # A page that isn't the first of its stream continues an earlier slice.
        return AudioFormat.OGG if len(data) > 5 and data[5] & 2 else None
    if data[4:8] == b"ftyp":
        return AudioFormat.MP4
    if data.startswith(b"RIFF") and data[8:12] == b"WAVE":
        return AudioFormat.WAV
    return None


def probe(data: bytes) -> float | None:
    """The duration in seconds, found without decoding; none where packets don't say theirs.

    For data that begins a container. Raises AudioEmpty, AudioTypeUnsupported,
    AudioUnreadable, and AudioTooLong as soon as 30 s are passed.
    """
    if not data:
        raise AudioEmpty
    audio_format = sniff(data)
    if audio_format is None:
        raise AudioTypeUnsupported
    try:
        with av.open(BytesIO(data), "r", format=DEMUXERS[audio_format]) as container:
            return _duration(container)
    except (av.FFmpegError, ValueError) as error:
        raise AudioUnreadable from error


def audio_stream(container: av.container.InputContainer) -> av.AudioStream:
    """The first audio stream, if its parameters are sane. Raises AudioUnreadable."""
    if not container.streams.audio:
        raise AudioUnreadable
    stream = container.streams.audio[0]
    # PyAV gives a codec that it doesn't know no context, whatever the annotation says.
    if cast("object", stream.codec_context) is None:
        raise AudioUnreadable
    if not 0 < stream.rate <= _HIGHEST_RATE or not 0 < stream.channels <= _MOST_CHANNELS:
        raise AudioUnreadable
    return stream


def _duration(container: av.container.InputContainer) -> float | None:
    stream = audio_stream(container)
    packets, ticks = 0, 0
    longest = LONGEST_S / float(stream.time_base or 1) if stream.time_base else 0.0
    try:
        for packet in container.demux(stream):
            packets += packet.size > 0
            ticks += packet.duration or 0
            if longest and ticks > longest:
                raise AudioTooLong
    except av.FFmpegError:
        # Cut off or damaged further on: what came before it counts.
        pass
    if not packets:
        raise AudioUnreadable
    return float(ticks * stream.time_base) if ticks and stream.time_base else None
