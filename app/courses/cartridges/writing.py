"""Courses as IMS Common Cartridge 1.3.

Videos are links, texts pages, quizzes assessments, assignments what Common Cartridge calls so;
programs to write are pages with their instructions. Beside each lies the exercise as it is here,
for servers like this one: with answers and hidden tests, as the assessments have theirs.
"""

import re
from dataclasses import dataclass, field
from html import escape
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from app.courses.cartridges.qti_writing import quiz_xml
from app.courses.cartridges.reading import MANIFEST, OWN_FOLDER
from app.courses.cartridges.texts import html_of
from app.courses.cartridges.tree import CourseTree
from app.courses.cartridges.zips import packed
from app.courses.service.contents import (
    AssignmentData,
    CodingData,
    MaterialData,
    VideoData,
)
from app.courses.service.exercises import ExerciseData

_VERSION: Final = "http://www.imsglobal.org/xsd/imsccv1p3"
_PACKAGING: Final = f"{_VERSION}/imscp_v1p1"
_LOM: Final = "http://ltsc.ieee.org/xsd/imsccv1p3/LOM/manifest"
_ASSIGNMENT: Final = "http://www.imsglobal.org/xsd/imscc_extensions/assignment"
_BESIDE: Final = "associatedcontent/imscc_xmlv1p3/learning-application-resource"
# Characters that no XML can have.
_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FORMATS: Final = {"file": "file", "text": "html", "link": "url"}


@dataclass
class _Writer:
    resources: Element
    files: dict[str, str] = field(default_factory=dict)

    def exercise(self, key: str, exercise: ExerciseData) -> None:
        """The exercise's resource, with its files."""
        content = exercise.content
        if content.video is not None:
            self._resource(key, "imswl_xmlv1p3", f"{key}.xml", _link(exercise.title, content.video))
        elif content.quiz is not None:
            made = quiz_xml(key, exercise.title, content.quiz)
            kind = "imsqti_xmlv1p2/imscc_xmlv1p3/assessment"
            self._resource(key, kind, f"{key}/assessment.xml", made)
        elif content.assignment is not None:
            made = _assignment(key, exercise.title, content.assignment)
            self._resource(key, "assignment_xmlv1p0", f"{key}/assignment.xml", made)
        else:
            page = _page(exercise.title, content.material or content.coding)
            self._resource(key, "webcontent", f"pages/{key}.html", page)
        self._beside(key, exercise)

    def _resource(self, key: str, kind: str, name: str, content: Element | str) -> None:
        resource = SubElement(self.resources, "resource", identifier=key, type=kind)
        if kind == "webcontent":
            resource.set("href", name)
        SubElement(resource, "file", href=name)
        SubElement(resource, "dependency", identifierref=f"{key}_own")
        self.files[name] = content if isinstance(content, str) else _printed(content)

    def _beside(self, key: str, exercise: ExerciseData) -> None:
        name = f"{OWN_FOLDER}{key}.json"
        own = SubElement(
            self.resources, "resource", identifier=f"{key}_own", type=_BESIDE, href=name
        )
        SubElement(own, "file", href=name)
        self.files[name] = exercise.model_dump_json(exclude_none=True)


def package_of(tree: CourseTree) -> bytes:
    """The ZIP file of a course: the same bytes for the same course."""
    manifest = Element("manifest", xmlns=_PACKAGING, identifier="course")
    _described(manifest, tree)
    organizations = SubElement(manifest, "organizations")
    organization = SubElement(
        organizations, "organization", identifier="outline", structure="rooted-hierarchy"
    )
    root = SubElement(organization, "item", identifier="root")
    writer = _Writer(SubElement(manifest, "resources"))
    for first, section in enumerate(tree.sections, start=1):
        folder = _item(root, f"section_{first}", section.title)
        for second, lesson in enumerate(section.lessons, start=1):
            below = _item(folder, f"lesson_{first}_{second}", lesson.title)
            for third, exercise in enumerate(lesson.exercises, start=1):
                key = f"exercise_{first}_{second}_{third}"
                _item(below, f"item_{first}_{second}_{third}", exercise.title).set(
                    "identifierref", key
                )
                writer.exercise(key, exercise)
    return packed({MANIFEST: _printed(manifest), **writer.files})


def _described(manifest: Element, tree: CourseTree) -> None:
    metadata = SubElement(manifest, "metadata")
    SubElement(metadata, "schema").text = "IMS Common Cartridge"
    SubElement(metadata, "schemaversion").text = "1.3.0"
    general = SubElement(SubElement(metadata, "lom", xmlns=_LOM), "general")
    _string(general, "title", tree.title)
    SubElement(general, "language").text = tree.language
    _string(general, "description", tree.description or tree.title)


def _string(above: Element, name: str, text: str) -> None:
    SubElement(SubElement(above, name), "string").text = text


def _item(above: Element, key: str, title: str) -> Element:
    item = SubElement(above, "item", identifier=key)
    # A title comes before what is below it.
    SubElement(item, "title").text = title
    return item


def _link(title: str, video: VideoData) -> Element:
    link = Element("webLink", xmlns=f"{_VERSION}/imswl_v1p3")
    SubElement(link, "title").text = title
    SubElement(link, "url", href=video.url)
    return link


def _assignment(key: str, title: str, assignment: AssignmentData) -> Element:
    made = Element("assignment", xmlns=_ASSIGNMENT, identifier=key)
    SubElement(made, "title").text = title
    SubElement(made, "text", texttype="text/html").text = html_of(assignment.instructions)
    gradable = SubElement(made, "gradable", points_possible=str(assignment.max_points))
    gradable.text = "true"
    formats = SubElement(made, "submission_formats")
    for kind in assignment.accepts:
        SubElement(formats, "format", type=_FORMATS[kind.value])
    return made


def _page(title: str, content: MaterialData | CodingData | None) -> str:
    if isinstance(content, MaterialData):
        body = html_of(content.body)
    else:
        assert content is not None
        body = html_of(content.instructions)
        body += f"\n<pre><code>{escape(content.starter_code)}</code></pre>"
    head = f'<meta charset="utf-8"><title>{escape(title)}</title>'
    return f"<!DOCTYPE html>\n<html><head>{head}</head>\n<body>\n{body}\n</body></html>\n"


def _printed(element: Element) -> str:
    indent(element)
    return _NO_XML.sub("", tostring(element, encoding="unicode"))
