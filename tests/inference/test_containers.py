"""A recording in slices gives the sound of the recording in one piece."""

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.audio import (
    AudioEmpty,
    AudioError,
    AudioFormat,
    AudioTooLong,
    AudioTypeUnsupported,
    AudioUnreadable,
    probe,
    sniff,
)
from tests.inference import recordings as rec
from tests.inference.conftest import Track
from workers.inference.containers import ContainerState, split
from workers.inference.decode import decode
from workers.inference.voice import SAMPLE_RATE, Pcm

LENGTH_S = 6


@pytest.fixture(scope="module")
def speech(tracks: dict[str, Track]) -> Pcm:
    return tracks["Ben"].pcm[5 * SAMPLE_RATE : (5 + LENGTH_S) * SAMPLE_RATE]


def joined(data: bytes, cuts: list[int]) -> Pcm:
    """The sound of all slices, the state stored and read again between them."""
    state, pieces = None, []
    for piece in rec.slices(data, cuts):
        after, recording = split(state, piece)
        state = ContainerState.from_bytes(after.to_bytes())
        pieces.append(decode(recording))
    return np.concatenate(pieces)


def correlation(one: Pcm, other: Pcm) -> float:
    length = min(len(one), len(other))
    return float(np.corrcoef(one[:length], other[:length])[0, 1])


class TestSlices:
    @pytest.mark.parametrize("kind", [rec.LIVE_WEBM, rec.WEBM, rec.OGG], ids=lambda k: str(k[0]))
    @pytest.mark.parametrize("count", [1, 3, 10])
    def test_opus_loses_and_repeats_nothing(self, speech: Pcm, kind: rec.Kind, count: int) -> None:
        data = rec.encoded(speech, kind)
        one_piece = decode(split(None, data)[1])
        cuts = [int(c) for c in np.random.default_rng(count).integers(400, len(data), count)]
        pieces = joined(data, cuts)
        # The resampler rounds each slice to whole samples.
        assert abs(len(pieces) - len(one_piece)) <= count
        assert correlation(pieces, one_piece) > 0.99
        assert correlation(pieces, speech) > 0.97

    def test_fragmented_mp4(self, speech: Pcm) -> None:
        data = rec.encoded(speech, rec.FRAGMENTED_MP4)
        one_piece = decode(data)
        pieces = joined(data, [len(data) // 3, len(data) // 2 + 77])
        assert abs(len(pieces) - len(one_piece)) <= 3
        assert correlation(pieces, one_piece) > 0.95

    def test_a_cut_at_every_byte_of_a_header_and_a_block(self, speech: Pcm) -> None:
        data = rec.encoded(speech[:SAMPLE_RATE], rec.LIVE_WEBM)
        whole = decode(split(None, data)[1])
        for cut in range(40, 700, 11):
            assert abs(len(joined(data, [cut])) - len(whole)) <= 1, cut

    def test_the_preroll_makes_borders_sound_right(self, speech: Pcm) -> None:
        data = rec.encoded(speech, rec.LIVE_WEBM)
        state, first = split(None, data[: len(data) // 2])
        _, second = split(state, data[len(data) // 2 :])
        border, whole = len(decode(first)), decode(split(None, data)[1])
        after = decode(second)[: SAMPLE_RATE // 10]
        assert correlation(after, whole[border : border + len(after)]) > 0.98

    def test_the_state_is_small(self, speech: Pcm) -> None:
        data = rec.encoded(speech, rec.LIVE_WEBM)
        state, _ = split(None, data[: len(data) // 2])
        assert len(state.to_bytes()) < 2_000

    @pytest.mark.parametrize("kind", [rec.WAV, rec.MP4, rec.WEBM, rec.OGG], ids=lambda k: str(k[0]))
    def test_self_contained_chunks_follow_each_other(self, speech: Pcm, kind: rec.Kind) -> None:
        data = rec.encoded(speech, kind)
        state, first = split(None, data)
        _, second = split(state, data)
        assert first == second
        assert abs(len(decode(first)) - len(speech)) < SAMPLE_RATE // 10

    def test_a_restarted_recorder_begins_anew(self, speech: Pcm) -> None:
        data = rec.encoded(speech, rec.LIVE_WEBM)
        state, _ = split(None, data[: len(data) // 2])
        _, recording = split(state, data)
        assert recording == split(None, data)[1]


class TestRefusals:
    def test_empty(self) -> None:
        with pytest.raises(AudioEmpty):
            split(None, b"")

    def test_garbage(self) -> None:
        with pytest.raises(AudioTypeUnsupported):
            split(None, b"\x89PNG\r\n\x1a\n" + bytes(100))

    def test_a_slice_without_its_header(self, speech: Pcm) -> None:
        data = rec.encoded(speech, rec.LIVE_WEBM)
        with pytest.raises(AudioTypeUnsupported):
            split(None, data[len(data) // 2 :])

    def test_nothing_follows_a_wav(self, speech: Pcm) -> None:
        state, _ = split(None, rec.encoded(speech, rec.WAV))
        with pytest.raises(AudioUnreadable):
            split(state, bytes(1000))

    def test_garbage_in_a_stream(self, speech: Pcm) -> None:
        state, _ = split(None, rec.encoded(speech, rec.LIVE_WEBM))
        with pytest.raises(AudioUnreadable):
            split(state, bytes(1000))

    def test_an_element_that_claims_a_gigabyte(self, speech: Pcm) -> None:
        state, _ = split(None, rec.encoded(speech, rec.LIVE_WEBM))
        with pytest.raises(AudioUnreadable):
            split(state, b"\xa3\x08\x40\x00\x00\x00" + bytes(100))

    def test_too_long(self) -> None:
        data = rec.encoded(np.zeros(31 * SAMPLE_RATE, dtype=np.float32), rec.OGG)
        with pytest.raises(AudioTooLong):
            probe(data)
        with pytest.raises(AudioTooLong):
            decode(data)

    def test_a_header_and_no_sound(self) -> None:
        with pytest.raises(AudioUnreadable):
            decode(b"\x1a\x45\xdf\xa3" + bytes(200))
        with pytest.raises(AudioUnreadable):
            probe(b"RIFF\x00\x00\x00\x00WAVE" + bytes(200))

    @pytest.mark.parametrize("error", [AudioEmpty, AudioTypeUnsupported, AudioUnreadable])
    def test_a_refusal_is_a_sentence(self, error: type[AudioError]) -> None:
        assert error().text.endswith(".")


class TestWhole:
    @pytest.mark.parametrize(
        ("kind", "expected"),
        [
            (rec.WEBM, AudioFormat.WEBM),
            (rec.OGG, AudioFormat.OGG),
            (rec.FRAGMENTED_MP4, AudioFormat.MP4),
            (rec.WAV, AudioFormat.WAV),
        ],
    )
    def test_type_and_duration(self, speech: Pcm, kind: rec.Kind, expected: AudioFormat) -> None:
        data = rec.encoded(speech, kind)
        assert sniff(data) is expected
        assert probe(data) == pytest.approx(LENGTH_S, abs=0.1)

    @pytest.mark.parametrize("kind", [rec.WEBM, rec.OGG, rec.WAV], ids=lambda k: str(k[0]))
    def test_a_truncated_file_gives_what_is_there(self, speech: Pcm, kind: rec.Kind) -> None:
        data = rec.encoded(speech, kind)
        pcm = decode(data[: len(data) * 2 // 3])
        assert 0.5 < len(pcm) / len(speech) < 0.75
        assert correlation(pcm, speech) > 0.97

    def test_no_packet_yet_is_no_sound(self, speech: Pcm) -> None:
        _, recording = split(None, rec.encoded(speech, rec.LIVE_WEBM)[:200])
        assert (recording, len(decode(recording))) == (b"", 0)


class TestHostile:
    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def test_damage_is_refused_or_survived(self, speech: Pcm, data: st.DataObject) -> None:
        kind = data.draw(st.sampled_from([rec.LIVE_WEBM, rec.OGG, rec.FRAGMENTED_MP4, rec.WAV]))
        whole = bytearray(rec.encoded(speech[:SAMPLE_RATE], kind))
        for _ in range(data.draw(st.integers(1, 6))):
            at = data.draw(st.integers(0, len(whole) - 1))
            whole[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
        cuts = sorted(data.draw(st.lists(st.integers(1, len(whole)), max_size=3)))
        began, state = time.perf_counter(), None
        for a, b in pairwise([0, *cuts, len(whole)]):
            try:
                state, recording = split(state, bytes(whole[a:b]))
                assert len(decode(recording)) <= 31 * SAMPLE_RATE
                probe(bytes(whole[a:b]))
            except AudioError:
                pass
        assert time.perf_counter() - began < 5
