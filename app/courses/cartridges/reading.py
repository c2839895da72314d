"""Packages that other systems wrote: IMS Common Cartridge 1.0 to 1.3, and QTI 1.2 packages.

Folders of the first level are sections, those below them lessons; what stands in a section by
itself is a lesson of its own. Deeper folders become part of the lesson they are in.
"""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element

from pydantic import ValidationError

from app.courses.cartridges.qti_reading import read_quiz
from app.courses.cartridges.texts import TextTooLong, line_of, markdown_of
from app.courses.cartridges.tree import (
    CourseTree,
    Found,
    Left,
    LessonTree,
    PackageUnreadable,
    SectionTree,
)
from app.courses.cartridges.zips import Package, anywhere, below, local, words
from app.courses.service.exercises import ExerciseData

MANIFEST: Final = "imsmanifest.xml"
# Beside what all systems read, the exercise as it was here.
OWN_FOLDER: Final = "lyceum/"
_LONGEST_TITLE: Final = 255
_LONGEST_TEXT: Final = 20_000
_GONE: Final = "It isn't in the file."
_MOST_DEPTH: Final = 20
_MOST_EXERCISES: Final = 100
_TAUGHT: Final = (_QUIZ := "imsqti", _LINK := "imswl", _ASSIGNMENT := "assignment_xml")
_TITLE: Final = re.compile(r"<title>([^<]{1,1000})</title>", re.IGNORECASE)
# The section of what stands in no folder.
_MORE: Final = "More"
_PAGES: Final = (".html", ".htm", ".xhtml")


@dataclass(frozen=True)
class _Resource:
    kind: str
    element: Element
    files: tuple[str, ...]
    needs: tuple[str, ...]
    # What is to be taken in its place by those who know more than the oldest version.
    better: str

    @property
    def is_taught(self) -> bool:
        """Whether it is more than a file or a setting."""
        return self.kind.startswith(_TAUGHT) or (self.kind == "webcontent" and self.is_page)

    @property
    def is_page(self) -> bool:
        """Whether it is a text in HTML."""
        return bool(self.files) and self.files[0].casefold().endswith(_PAGES)


@dataclass
class _Reader:
    package: Package
    resources: dict[str, _Resource]
    left: list[Left] = field(default_factory=list)

    def course(self, manifest: Element) -> CourseTree:
        roots = below(manifest, "organizations", "organization")
        items = list(_below_root(roots[0])) if roots else []
        title = _said(manifest, "title", _LONGEST_TITLE) or "Imported course"
        sections: list[SectionTree] = []
        loose: list[LessonTree] = []
        for item in items:
            if below(item, "item"):
                sections.append(SectionTree(title=_title(item), lessons=self._lessons(item)))
            else:
                loose += self._alone(item)
        if loose:
            sections.insert(0, SectionTree(title=title, lessons=loose))
        if more := self._unlisted(manifest):
            sections.append(SectionTree(title=_MORE if sections else title, lessons=more))
        said = _said(manifest, "description", _LONGEST_TEXT)
        return CourseTree(
            title=title,
            # What has nothing to say of itself gives its title.
            description="" if said == title else said,
            sections=sections,
            language=_language(manifest),
        )

    def _unlisted(self, manifest: Element) -> list[LessonTree]:
        """What stands in no folder, as all does in packages that are only quizzes."""
        listed = {each.get("identifierref", "") for each in anywhere(manifest, "item")}
        listed |= {self.resources[key].better for key in listed & self.resources.keys()}
        listed |= {key for each in self.resources.values() for key in each.needs}
        lessons = []
        for key, resource in self.resources.items():
            if key not in listed and resource.is_taught and resource.better not in self.resources:
                exercises = self._read(resource, "")
                lessons += [LessonTree(title=each.title, exercises=[each]) for each in exercises]
        return lessons

    def _lessons(self, section: Element) -> list[LessonTree]:
        lessons = []
        for item in below(section, "item"):
            if below(item, "item"):
                exercises = [
                    exercise
                    for leaf in _leaves(item)
                    for exercise in self._of(leaf.get("identifierref", ""), _title(leaf))
                ]
                lessons += _in_parts(_title(item), exercises)
            else:
                lessons += self._alone(item)
        return lessons

    def _alone(self, item: Element) -> list[LessonTree]:
        exercises = self._of(item.get("identifierref", ""), _title(item))
        return _in_parts(_title(item), exercises) if exercises else []

    def _of(self, key: str, title: str) -> list[ExerciseData]:
        resource = self.resources.get(key)
        if resource is not None:
            return self._read(self.resources.get(resource.better, resource), title)
        if key:
            self.left.append(Left(title, _GONE))
        return []

    def _read(self, resource: _Resource, title: str) -> list[ExerciseData]:
        """Its exercises; none, and why, if it can't be read."""
        try:
            return self._exercises(resource, title)
        except ValidationError as error:
            self.left.append(Left(title, error.errors(include_url=False)[0]["msg"]))
        except (TextTooLong, RecursionError):
            self.left.append(Left(title, "Its text is too long, or nested too deep."))
        return []

    def _exercises(self, resource: _Resource, title: str) -> list[ExerciseData]:
        own = self._own(resource)
        if own is not None:
            return [own]
        kind = resource.kind
        if kind.startswith(_QUIZ):
            return self._quiz(resource, title)
        if kind.startswith(_LINK):
            return self._link(resource, title)
        if kind.startswith(_ASSIGNMENT):
            return self._assignment(resource, title)
        if resource.is_page:
            return self._page(resource, title)
        self.left.append(Left(title or kind, f"What it is ({kind}) isn't known here."))
        return []

    def _own(self, resource: _Resource) -> ExerciseData | None:
        """What a server like this one wrote beside it."""
        for key in resource.needs:
            needed = self.resources.get(key)
            for name in needed.files if needed else ():
                if name.startswith(OWN_FOLDER) and (data := self.package.read(name)) is not None:
                    return ExerciseData.model_validate_json(data)
        return None

    def _quiz(self, resource: _Resource, title: str) -> list[ExerciseData]:
        root = self._xml(resource)
        if root is None:
            self.left.append(Left(title or "A quiz", _GONE))
            return []
        quiz = read_quiz(root, title)
        self.left += quiz.left
        return quiz.exercises

    def _link(self, resource: _Resource, title: str) -> list[ExerciseData]:
        root = self._xml(resource)
        links = [] if root is None else anywhere(root, "url")
        address = links[0].get("href", "").strip() if links else ""
        title = title or _own_title(root)
        content = {"material": {"body": f"<{address}>", "source_url": address}}
        return [ExerciseData.model_validate({"title": title, "content": content})]

    def _assignment(self, resource: _Resource, title: str) -> list[ExerciseData]:
        root = self._xml(resource)
        if root is None:
            return []
        title = title or _own_title(root)
        texts = [each for name in ("text", "instructor_text") for each in below(root, name)]
        gradable = next(iter(anywhere(root, "gradable")), None)
        points = "" if gradable is None else gradable.get("points_possible", "")
        formats = {each.get("type", "") for each in anywhere(root, "format")}
        kinds = {"file": "FILE", "html": "TEXT", "text": "TEXT", "url": "LINK"}
        accepts = {kinds[each].lower() for each in formats & kinds.keys()} or {"file", "text"}
        content = {
            "instructions": markdown_of(words(texts[0])) if texts else "",
            "accepts": sorted(accepts),
            **({"max_points": max(1, round(float(points)))} if _is_number(points) else {}),
        }
        return [ExerciseData.model_validate({"title": title, "content": {"assignment": content}})]

    def _page(self, resource: _Resource, title: str) -> list[ExerciseData]:
        html = self.package.text(resource.files[0])
        if html is None:
            self.left.append(Left(title, _GONE))
            return []
        named = title or _page_title(html) or posixpath.basename(resource.files[0])
        content = {"material": {"body": markdown_of(html)}}
        return [ExerciseData.model_validate({"title": named, "content": content})]

    def _xml(self, resource: _Resource) -> Element | None:
        """The resource's own XML, from its first such file or from the manifest itself."""
        for name in resource.files:
            if name.casefold().endswith(".xml"):
                return self.package.xml(name)
        inline = [each for each in resource.element if local(each) not in ("file", "dependency")]
        return resource.element if inline else None


def read_package(data: bytes) -> Found:
    """The course in a package, and what was left out of it.

    `PackageUnreadable` for what isn't a package, or more than is read.
    """
    package = Package(data)
    manifest = package.xml(MANIFEST)
    if manifest is None:
        raise PackageUnreadable(f"It has no {MANIFEST}: it isn't a Common Cartridge or QTI file.")
    reader = _Reader(package, dict(_resources(manifest)))
    try:
        tree = reader.course(manifest)
    except ValidationError as error:
        raise PackageUnreadable(error.errors(include_url=False)[0]["msg"]) from error
    if not tree.sections:
        raise PackageUnreadable("There is nothing in it that could be taught here.")
    return Found(tree, reader.left)


def _resources(manifest: Element) -> Iterator[tuple[str, _Resource]]:
    for each in below(manifest, "resources", "resource"):
        base = each.get("{http://www.w3.org/XML/1998/namespace}base", "")
        names = [each.get("href", ""), *(file.get("href", "") for file in below(each, "file"))]
        files = tuple(dict.fromkeys(posixpath.join(base, name) for name in names if name))
        needs = tuple(one.get("identifierref", "") for one in below(each, "dependency"))
        variants = [one.get("identifierref", "") for one in anywhere(each, "variant")]
        better = next(iter(variants), "")
        yield (
            each.get("identifier", ""),
            _Resource(each.get("type", ""), each, files, needs, better),
        )


def _below_root(organization: Element) -> Iterator[Element]:
    """The items that a reader sees first: a single one without a name only holds the others."""
    items = below(organization, "item")
    depth = 0
    while len(items) == 1 and not items[0].get("identifierref") and not _named(items[0]):
        items = below(items[0], "item")
        depth += 1
        if depth > _MOST_DEPTH:
            raise PackageUnreadable("Its folders are nested too deep.")
    yield from items


def _leaves(item: Element) -> Iterator[Element]:
    pending = [(item, 0)]
    while pending:
        each, depth = pending.pop()
        if depth > _MOST_DEPTH:
            raise PackageUnreadable("Its folders are nested too deep.")
        if each.get("identifierref"):
            yield each
        pending += [(one, depth + 1) for one in reversed(below(each, "item"))]


def _in_parts(title: str, exercises: list[ExerciseData]) -> list[LessonTree]:
    """A lesson, or several where it has more exercises than a lesson can have."""
    starts = range(0, max(1, len(exercises)), _MOST_EXERCISES)
    return [
        LessonTree(title=title, exercises=exercises[at : at + _MOST_EXERCISES]) for at in starts
    ]


def _named(item: Element) -> str:
    return words(next(iter(below(item, "title")), None))


def _title(item: Element) -> str:
    return _named(item)[:_LONGEST_TITLE].strip() or "Untitled"


def _own_title(root: Element | None) -> str:
    found = [] if root is None else below(root, "title")
    return words(next(iter(found), None))[:_LONGEST_TITLE].strip() or "Untitled"


def _page_title(html: str) -> str:
    found = _TITLE.search(html)
    return line_of(found[1])[:_LONGEST_TITLE].strip() if found else ""


def _said(manifest: Element, name: str, most: int) -> str:
    """What a package says of itself."""
    found = below(manifest, "metadata", "lom", "general", name, "string")
    return words(next(iter(found), None))[:most].strip()


def _language(manifest: Element) -> str:
    found = words(next(iter(below(manifest, "metadata", "lom", "general", "language")), None))
    return found if found.isascii() and found.isalpha() and len(found) in (2, 3) else "en"


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()
