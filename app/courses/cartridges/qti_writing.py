"""Quizzes as QTI 1.2 in the profile of Common Cartridge."""

from collections.abc import Iterable
from typing import Final
from xml.etree.ElementTree import Element, SubElement

from app.courses.cartridges.texts import html_of
from app.courses.models import QuestionKind
from app.courses.service.contents import QuestionData, QuizData

NAMESPACE: Final = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"

_PROFILES: Final = {
    QuestionKind.SINGLE_CHOICE: "cc.multiple_choice.v0p1",
    QuestionKind.MULTIPLE_CHOICE: "cc.multiple_response.v0p1",
    QuestionKind.SHORT_TEXT: "cc.fib.v0p1",
}
_RESPONSE: Final = "response1"


def quiz_xml(key: str, title: str, quiz: QuizData) -> Element:
    """The assessment, with its answers."""
    root = Element("questestinterop", xmlns=NAMESPACE)
    assessment = SubElement(root, "assessment", ident=key, title=title)
    labels = [("cc_profile", "cc.exam.v0p1"), ("qmd_assessmenttype", "Examination")]
    if quiz.attempts is not None:
        labels.append(("cc_maxattempts", str(quiz.attempts)))
    if quiz.time_limit_seconds is not None:
        # It is in minutes there.
        labels.append(("qmd_timelimit", str(max(1, round(quiz.time_limit_seconds / 60)))))
    _labelled(assessment, labels)
    section = SubElement(assessment, "section", ident="root_section")
    for number, question in enumerate(quiz.questions, start=1):
        _item(section, f"{key}_{number}", question)
    return root


def _labelled(above: Element, labels: Iterable[tuple[str, str]]) -> None:
    metadata = SubElement(above, "qtimetadata")
    for label, value in labels:
        entry = SubElement(metadata, "qtimetadatafield")
        SubElement(entry, "fieldlabel").text = label
        SubElement(entry, "fieldentry").text = value


def _item(section: Element, key: str, question: QuestionData) -> None:
    item = SubElement(section, "item", ident=key)
    profile = ("cc_profile", _PROFILES[question.kind])
    weight = ("cc_weighting", str(question.points))
    _labelled(SubElement(item, "itemmetadata"), [profile, weight])
    presentation = SubElement(item, "presentation")
    _material(presentation, html_of(question.text), "text/html")
    if question.kind is QuestionKind.SHORT_TEXT:
        answer = SubElement(presentation, "response_str", ident=_RESPONSE, rcardinality="Single")
        SubElement(SubElement(answer, "render_fib", prompt="Box"), "response_label", ident="answer")
    else:
        _choices(presentation, question)
    processing = SubElement(item, "resprocessing")
    outcomes = SubElement(processing, "outcomes")
    SubElement(outcomes, "decvar", maxvalue="100", minvalue="0", varname="SCORE", vartype="Decimal")
    if question.explanation:
        told = SubElement(processing, "respcondition", {"continue": "Yes"})
        SubElement(SubElement(told, "conditionvar"), "other")
        SubElement(told, "displayfeedback", feedbacktype="Response", linkrefid="general_fb")
    scored = SubElement(processing, "respcondition", {"continue": "No"})
    _right(SubElement(scored, "conditionvar"), question)
    SubElement(scored, "setvar", action="Set", varname="SCORE").text = "100"
    if question.explanation:
        feedback = SubElement(item, "itemfeedback", ident="general_fb")
        _material(SubElement(feedback, "flow_mat"), html_of(question.explanation), "text/html")


def _choices(presentation: Element, question: QuestionData) -> None:
    several = question.kind is QuestionKind.MULTIPLE_CHOICE
    cardinality = "Multiple" if several else "Single"
    answer = SubElement(presentation, "response_lid", ident=_RESPONSE, rcardinality=cardinality)
    choice = SubElement(answer, "render_choice")
    for number, option in enumerate(question.options, start=1):
        label = SubElement(choice, "response_label", ident=f"option_{number}")
        _material(label, option.text, "text/plain")


def _right(condition: Element, question: QuestionData) -> None:
    if question.kind is QuestionKind.SHORT_TEXT:
        for text in question.accepted_answers:
            SubElement(condition, "varequal", {"case": "No"}, respident=_RESPONSE).text = text
        return
    several = question.kind is QuestionKind.MULTIPLE_CHOICE
    above = SubElement(condition, "and") if several else condition
    for number, option in enumerate(question.options, start=1):
        if option.correct or several:
            within = above if option.correct else SubElement(above, "not")
            SubElement(within, "varequal", respident=_RESPONSE).text = f"option_{number}"


def _material(above: Element, text: str, kind: str) -> None:
    SubElement(SubElement(above, "material"), "mattext", texttype=kind).text = text
