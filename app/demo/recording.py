"""A recording as a browser's MediaRecorder hands it over: webm/opus in slices of five seconds.

The slices continue one stream: only the first has the header.
"""

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.resampler import AudioResampler

SLICE_SECONDS = 5.0
_RATE = 48_000
_BITS = 32_000


class UnreadableRecording(Exception):
    """The file holds no audio that can be read."""


class _Sink(io.RawIOBase):
    """Takes what the muxer writes; it can't go back, as a recorder can't."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def record(path: Path) -> list[bytes]:
    """The slices of a recording in any format that FFmpeg reads."""
    sink, written = _Sink(), 0
    slices: list[bytes] = []
    # A live muxer closes a cluster whenever it is time to hand one over.
    options = {"live": "1", "cluster_time_limit": "500"}
    try:
        with av.open(str(path)) as source, av.open(sink, "w", "webm", options=options) as target:
            if not source.streams.audio:
                raise UnreadableRecording(f"{path} has no sound.")
            stream = target.add_stream("libopus", rate=_RATE, layout="mono", bit_rate=_BITS)
            resampler = AudioResampler(format="s16", layout="mono", rate=_RATE, frame_size=960)
            for decoded in [*source.decode(source.streams.audio[0]), None]:
                for frame in resampler.resample(decoded):
                    frame.pts, frame.time_base = written, Fraction(1, _RATE)
                    target.mux(stream.encode(frame))
                    written += frame.samples
                    if written >= (len(slices) + 1) * SLICE_SECONDS * _RATE:
                        slices.append(sink.take())
            target.mux(stream.encode(None))
    except (OSError, av.FFmpegError) as error:
        raise UnreadableRecording(f"{path} can't be read as sound: {error}.") from None
    if rest := sink.take():
        slices.append(rest)
    return slices
