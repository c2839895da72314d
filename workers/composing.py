"""Courses from the language model: one question a step, for as little as a small model can do.

It lists titles, and writes a text on each; what else a lesson needs is put by rule. Where it has
too few titles, plain ones stand behind its own. What a learner wrote goes into a prompt as JSON
texts, on one line each: as data, and nothing in it ends the quotation. Whatever it says, only
titles and texts come of it.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from app.core.logging import get_logger
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
from workers.answering import ask_json, ask_list

NO_ANSWER = "The local model wrote nothing that has the form of a course."

# A model that failed has to leave the track that it was on.
_WARMER, _WARMEST = 0.3, 1.2
_SHORT = 60
# Titles for a model that has too few, and what of a module's stands in those of its lessons.
_MODULES = ("First steps", "The basics", "Examples", "Practice", "Going further", "Review")
_ASPECTS = ("the basics", "examples", "practice")
_LONGEST_ABOUT = 200

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
    target = step.course.target_level or step.course.level
    titles = _titles(
        step,
        step.modules,
        target=target.value,
        goals=quoted(step.generation.goals),
    )
    # A course without a single idea isn't one.
    if not titles:
        return None
    whole = _with_plain(titles, _MODULES, step.modules)
    return _checked(OutlineData, modules=whole, plain=whole != titles)


def _lessons(step: Assignment) -> LessonsData | None:
    assert step.node is not None
    titles = _titles(step, LESSONS, module=quoted(step.node.title))
    if titles is None:
        return None
    about = step.node.title[:_LONGEST_ABOUT]
    whole = _with_plain(titles, [f"{about}: {each}" for each in _ASPECTS], LESSONS)
    return _checked(LessonsData, lessons=whole, plain=whole != titles)


def _titles(step: Assignment, count: int, **values: str) -> list[str] | None:
    """Up to so many titles that say something new; None if the model can't be asked.

    It is asked once more if there are too few.
    """
    known = {_bare(node.title) for node in step.nodes} | {_bare(step.course.topic), ""}
    found: dict[str, str] = {}
    for warmer in (0.0, _WARMER):
        prompt = _warmed(step, warmer)
        said = ask_list(prompt, count, **_common(step), **values, count=str(count))
        if said is None:
            return None
        for title in said:
            if _bare(title) not in known:
                found.setdefault(_bare(title), title)
        if len(found) >= count:
            break
    return list(found.values())[:count]


def _with_plain(titles: Sequence[str], plain: Sequence[str], count: int) -> list[str]:
    """So many titles: behind those that the model found, plain ones."""
    taken = {_bare(title) for title in titles}
    rest = [title for title in plain if _bare(title) not in taken]
    return [*titles, *rest][:count]


def _bare(title: str) -> str:
    """What of a title tells it from others."""
    return "".join(filter(str.isalnum, title.casefold()))


def _text(step: Assignment) -> TextData | None:
    """A lesson's text, asked for once more if there is little in it."""
    assert step.node is not None
    for warmer in (0.0, _WARMER):
        said = ask_json(
            _warmed(step, warmer),
            **_common(step),
            lesson=quoted(step.node.title),
            objectives=quoted(step.node.objectives),
        )
        if said is None:
            return None
        text = wording.each_once(wording.whole(str(said.get("text", ""))))
        if len(text) >= _SHORT:
            return _checked(TextData, text=text)
    return None


def word(brief: Brief) -> tuple[dict[str, Objectives], str | None]:
    """Objectives of a proposal's reviews by their keys, and a notice if some have none."""
    found: dict[str, Objectives] = {}
    for node in brief.reviews:
        said = ask_json(
            brief.prompt,
            topic=quoted(brief.topic),
            lesson=quoted(node.title),
            objectives=quoted(node.objectives),
        )
        objectives = None if said is None else _checked(Objectives, **said)
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


def _checked(model: type[DataT], **said: object) -> DataT | None:
    """What the model said, by the rules of what is kept."""
    try:
        return model.model_validate(said)
    except ValidationError as error:
        log.warning("model.refused", kind=model.__name__, error=str(error))
        return None


def _warmed(step: Assignment, warmer: float) -> Prompt:
    assert step.prompt is not None, "there is one for each part"
    warmth = step.prompt.temperature + _WARMER * (step.generation.attempt - 1) + warmer
    return replace(step.prompt, temperature=min(warmth, _WARMEST))
