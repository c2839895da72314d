"""Courses go out as Common Cartridge, and come back as they were."""

import io
import zipfile
from typing import Any

import pytest

from app.courses.cartridges.reading import read_package
from app.courses.cartridges.tree import CourseTree, PackageUnreadable
from app.courses.cartridges.writing import package_of
from app.courses.cartridges.zips import MOST_BYTES
from app.courses.models import QuestionKind

_EXERCISES: list[dict[str, Any]] = [
    {
        "title": "Watch <it>",
        "content": {"video": {"url": "https://videos.example/1", "duration_seconds": 90}},
    },
    {
        "title": "Read",
        "estimated_minutes": 7,
        "content": {"material": {"body": "# Head\n\n- *one*\n- two <script>alert(1)</script>"}},
    },
    {
        "title": "Answer",
        "content": {
            "quiz": {
                "attempts": 3,
                "time_limit_seconds": 600,
                "questions": [
                    {
                        "kind": QuestionKind.SINGLE_CHOICE,
                        "text": "Which **one**?",
                        "points": 3,
                        "explanation": "The *first*.",
                        "options": [{"text": "a < b", "correct": True}, {"text": "c & d"}],
                    },
                    {
                        "kind": QuestionKind.MULTIPLE_CHOICE,
                        "text": "Which?",
                        "options": [
                            {"text": "x", "correct": True},
                            {"text": "y"},
                            {"text": "z", "correct": True},
                        ],
                    },
                    {
                        "kind": QuestionKind.SHORT_TEXT,
                        "text": "Who?",
                        "accepted_answers": ["Ada", "Ada Lovelace"],
                    },
                ],
            }
        },
    },
    {
        "title": "Hand in",
        "content": {
            "assignment": {"instructions": "Write.", "accepts": ["file", "link"], "max_points": 20}
        },
    },
    {
        "title": "Program",
        "content": {
            "coding": {
                "instructions": "Add.",
                "starter_code": "def add(a, b): ...",
                "solution_code": "def add(a, b): return a + b",
                "tests": [
                    {"name": "one", "input": "add(1, 2)", "expected_output": "3", "hidden": True}
                ],
            }
        },
    },
]
TREE = CourseTree.model_validate(
    {
        "title": "Everything & more",
        "description": "What there is.",
        "language": "id",
        "sections": [
            {"title": "First", "lessons": [{"title": "All kinds", "exercises": _EXERCISES}]},
            {"title": "Second", "lessons": [{"title": "Again", "exercises": _EXERCISES[:1]}]},
        ],
    }
)


def _files(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name).decode() for name in package.namelist()}


def _packed(files: dict[str, str | bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(name, content)
    return made.getvalue()


def _manifest(items: str, resources: str) -> str:
    """A manifest as other systems write it, of an older version."""
    return f"""<?xml version="1.0"?>
<manifest xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
  xmlns:lom="http://ltsc.ieee.org/xsd/imsccv1p1/LOM/manifest">
  <metadata><schema>IMS Common Cartridge</schema><schemaversion>1.1.0</schemaversion>
    <lom:lom><lom:general><lom:title><lom:string language="en">Biology</lom:string></lom:title>
    </lom:general></lom:lom></metadata>
  <organizations><organization structure="rooted-hierarchy"><item identifier="root">{items}
  </item></organization></organizations>
  <resources>{resources}</resources>
</manifest>"""


class TestBothWays:
    def test_it_comes_back_as_it_was(self) -> None:
        found = read_package(package_of(TREE))
        assert found.left == []
        assert found.tree == TREE

    def test_the_same_course_is_the_same_file(self) -> None:
        assert package_of(TREE) == package_of(TREE)

    def test_others_read_it_without_what_lies_beside(self) -> None:
        files = {
            name: text
            for name, text in _files(package_of(TREE)).items()
            if not name.startswith("lyceum/")
        }
        found = read_package(_packed(dict(files)))
        video, text, quiz, assignment, coding = found.tree.sections[0].lessons[0].exercises
        assert video.content.material is not None
        assert video.content.material.source_url == "https://videos.example/1"
        assert text.content.material is not None
        assert "- *one*" in text.content.material.body
        before = TREE.sections[0].lessons[0].exercises[2].content.quiz
        assert quiz.content.quiz == before
        assert assignment.content.assignment is not None
        assert assignment.content.assignment.max_points == 20
        assert assignment.content.assignment.accepts == ["file", "link"]
        assert coding.content.material is not None
        assert "def add(a, b): ..." in coding.content.material.body
        assert "return a + b" not in "".join(files.values())

    def test_no_script_leaves_in_a_page(self) -> None:
        files = _files(package_of(TREE))
        [page] = [text for name, text in files.items() if name.endswith("_2.html")]
        assert "<script" not in page
        assert "&lt;script&gt;" in page

    def test_characters_that_xml_has_not_are_left_out(self) -> None:
        tree = CourseTree.model_validate({"title": "Odd \x0b one", "sections": TREE.sections})
        assert read_package(package_of(tree)).tree.title == "Odd  one"


class TestOthers:
    def test_folders_are_sections_and_lessons(self) -> None:
        page = '<resource identifier="p" type="webcontent"><file href="a%20b.html"/></resource>'
        link = '<resource identifier="l" type="imswl_xmlv1p1"><file href="l.xml"/></resource>'
        lti = '<resource identifier="t" type="imsbasiclti_xmlv1p0"><file href="t.xml"/></resource>'
        items = """
          <item><title>Cells</title>
            <item identifierref="p"><title>A page</title></item>
            <item><title>Deep</title>
              <item><title>Deeper</title><item identifierref="l"><title>A link</title></item></item>
              <item identifierref="t"><title>A tool</title></item>
            </item>
          </item>
          <item identifierref="gone"><title>Lost</title></item>"""
        html = (
            "<html><body><h1>Cells</h1><script>x()</script><p>They <b>live</b>.</p></body></html>"
        )
        address = (
            '<webLink xmlns="urn:x"><title>A</title><url href="https://cells.example"/></webLink>'
        )
        found = read_package(
            _packed(
                {
                    "imsmanifest.xml": _manifest(items, page + link + lti),
                    "a b.html": html,
                    "L.XML": address,
                }
            )
        )
        assert found.tree.title == "Biology"
        [section] = found.tree.sections
        assert [(lesson.title, len(lesson.exercises)) for lesson in section.lessons] == [
            ("A page", 1),
            ("Deep", 1),
        ]
        body = section.lessons[0].exercises[0].content.material
        assert body is not None
        assert body.body == "# Cells\n\nThey **live**."
        assert [(each.what, each.why) for each in found.left] == [
            ("A tool", "What it is (imsbasiclti_xmlv1p0) isn't known here."),
            ("Lost", "It isn't in the file."),
        ]

    def test_what_stands_in_no_folder_is_more(self) -> None:
        page = """<resource identifier="p" type="webcontent"><file href="p.html"/>
            <cpx:variant xmlns:cpx="urn:x" identifier="v" identifierref="a"/></resource>"""
        work = '<resource identifier="a" type="assignment_xmlv1p0"><file href="a.xml"/></resource>'
        assignment = """<assignment><title>Essay</title><text>&lt;p&gt;Write.&lt;/p&gt;</text>
            <gradable points_possible="5.0">true</gradable>
            <submission_formats><format type="html"/><format type="url"/></submission_formats>
            </assignment>"""
        found = read_package(
            _packed(
                {
                    "imsmanifest.xml": _manifest("", page + work),
                    "p.html": "<p>For those who know no assignments.</p>",
                    "a.xml": assignment,
                }
            )
        )
        [exercise] = found.tree.sections[0].lessons[0].exercises
        assert exercise.title == "Essay"
        content = exercise.content.assignment
        assert content is not None
        assert (content.instructions, content.max_points) == ("Write.", 5)
        assert content.accepts == ["link", "text"]

    def test_a_quiz_of_too_many_questions_becomes_several(self) -> None:
        item = """<item><presentation><material><mattext>Q</mattext></material>
          <response_lid ident="r"><render_choice>
            <response_label ident="a"><material><mattext>A</mattext></material></response_label>
            <response_label ident="b"><material><mattext>B</mattext></material></response_label>
          </render_choice></response_lid></presentation>
          <resprocessing><respcondition><conditionvar><varequal respident="r">b</varequal>
          </conditionvar><setvar>1</setvar></respcondition></resprocessing></item>"""
        quiz = (
            f'<questestinterop><assessment title="Many">{item * 85}</assessment></questestinterop>'
        )
        kind = "imsqti_xmlv1p2/imscc_xmlv1p1/assessment"
        resource = f'<resource identifier="q" type="{kind}"><file href="q.xml"/></resource>'
        manifest = _manifest('<item identifierref="q"><title>Many</title></item>', resource)
        found = read_package(_packed({"imsmanifest.xml": manifest, "q.xml": quiz}))
        [lesson] = found.tree.sections[0].lessons
        made = [each.content.quiz for each in lesson.exercises]
        assert [each.title for each in lesson.exercises] == ["Many (1)", "Many (2)", "Many (3)"]
        assert [len(each.questions) for each in made if each is not None] == [40, 40, 5]


class TestBad:
    def _refused(self, data: bytes) -> str:
        with pytest.raises(PackageUnreadable) as caught:
            read_package(data)
        return str(caught.value)

    def test_no_zip(self) -> None:
        assert self._refused(b"PK\x03\x04 and nothing of it") == "It isn't a ZIP file."

    def test_no_manifest(self) -> None:
        assert "no imsmanifest.xml" in self._refused(_packed({"a.txt": "a"}))

    def test_a_manifest_that_is_no_xml(self) -> None:
        said = self._refused(_packed({"imsmanifest.xml": "<manifest"}))
        assert said == "imsmanifest.xml isn't XML that can be read."

    def test_nothing_in_it(self) -> None:
        assert "nothing in it" in self._refused(_packed({"imsmanifest.xml": _manifest("", "")}))

    def test_entities_are_refused(self) -> None:
        bomb = '<!DOCTYPE m [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><manifest>&b;</manifest>'
        said = self._refused(_packed({"imsmanifest.xml": bomb}))
        assert said == "imsmanifest.xml isn't XML that can be read."

    def test_a_file_of_the_machine_is_not_read(self) -> None:
        outside = '<!DOCTYPE m [<!ENTITY a SYSTEM "file:///etc/passwd">]><manifest>&a;</manifest>'
        assert "isn't XML" in self._refused(_packed({"imsmanifest.xml": outside}))

    def test_a_bomb_is_not_unpacked(self) -> None:
        said = self._refused(_packed({"imsmanifest.xml": b" " * (MOST_BYTES + 1)}))
        assert said == "imsmanifest.xml is too large."

    def test_folders_without_end(self) -> None:
        items = "<item>" * 5000 + "</item>" * 5000
        said = self._refused(_packed({"imsmanifest.xml": _manifest(items, "")}))
        assert said == "Its folders are nested too deep."

    def test_a_page_nested_without_end_is_left(self) -> None:
        page = '<resource identifier="p" type="webcontent"><file href="p.html"/></resource>'
        items = """<item><title>S</title><item identifierref="p"><title>Deep</title></item>
          <item identifierref="q"><title>Other</title></item></item>"""
        other = page.replace('"p"', '"q"').replace("p.html", "q.html")
        found = read_package(
            _packed(
                {
                    "imsmanifest.xml": _manifest(items, page + other),
                    "p.html": "<div>" * 10_000,
                    "q.html": "<p>Fine.</p>",
                }
            )
        )
        assert [each.what for each in found.left] == ["Deep"]
        assert [lesson.title for lesson in found.tree.sections[0].lessons] == ["Other"]
