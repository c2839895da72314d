"""Courses from the language model: one question a step, within a contract.

What a learner wrote goes into a prompt as JSON texts, on one line each: as data, and nothing in
it ends the quotation. Whatever it says, the answer has the form of the contract.
"""

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from app.core.logging import get_logger
from app.courses.models import NodeKind
from app.courses.service.adapting import UNWORDED, Brief, Objectives
from app.courses.service.writing import (
    LESSONS,
    Assignment,
    LessonsData,
    OutlineData,
    Part,
    TextData,
    Written,
)
from app.reference.service import Prompt
from workers import wording
from workers.answering import ask_json

NO_ANSWER = "The local model wrote nothing that has the form of a course."

# A model that failed has to leave the track that it was on.
_WARMER, _WARMEST = 0.3, 1.2
# So many lessons it can build on: its context is small.
_KNOWN = 12
_SHORT = 60

DataT = TypeVar("DataT", bound=BaseModel)

log = get_logger(__name__)


def quoted(value: str | Sequence[str]) -> str:
    """A text or several as JSON, on one line."""
    return json.dumps(value if isinstance(value, str) else list(value), ensure_ascii=False)


def write(step: Assignment) -> Written | None:
    """What a step asks for; None if the model can't be brought to. Blocks; run it in a thread."""
    if step.part is Part.OUTLINE:
        return _outline(step)
    return _lessons(step) if step.part is Part.LESSONS else _text(step)


def _outline(step: Assignment) -> OutlineData | None:
    prompt = _with_size(_warmed(step), "modules", step.modules)
    target = step.course.target_level or step.course.level
    return _asked(
        OutlineData,
        prompt,
        **_common(step),
        target=target.value,
        goals=quoted(step.generation.goals),
        count=str(step.modules),
    )


def _lessons(step: Assignment) -> LessonsData | None:
    assert step.node is not None
    known = [node for node in step.nodes if node.kind is NodeKind.LESSON][-_KNOWN:]
    prompt = _with_size(_warmed(step), "lessons", LESSONS)
    prompt = _with_choice(prompt, [node.key for node in known])
    return _asked(
        LessonsData,
        prompt,
        **_common(step),
        module=quoted(step.node.title),
        known=quoted([node.key for node in known]),
        count=str(LESSONS),
    )


def _text(step: Assignment) -> TextData | None:
    assert step.node is not None
    found = _asked(
        TextData,
        _warmed(step),
        **_common(step),
        lesson=quoted(step.node.title),
        objectives=quoted(step.node.objectives),
    )
    if found is None:
        return None
    whole = wording.whole(found.text)
    return TextData(text=whole if len(whole) >= _SHORT else found.text)


def word(brief: Brief) -> tuple[dict[str, Objectives], str | None]:
    """Objectives of a proposal's reviews by their keys, and a notice if some have none."""
    found: dict[str, Objectives] = {}
    for node in brief.reviews:
        objectives = _asked(
            Objectives,
            brief.prompt,
            topic=quoted(brief.topic),
            lesson=quoted(node.title),
            objectives=quoted(node.objectives),
        )
        if objectives is not None:
            found[node.key] = objectives
    return found, None if len(found) == len(brief.reviews) else UNWORDED


def _common(step: Assignment) -> dict[str, str]:
    generation = step.generation
    wishes = list(generation.focus_areas)
    if generation.session_minutes is not None:
        wishes.append(f"{generation.session_minutes} minutes in one go")
    if generation.sessions_per_week is not None:
        wishes.append(f"{generation.sessions_per_week} times a week")
    if generation.difficulty is not None:
        wishes.append(generation.difficulty.value)
    return {
        "topic": quoted(step.course.topic),
        "level": step.course.level.value,
        "language": step.course.language,
        "wishes": quoted(wishes),
    }


def _asked(model: type[DataT], prompt: Prompt, **values: str) -> DataT | None:
    """The model's answer, checked by the rules of what is kept too."""
    said = ask_json(prompt, **values)
    try:
        return None if said is None else model.model_validate(said)
    except ValidationError as error:
        log.warning("model.refused", prompt=prompt.name, error=str(error))
        return None


def _warmed(step: Assignment) -> Prompt:
    assert step.prompt is not None, "there is one for each part"
    warmer = step.prompt.temperature + _WARMER * (step.generation.attempt - 1)
    return replace(step.prompt, temperature=min(warmer, _WARMEST))


def _with_size(prompt: Prompt, name: str, count: int) -> Prompt:
    """The prompt whose answer has exactly so many items in a list."""
    contract = copy.deepcopy(prompt.contract or {})
    items = _at(contract, "properties", name)
    items.update(minItems=count, maxItems=count)
    return replace(prompt, contract=contract)


def _with_choice(prompt: Prompt, keys: Sequence[str]) -> Prompt:
    """The prompt whose prerequisites are some of these keys."""
    contract = copy.deepcopy(prompt.contract or {})
    before = _at(contract, "properties", "lessons", "items", "properties", "prerequisites")
    if keys:
        before["items"] = {"enum": list(keys)}
    else:
        before["maxItems"] = 0
    return replace(prompt, contract=contract)


def _at(contract: Mapping[str, Any], *path: str) -> dict[str, Any]:
    """A part of a contract; an empty one where the contract has none."""
    found: Any = contract
    for name in path:
        found = found.get(name, {})
    return dict(found) if not isinstance(found, dict) else found
