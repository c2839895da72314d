"""Recordings that come in slices, each made decodable alone.

A browser's recorder with a time slice writes the container's header into the first
slice only and cuts wherever it stands. What the next slice needs of the ones before is
kept in a small state: the header, the bytes of what was cut, and the last packets.
"""

from pydantic import BaseModel, ConfigDict

from app.core.audio import (
    AudioEmpty,
    AudioFormat,
    AudioTypeUnsupported,
    AudioUnreadable,
    sniff,
)
from workers.inference import mp4, ogg, opus, webm

# A slice cut in the middle of a fragment or a page leaves less than this.
_LARGEST_REST = 1 << 20


class ContainerState(BaseModel):
    """Where a recording stands; stored as JSON. It holds a little of the sound."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    format: AudioFormat
    header: bytes = b""
    """An Opus header, or an MP4's; empty if slices of this recording can't follow."""
    track: int = 0
    rest: bytes = b""
    partial: bytes = b""
    preroll: list[bytes] = []

    def to_bytes(self) -> bytes:
        """For storage."""
        return self.model_dump_json().encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "ContainerState":
        """What `to_bytes` gave."""
        return cls.model_validate_json(data)


def split(state: ContainerState | None, data: bytes) -> tuple[ContainerState, bytes]:
    """The state after this slice, and the slice as a recording of its own.

    A slice that begins a container begins anew, whatever the state. The recording is
    empty if no packet was complete yet. Raises AudioEmpty, AudioTypeUnsupported (neither
    a container nor the continuation of one) and AudioUnreadable.
    """
    if not data:
        raise AudioEmpty
    begun = sniff(data)
    if begun is not None:
        state = ContainerState(format=begun)
    elif state is None:
        raise AudioTypeUnsupported
    elif not state.header and not state.rest:
        raise AudioUnreadable
    after, recording = _READERS[state.format](state, data)
    if len(after.rest) > _LARGEST_REST:
        raise AudioUnreadable
    return after, recording


def _webm(state: ContainerState, data: bytes) -> tuple[ContainerState, bytes]:
    data = state.rest + data
    reading = webm.read(state.header, state.track, data)
    if not reading.head and not reading.rest:
        return _alone(state, data)
    after = state.model_copy(
        update={"header": reading.head, "track": reading.track, "rest": reading.rest}
    )
    return _opus(after, reading.packets)


def _ogg(state: ContainerState, data: bytes) -> tuple[ContainerState, bytes]:
    data = state.rest + data
    reading = ogg.read(state.header, state.track, state.partial, data)
    if not reading.head and not reading.rest:
        return _alone(state, data)
    after = state.model_copy(
        update={
            "header": reading.head,
            "track": reading.serial,
            "rest": reading.rest,
            "partial": reading.partial,
        }
    )
    return _opus(after, reading.packets)


def _opus(state: ContainerState, packets: list[bytes]) -> tuple[ContainerState, bytes]:
    recording = opus.webm(state.header, state.preroll, packets)
    preroll = opus.tail([*state.preroll, *packets])
    return state.model_copy(update={"preroll": preroll}), recording


def _mp4(state: ContainerState, data: bytes) -> tuple[ContainerState, bytes]:
    if not state.header and not state.rest and not mp4.is_fragmented(data):
        return _alone(state, data)
    reading = mp4.read(state.header, state.rest + data)
    after = state.model_copy(update={"header": reading.header, "rest": reading.rest})
    return after, reading.header + reading.fragments if reading.fragments else b""


def _alone(state: ContainerState, data: bytes) -> tuple[ContainerState, bytes]:
    """A recording that is complete in itself: nothing can follow it."""
    return ContainerState(format=state.format), data


_READERS = {
    AudioFormat.WEBM: _webm,
    AudioFormat.OGG: _ogg,
    AudioFormat.MP4: _mp4,
    AudioFormat.WAV: _alone,
}
