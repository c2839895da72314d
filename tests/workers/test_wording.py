"""What wording gives away, and what of a model's words is kept. No model is needed."""

from uuid import UUID, uuid4

import pytest

from app.reference.prompts import PROMPTS
from app.reference.service import Prompt
from app.sessions.models import SummaryStatus
from app.sessions.service.understanding import Brief, Line
from workers import answering, summarizing, wording

SAID = (
    ("Ana", "Let's go over photosynthesis. Where does the oxygen come from?"),
    ("Ben", "The oxygen comes from the water. I don't remember the enzyme."),
    ("Ana", "I am still confused about the Calvin cycle. Right."),
    ("Ben", "We should look it up."),
)


@pytest.fixture
def lines() -> list[Line]:
    return [Line([uuid4()], speaker, text, 0.9) for speaker, text in SAID]


def _texts(sentences: list[wording.Sentence]) -> list[str]:
    return [sentence.text for sentence in sentences]


class TestWording:
    @pytest.mark.parametrize(
        ("line", "title"),
        [
            ("1. Light reactions", "Light reactions"),
            ("2) **Leaves** - what they are", "Leaves"),
            ('3. "Roots": they drink.', "Roots"),
            ("* 4. Lesson 2: Self-made sugar (long)", "Self-made sugar"),
            ("5. Введение в алгебру.", "Введение в алгебру"),
            ("Here is the list of 6 modules:", None),
            ("- Leaves", None),
            ("7. 1.", None),
            ("8. " + "x" * 81, None),
            ("", None),
        ],
    )
    def test_what_a_list_has(self, line: str, title: str | None) -> None:
        assert wording.listed(f"Sure!\n{line}\n") == ([] if title is None else [title])

    def test_circles_are_left(self) -> None:
        text = "1. Leaves are green.\n2. Roots drink!\n3. Leaves are green.\n\nWhy? So be it."
        assert wording.each_once(text) == ("1. Leaves are green.\n2. Roots drink!\nWhy? So be it.")
        assert wording.each_once("It is. " * 9) == "It is."

    def test_questions_carry_their_mark(self, lines: list[Line]) -> None:
        found = wording.questions(lines)
        assert _texts(found) == ["Where does the oxygen come from?"]
        assert found[0].line is lines[0]

    def test_gaps_are_admitted_more_or_less_seriously(self, lines: list[Line]) -> None:
        assert [(sentence.text, level) for sentence, level in wording.gaps(lines)] == [
            ("I don't remember the enzyme.", "medium"),
            ("I am still confused about the Calvin cycle.", "high"),
        ]
        assert wording.severity("I always mix that up.") == "low"
        assert wording.severity("The oxygen comes from the water.") is None

    def test_plans(self, lines: list[Line]) -> None:
        assert _texts(wording.plans(lines)) == [
            "Let's go over photosynthesis.",
            "We should look it up.",
        ]

    def test_facts_are_what_is_left(self, lines: list[Line]) -> None:
        assert wording.facts(lines) == ["The oxygen comes from the water."]

    @pytest.mark.parametrize(
        ("text", "kept"),
        [
            ("One is whole. Two is br", "One is whole."),
            ("Whole.", "Whole."),
            ("no mark at all", "no mark at all"),
        ],
    )
    def test_a_broken_end_is_left_out(self, text: str, kept: str) -> None:
        assert wording.whole(text) == kept


class TestAnswer:
    @pytest.fixture
    def brief(self, lines: list[Line]) -> Brief:
        return Brief({}, lines, question="Where does the oxygen come from?")

    def test_cites_the_segments_that_it_rests_on(self, brief: Brief) -> None:
        segments: list[UUID] = answering.cited("Oxygen comes from water.", brief.lines)
        assert segments == [*brief.lines[0].segment_ids, *brief.lines[1].segment_ids]

    def test_what_nobody_said_is_no_answer(self, brief: Brief) -> None:
        assert answering.weigh_answer(brief, "Paris is the capital of France.") is None
        assert answering.weigh_answer(brief, "") is None

    async def test_the_model_is_not_asked_about_what_nobody_mentioned(self, brief: Brief) -> None:
        strange = Brief({}, brief.lines, question="Who won the championship?")
        assert [piece async for piece in answering.answer_pieces(strange)] == []


class TestSummary:
    @pytest.fixture
    def prompts(self) -> dict[str, Prompt]:
        return {
            each.key: Prompt(
                each.key,
                each.system,
                each.user,
                each.contract,
                each.temperature,
                each.max_tokens,
            )
            for each in PROMPTS
        }

    def test_of_silence_there_is_none(self, prompts: dict[str, Prompt]) -> None:
        made = summarizing.summary(Brief(prompts, []))
        assert (made.status, made.notice) == (
            SummaryStatus.UNAVAILABLE,
            summarizing.NOTHING_SAID,
        )

    def test_without_facts_it_is_picked_and_says_so(self, prompts: dict[str, Prompt]) -> None:
        lines = [Line([uuid4()], "Ana", "We should look it up. I don't know.", 0.9)]
        made = summarizing.summary(Brief(prompts, lines))
        assert (made.status, made.notice) == (SummaryStatus.PARTIAL, summarizing.PICKED)
        assert made.summary == "We should look it up. I don't know."
        assert made.action_items == ["We should look it up."]
        assert [gap["concept"] for gap in made.knowledge_gaps] == ["I don't know."]
