"""From a container's bytes to samples, by PyAV."""

from io import BytesIO

import av
import numpy as np

from app.core.audio import (
    DEMUXERS,
    LONGEST_S,
    AudioTooLong,
    AudioTypeUnsupported,
    AudioUnreadable,
    audio_stream,
    sniff,
)
from workers.inference.voice import SAMPLE_RATE, Pcm

# Containers round up to whole packets; this much over the limit is no longer recording.
_TOLERANCE_S = 0.2


def decode(data: bytes) -> Pcm:
    """16 kHz mono samples, -1 to 1, of a recording that can be decoded alone.

    Of a truncated or damaged file: what is there; of a slice in which no packet was
    complete yet (no bytes): nothing. Raises AudioTypeUnsupported, AudioUnreadable, and
    AudioTooLong above 30 s.
    """
    if not data:
        return np.zeros(0, dtype=np.float32)
    audio_format = sniff(data)
    if audio_format is None:
        raise AudioTypeUnsupported
    try:
        with av.open(BytesIO(data), "r", format=DEMUXERS[audio_format]) as container:
            pieces = _decoded(container)
    except (av.FFmpegError, ValueError) as error:
        raise AudioUnreadable from error
    if not pieces:
        raise AudioUnreadable
    pcm: Pcm = np.concatenate(pieces)
    # Float formats can hold anything.
    return np.clip(np.nan_to_num(pcm), -1.0, 1.0)


def _decoded(container: av.container.InputContainer) -> list[Pcm]:
    stream = audio_stream(container)
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    pieces: list[Pcm] = []
    samples = 0
    try:
        for frame in container.decode(stream):
            # Timestamps have gaps and jumps; the samples are what was recorded.
            frame.pts = None
            for resampled in resampler.resample(frame):
                pieces.append(resampled.to_ndarray()[0])
                samples += resampled.samples
            if samples > (LONGEST_S + _TOLERANCE_S) * SAMPLE_RATE:
                raise AudioTooLong
    except av.FFmpegError:
        # Damaged from here on.
        pass
    if pieces:
        pieces += [rest.to_ndarray()[0] for rest in resampler.resample(None)]
    return pieces
