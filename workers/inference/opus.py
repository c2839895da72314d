"""Opus packets, and the smallest WebM file that holds some of them.

A browser's recorder sends one stream of packets in slices. A slice is given to the
decoder as a file of its own, which begins with the last packets of the slice before:
they bring the decoder into the state it would be in. Their sound is dropped again by
the means that Opus has for it: the number of samples to skip, in its header.
"""

from app.core.audio import AudioUnreadable

RATE = 48_000
# What the decoder needs to settle (RFC 7845, section 4.6).
PREROLL_SAMPLES = 3_840
LARGEST_PACKET = 61_440

_FRAME_SAMPLES = (
    *(480, 960, 1920, 2880) * 3,
    *(480, 960) * 2,
    *(120, 240, 480, 960) * 4,
)
_MOST_SAMPLES = 5_760


def is_head(packet: bytes) -> bool:
    """Whether this is the header that begins an Opus stream."""
    return packet.startswith(b"OpusHead") and len(packet) >= 19


def duration(packet: bytes) -> int:
    """Samples at 48 kHz in a packet (RFC 6716, section 3.1); 0 if it is malformed."""
    if not packet:
        return 0
    frames = {0: 1, 1: 2, 2: 2}.get(packet[0] & 3)
    if frames is None:
        frames = packet[1] & 63 if len(packet) > 1 else 0
    samples = frames * _FRAME_SAMPLES[packet[0] >> 3]
    return samples if samples <= _MOST_SAMPLES else 0


def tail(packets: list[bytes]) -> list[bytes]:
    """The last packets: as many as the decoder needs before it goes on after them."""
    samples = 0
    for index in range(len(packets) - 1, -1, -1):
        samples += duration(packets[index])
        if samples >= PREROLL_SAMPLES:
            return packets[index:]
    return packets


def webm(head: bytes, preroll: list[bytes], packets: list[bytes]) -> bytes:
    """A WebM file of the packets, whose decoding begins after the preroll's sound.

    The first slice of a stream has no preroll and skips what the header says itself.
    """
    if not packets:
        return b""
    skipped = sum(map(duration, preroll))
    if skipped:
        head = head[:10] + skipped.to_bytes(2, "little") + head[12:]
    delay = int.from_bytes(head[10:12], "little") * 1_000_000_000 // RATE
    track = _element(
        0xAE,
        _number(0xD7, 1)
        + _number(0x73C5, 1)
        + _number(0x83, 2)
        + _element(0x86, b"A_OPUS")
        + _number(0x56AA, delay)
        + _element(0x63A2, head)
        + _element(0xE1, _number(0x9F, max(1, head[9])) + _element(0xB5, _RATE_AS_FLOAT)),
    )
    return (
        _element(0x1A45DFA3, _element(0x4282, b"webm"))
        + b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"
        + _element(0x1549A966, _number(0x2AD7B1, 1_000_000))
        + _element(0x1654AE6B, track)
        + _clusters([*preroll, *packets])
    )


_RATE_AS_FLOAT = b"\x47\x3b\x80\x00"
_CLUSTER_MS = 30_000


def _clusters(packets: list[bytes]) -> bytes:
    clusters: list[bytes] = []
    blocks: list[bytes] = []
    begin = time = samples = 0
    for packet in packets:
        if time - begin >= _CLUSTER_MS:
            clusters.append(_element(0x1F43B675, _number(0xE7, begin) + b"".join(blocks)))
            blocks, begin = [], time
        blocks.append(
            _element(0xA3, b"\x81" + (time - begin).to_bytes(2, "big") + b"\x80" + packet)
        )
        samples += duration(packet)
        time = samples * 1000 // RATE
    clusters.append(_element(0x1F43B675, _number(0xE7, begin) + b"".join(blocks)))
    return b"".join(clusters)


def _element(identifier: int, payload: bytes) -> bytes:
    name = identifier.to_bytes((identifier.bit_length() + 7) // 8, "big")
    return name + (len(payload) | 1 << 56).to_bytes(8, "big") + payload


def _number(identifier: int, value: int) -> bytes:
    return _element(identifier, value.to_bytes(8, "big"))


def checked(packet: bytes) -> bytes:
    """The packet, unless it is larger than any can be. Raises AudioUnreadable."""
    if len(packet) > LARGEST_PACKET:
        raise AudioUnreadable
    return packet
