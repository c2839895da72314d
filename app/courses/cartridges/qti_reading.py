"""Quizzes of QTI 1.2, as Common Cartridge has them and other systems write them.

A question's kind is told by what it presents and how it is scored, not by the many names that
systems give it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from xml.etree.ElementTree import Element

from pydantic import ValidationError

from app.courses.cartridges.texts import line_of, markdown_of
from app.courses.cartridges.tree import Left
from app.courses.cartridges.zips import anywhere, below, local, words
from app.courses.models import QuestionKind
from app.courses.service.contents import QuestionData, QuizData
from app.courses.service.exercises import ExerciseData

# A quiz of more questions becomes several.
MOST_QUESTIONS: Final = 40
_MOST_ATTEMPTS: Final = 100
_MOST_TIME: Final = 86_400
_LONGEST_TITLE: Final = 255


class _Unusual(Exception):
    """A question that has no like here; the message says why."""


@dataclass(frozen=True)
class Quiz:
    """An assessment: exercises of at most 40 questions each, and what was left out."""

    exercises: list[ExerciseData]
    left: list[Left]


def read_quiz(root: Element, title: str = "") -> Quiz:
    """All quizzes of a file as one; `title` is what its package calls it."""
    assessment = next(iter(anywhere(root, "assessment")), root)
    title = title or assessment.get("title", "").strip() or "Quiz"
    questions: list[QuestionData] = []
    left: list[Left] = []
    for number, item in enumerate(anywhere(assessment, "item"), start=1):
        try:
            questions.append(_question(item))
        except _Unusual as unusual:
            left.append(Left(f"{title}: question {number}", str(unusual)))
        except ValidationError as error:
            said = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
            left.append(Left(f"{title}: question {number}", said))
    settings = _settings(assessment)
    parts = [questions[at : at + MOST_QUESTIONS] for at in range(0, len(questions), MOST_QUESTIONS)]
    named = [title] if len(parts) == 1 else [f"{title} ({n})" for n in range(1, len(parts) + 1)]
    exercises = [
        ExerciseData(
            title=name[:_LONGEST_TITLE],
            content={"quiz": QuizData(**settings, questions=part)},
        )
        for name, part in zip(named, parts, strict=True)
    ]
    if not exercises:
        left.append(Left(title, "None of its questions can be asked here."))
    return Quiz(exercises, left)


def _settings(assessment: Element) -> dict[str, Any]:
    labels = dict(_labels(below(assessment, "qtimetadata")))
    settings: dict[str, Any] = {}
    attempts = _number(labels.get("cc_maxattempts"))
    if attempts is not None and 1 <= attempts <= _MOST_ATTEMPTS:
        settings["attempts"] = int(attempts)
    minutes = _number(labels.get("qmd_timelimit"))
    if minutes is not None and 1 <= minutes <= _MOST_TIME // 60:
        settings["time_limit_seconds"] = int(minutes * 60)
    return settings


def _labels(metadata: list[Element]) -> Iterator[tuple[str, str]]:
    for each in metadata:
        for entry in below(each, "qtimetadatafield"):
            said = {local(child): words(child) for child in entry}
            yield said.get("fieldlabel", "").casefold(), said.get("fieldentry", "")


def _number(text: str | None) -> Decimal | None:
    try:
        made = Decimal(text or "")
    except InvalidOperation:
        return None
    return made if made.is_finite() else None


def _question(item: Element) -> QuestionData:
    labels = dict(_labels(below(item, "itemmetadata", "qtimetadata")))
    points = _number(labels.get("points_possible")) or _number(labels.get("cc_weighting"))
    asked = [each for each in item if local(each) == "presentation"]
    if not asked:
        raise _Unusual("It asks nothing.")
    presentation = asked[0]
    responses = [each for each in presentation.iter() if local(each).startswith("response_")]
    responses = [each for each in responses if local(each) != "response_label"]
    if len(responses) != 1:
        raise _Unusual("It has more than one place to answer, or none.")
    [response] = responses
    made: dict[str, Any] = {
        "text": _text(presentation, without=response) or item.get("title", ""),
        # Points are whole numbers here.
        "points": 1 if points is None else max(0, int(points.to_integral_value())),
        "explanation": _explanation(item),
    }
    if local(response) == "response_lid":
        return QuestionData(**made, **_chosen(item, response))
    if local(response) == "response_str":
        return QuestionData(**made, **_written(item))
    raise _Unusual("Its kind of answer isn't known here.")


def _text(element: Element, *, without: Element | None = None) -> str:
    """The material of an element as Markdown, but for what can be answered."""
    parts: list[str] = []

    def walk(above: Element) -> None:
        for each in above:
            if each is without:
                continue
            if local(each) == "mattext":
                parts.append(_as(each, markdown_of))
            else:
                walk(each)

    walk(element)
    return "\n\n".join(part for part in parts if part)


def _as(mattext: Element, made: Any) -> str:
    text = words(mattext)
    return made(text) if mattext.get("texttype", "text/plain") == "text/html" else text


def _explanation(item: Element) -> str | None:
    """What is told whatever the answer was."""
    general = [
        each for each in below(item, "itemfeedback") if each.get("ident", "").startswith("general")
    ]
    return "\n\n".join(_text(each) for each in general) or None


def _conditions(item: Element) -> list[tuple[Decimal, Element]]:
    """The conditions under which points are given, the most points first."""
    found = []
    for each in below(item, "resprocessing", "respcondition"):
        given = [_number(words(one)) for one in below(each, "setvar")]
        best = max((points for points in given if points is not None), default=Decimal(0))
        if best > 0:
            found += [(best, condition) for condition in below(each, "conditionvar")]
    return sorted(found, key=lambda one: -one[0])


def _equal(condition: Element) -> Iterator[str]:
    """What an answer has to be equal to; what it must not be isn't among it."""
    for each in condition:
        if local(each) == "varequal":
            yield words(each)
        elif local(each) != "not":
            yield from _equal(each)


def _chosen(item: Element, response: Element) -> dict[str, Any]:
    labels = anywhere(response, "response_label")
    conditions = _conditions(item)
    if not conditions:
        raise _Unusual("Nothing says which answer is right.")
    several = response.get("rcardinality", "Single").casefold() == "multiple"
    # Those of a choice of several are asked together, or each gives a part of the points.
    scored = conditions if several else conditions[:1]
    right = {key for _, condition in scored for key in _equal(condition)}
    options = []
    for label in labels:
        texts = [_as(each, line_of) for each in anywhere(label, "mattext")]
        options.append(
            {"text": " ".join(texts), "correct": label.get("ident", "").strip() in right}
        )
    kind = QuestionKind.MULTIPLE_CHOICE if several else QuestionKind.SINGLE_CHOICE
    return {"kind": kind, "options": options}


def _written(item: Element) -> dict[str, Any]:
    conditions = _conditions(item)
    compared = {local(each) for _, condition in conditions for each in condition.iter()}
    if {"vargte", "varlte", "vargt", "varlt"} & compared:
        raise _Unusual("Numbers within a range aren't known here.")
    accepted = [text for _, condition in conditions for text in _equal(condition) if text]
    if not accepted:
        raise _Unusual("Nothing says which text is right.")
    return {"kind": QuestionKind.SHORT_TEXT, "accepted_answers": list(dict.fromkeys(accepted))}
