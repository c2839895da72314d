"""Text that becomes final: nothing lost or repeated, whatever the chunks."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from benchmarks.speech.wer import normalised, word_error_rate
from tests.inference import recordings as rec
from tests.inference.conftest import Track
from workers.inference.alignment import StreamWord, agreed, unmatched
from workers.inference.containers import split
from workers.inference.decode import decode
from workers.inference.streaming import (
    LONGEST_CARRY_S,
    Segment,
    StreamState,
    advance,
    flush,
)
from workers.inference.voice import SAMPLE_RATE, Pcm, VoiceDetector
from workers.inference.whisper import (
    ModelMissing,
    Transcriber,
    Word,
    without_hallucinations,
)

NOTHING = np.zeros(0, dtype=np.float32)


@dataclass
class Run:
    """A stream, its state stored as JSON and read again after each chunk."""

    transcriber: Transcriber
    voice: VoiceDetector
    state: StreamState = field(default_factory=StreamState)
    carry: Pcm = field(default_factory=NOTHING.copy)
    final: list[Segment] = field(default_factory=list)
    provisional: Segment | None = None

    def hear(self, chunk: Pcm) -> list[Segment]:
        step = advance(self.state, self.carry, chunk, self.transcriber, voice=self.voice)
        self.final += step.final
        self.provisional = step.provisional
        self.state = StreamState.model_validate_json(step.state.model_dump_json())
        self.carry = step.carry
        return step.final

    def end(self) -> str:
        step = flush(self.state, self.carry, self.transcriber, voice=self.voice)
        self.final += step.final
        assert (step.provisional, len(step.carry)) == (None, 0)
        return " ".join(segment.text for segment in self.final)

    def hear_all(self, pcm: Pcm, seconds: float) -> str:
        size = int(seconds * SAMPLE_RATE)
        for start in range(0, len(pcm), size):
            self.hear(pcm[start : start + size])
        return self.end()


@pytest.fixture
def run(transcriber: Transcriber, voice: VoiceDetector) -> Run:
    return Run(transcriber, voice)


def excerpt(track: Track, since: int, until: int) -> tuple[Pcm, str]:
    """The lines from one index to another, and 0.3 s around them."""
    lines = track.lines[since:until]
    start, end = int((lines[0][0] - 0.3) * SAMPLE_RATE), int((lines[-1][1] + 0.3) * SAMPLE_RATE)
    return track.pcm[start:end], " ".join(line[2] for line in lines)


class TestWords:
    @pytest.mark.parametrize("seconds", [5, 2.3])
    def test_no_border_loses_or_repeats_a_word(
        self, run: Run, tracks: dict[str, Track], seconds: float
    ) -> None:
        pcm, text = excerpt(tracks["Ben"], 0, 2)
        assert word_error_rate([text], [run.hear_all(pcm, seconds)]) <= 4

    def test_a_border_in_the_middle_of_a_word(self, run: Run, tracks: dict[str, Track]) -> None:
        pcm, text = excerpt(tracks["Ben"], 2, 3)
        for cut in (1.73, 3.3, 4.9):
            run = Run(run.transcriber, run.voice)
            at = int(cut * SAMPLE_RATE)
            run.hear(pcm[:at])
            run.hear(pcm[at:])
            heard = run.end()
            assert len(normalised(heard).split()) == len(normalised(text).split()), cut

    def test_webm_slices_as_a_browser_sends_them(self, run: Run, tracks: dict[str, Track]) -> None:
        pcm, text = excerpt(tracks["Ana"], 2, 4)
        data = rec.encoded(pcm, rec.LIVE_WEBM)
        cuts = [len(data) // 3 + 5, 2 * len(data) // 3 + 11]
        state = None
        for piece in rec.slices(data, cuts):
            state, recording = split(state, piece)
            run.hear(decode(recording))
        assert word_error_rate([text], [run.end()]) <= 4

    def test_all_but_the_border_is_final_at_once(self, run: Run, tracks: dict[str, Track]) -> None:
        pcm, text = excerpt(tracks["Ben"], 3, 4)
        final = run.hear(pcm[: 5 * SAMPLE_RATE])
        assert len(final) == 1
        assert normalised(text).startswith(normalised(final[0].text))
        assert final[0].end_s > 3
        assert final[0].language == "en"
        assert 0.7 < final[0].confidence <= 1

    def test_times_are_the_streams(self, run: Run, tracks: dict[str, Track]) -> None:
        track = tracks["Ben"]
        run.hear_all(track.pcm[: 12 * SAMPLE_RATE], 5)
        start, end, _ = track.lines[0]
        assert run.final[0].start_s == pytest.approx(start, abs=0.4)
        assert run.final[-1].end_s == pytest.approx(end, abs=0.6)
        times = [t for segment in run.final for t in (segment.start_s, segment.end_s)]
        assert times == sorted(times)

    def test_the_carry_is_bounded_in_endless_speech(
        self, run: Run, tracks: dict[str, Track]
    ) -> None:
        pcm, _ = excerpt(tracks["Ben"], 0, 1)
        for _ in range(4):
            run.hear(pcm)
            assert len(run.carry) <= LONGEST_CARRY_S * SAMPLE_RATE


class TestResumption:
    def test_killed_and_resumed_gives_the_same(
        self, run: Run, tracks: dict[str, Track], voice: VoiceDetector
    ) -> None:
        pcm, _ = excerpt(tracks["Ben"], 4, 5)
        chunks = [pcm[: 3 * SAMPLE_RATE], pcm[3 * SAMPLE_RATE :]]
        uninterrupted = Run(run.transcriber, voice)
        for chunk in chunks:
            uninterrupted.hear(chunk)
        run.hear(chunks[0])
        # A worker that dies after the model and before the commit has heard this for nothing.
        advance(run.state, run.carry, chunks[1], run.transcriber, voice=voice)
        resumed = Run(run.transcriber, VoiceDetector(), run.state, run.carry, run.final)
        resumed.hear(chunks[1])
        assert resumed.end() == uninterrupted.end()
        assert resumed.final == uninterrupted.final


class TestSilence:
    @pytest.mark.parametrize("loudness", [0.0, 0.05])
    def test_silence_and_noise_make_no_text(self, run: Run, loudness: float) -> None:
        noise = np.random.default_rng(0).normal(0, 1, 5 * SAMPLE_RATE).astype(np.float32)
        for _ in range(3):
            assert run.hear(noise * loudness) == []
        assert len(run.carry) < SAMPLE_RATE
        assert run.state.offset + len(run.carry) == 15 * SAMPLE_RATE
        assert run.end() == ""

    def test_silence_after_speech_makes_it_final(self, run: Run, tracks: dict[str, Track]) -> None:
        pcm, text = excerpt(tracks["Ana"], 0, 1)
        run.hear(np.concatenate([pcm, np.zeros(2 * SAMPLE_RATE, dtype=np.float32)]))
        assert normalised(" ".join(s.text for s in run.final)) == normalised(text)
        assert (run.provisional, run.state.pending, run.state.anchor) == (None, [], [])

    def test_spans_lie_where_lines_do(self, voice: VoiceDetector, tracks: dict[str, Track]) -> None:
        track = tracks["Ana"]
        spans = voice.spans(track.pcm)
        for start, end, _ in track.lines:
            middle = (start + end) / 2 * SAMPLE_RATE
            assert any(span.start <= middle <= span.end for span in spans)
        assert len(track.pcm) - spans[-1].end < 2 * SAMPLE_RATE


def words(text: str, start: float = 0.0) -> list[StreamWord]:
    return [
        StreamWord(text=word, start_s=start + i / 2, end_s=start + i / 2 + 0.4, probability=1)
        for i, word in enumerate(text.split())
    ]


class TestAlignment:
    def test_agreement_ignores_case_and_punctuation(self) -> None:
        assert agreed(words("The cell. and"), words("the cell and so")) == 3
        assert agreed(words("The salt"), words("the cell")) == 1

    @pytest.mark.parametrize(
        ("known", "heard", "rest"),
        [
            ("", "one two", "one two"),
            ("one two", "one two three", "three"),
            ("one two", "two three", "three"),
            ("one two", "zero one two three", "three"),
            ("photosynthesis makes", "photo synthesis makes sugar", "sugar"),
            ("the fellow Americans", "fellow americans ask", "ask"),
        ],
    )
    def test_the_rest_begins_after_what_is_known(self, known: str, heard: str, rest: str) -> None:
        assert " ".join(word.text for word in unmatched(words(known), words(heard))) == rest


class TestHallucinations:
    @pytest.mark.parametrize(
        ("said", "probability", "kept"),
        [
            ("[BLANK_AUDIO]", 0.9, ""),
            ("Yes (soft music) indeed", 0.9, "Yes indeed"),
            ("*laughs* no", 0.9, "no"),
            ("Thank you.", 0.3, ""),
            ("Thank you.", 0.9, "Thank you."),
            ("no no no", 0.9, "no no no"),
            ("no no no no no", 0.9, "no"),
            ("so what is it now so what is it now", 0.9, "so what is it now"),
        ],
    )
    def test_are_dropped(self, said: str, probability: float, kept: str) -> None:
        given = [Word(text, 0.0, 0.1, probability) for text in said.split()]
        assert " ".join(word.text for word in without_hallucinations(given)) == kept

    def test_a_missing_model_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(ModelMissing, match="speech model none"):
            Transcriber(tmp_path / "none")
