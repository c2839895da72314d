"""The language model keeps to the schema, and what it makes up is noticed."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from workers.inference.grounding import support
from workers.inference.language import ContextOverflow, LanguageModel, ModelOutputError
from workers.inference.whisper import ModelMissing

SYSTEM = "You are a study assistant. You write short notes in JSON."
LINES = ["A plant needs sunlight, water, and carbon dioxide.", "It makes sugar."]


def schema(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


FACTS = schema(
    facts={
        "type": "array",
        "items": {"type": "string", "minLength": 10, "maxLength": 110},
        "minItems": 1,
        "maxItems": 2,
    },
    severity={"enum": ["low", "high"]},
)


class TestJson:
    def test_fits_the_schema_and_repeats(self, language_model: LanguageModel) -> None:
        user = f"{' '.join(LINES)}\n\nWrite two facts."
        first = language_model.complete_json(SYSTEM, user, FACTS, max_tokens=120)
        again = language_model.complete_json(SYSTEM, user, FACTS, max_tokens=120)
        assert first == again
        jsonschema.validate(first, FACTS)

    def test_a_cut_answer_is_an_error(self, language_model: LanguageModel) -> None:
        with pytest.raises(ModelOutputError):
            language_model.complete_json(SYSTEM, "Write two facts.", FACTS, max_tokens=4)

    def test_what_the_grammar_cannot_say_is_checked(self, language_model: LanguageModel) -> None:
        impossible = schema(number={"enum": [7], "maximum": 3})
        with pytest.raises(ModelOutputError):
            language_model.complete_json(SYSTEM, "A number.", impossible, max_tokens=20)

    def test_too_long_is_refused_before_it_begins(self, language_model: LanguageModel) -> None:
        room = language_model.room(max_tokens=100)
        user = "water " * (room + 1)
        with pytest.raises(ContextOverflow) as refused:
            language_model.complete_json(SYSTEM, user, FACTS, max_tokens=100)
        assert refused.value.limit == room
        counted = language_model.count_tokens(SYSTEM) + language_model.count_tokens(user)
        assert refused.value.tokens == counted


class TestStream:
    def test_comes_in_pieces_and_can_be_left(self, language_model: LanguageModel) -> None:
        user = f"{' '.join(LINES)}\n\nQuestion: What does a plant need?"
        pieces = list(language_model.stream_text(SYSTEM, user, max_tokens=24))
        assert len(pieces) > 3
        stopped = language_model.stream_text(SYSTEM, user, max_tokens=24)
        assert next(stopped) == pieces[0]
        stopped.close()
        assert list(language_model.stream_text(SYSTEM, user, max_tokens=24)) == pieces

    def test_a_missing_model_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(ModelMissing, match="language model none"):
            LanguageModel(tmp_path / "none")


class TestSupport:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("A plant needs water.", 1.0),
            ("Plants need water", 1.0),
            ("The plant's sugars", 1.0),
            ("Water needs rubisco", 2 / 3),
            ("The World Cup was won by France", 0.0),
            ("", 0.0),
            ("It is what it was", 0.0),
        ],
    )
    def test_is_the_share_of_content_words(self, text: str, expected: float) -> None:
        assert support(text, LINES) == pytest.approx(expected)
