"""Test recordings, made by PyAV; read with PyAV alone, not with what is under test."""

import io
from itertools import pairwise

import av
import numpy as np

from workers.inference.voice import SAMPLE_RATE, Pcm

LIVE_WEBM = ("webm", "libopus", {"live": "1", "cluster_time_limit": "500"})
WEBM = ("webm", "libopus", {})
OGG = ("ogg", "libopus", {})
FRAGMENTED_MP4 = (
    "mp4",
    "aac",
    {"movflags": "empty_moov+default_base_moof", "frag_duration": "500000"},
)
MP4 = ("mp4", "aac", {})
WAV = ("wav", "pcm_s16le", {})

Kind = tuple[str, str, dict[str, str]]


def encoded(pcm: Pcm, kind: Kind) -> bytes:
    """A recording of 16 kHz mono samples."""
    container, codec, options = kind
    rate = SAMPLE_RATE if container == "wav" else 48_000
    target = io.BytesIO()
    with av.open(target, "w", format=container, options=options) as output:
        stream = output.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(pcm.reshape(1, -1), format="flt", layout="mono")
        frame.sample_rate, frame.pts = SAMPLE_RATE, 0
        size = stream.codec_context.frame_size
        resampler = av.AudioResampler(stream.format.name, "mono", rate, frame_size=size)
        for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
            output.mux(stream.encode(piece))
    return target.getvalue()


def samples(data: bytes) -> Pcm:
    """The whole recording as 16 kHz mono samples."""
    resampler = av.AudioResampler("flt", "mono", SAMPLE_RATE)
    with av.open(io.BytesIO(data)) as container:
        frames = [
            piece
            for frame in [*container.decode(audio=0), None]
            for piece in resampler.resample(frame)
        ]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def slices(data: bytes, cuts: list[int]) -> list[bytes]:
    """The bytes, cut at the positions."""
    edges = [0, *sorted(cuts), len(data)]
    return [data[a:b] for a, b in pairwise(edges) if b > a]
