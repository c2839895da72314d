"""Texts here are Markdown, and elsewhere they are HTML."""

import re
from typing import Final

from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from markdownify import markdownify

# What somebody wrote as HTML in Markdown is shown as text, so that no script leaves with it.
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table")
_NEVER_TEXT: Final = ("script", "style", "iframe", "object", "embed", "template", "noscript")
_EMPTY_LINES: Final = re.compile(r"\n{3,}")

# More than any text here can be.
_LONGEST: Final = 500_000


class TextTooLong(Exception):
    """It isn't read at all."""


def html_of(markdown: str) -> str:
    """HTML without anything that a browser would run."""
    return str(_MARKDOWN.render(markdown)).strip()


def markdown_of(html: str) -> str:
    """Markdown; pictures become what they are described by, for their files stay behind."""
    soup = _soup(html)
    for picture in soup.find_all("img"):
        picture.replace_with(_described(picture.get("alt")))
    made = markdownify(str(soup), heading_style="ATX", bullets="-")
    return _EMPTY_LINES.sub("\n\n", made).strip()


def line_of(html: str) -> str:
    """All of it as one line of plain text."""
    soup = _soup(html)
    for picture in soup.find_all("img"):
        picture.replace_with(_described(picture.get("alt")))
    return " ".join(soup.get_text(" ").split())


def _soup(html: str) -> BeautifulSoup:
    if len(html) > _LONGEST:
        raise TextTooLong
    soup = BeautifulSoup(html, "html.parser")
    for unwanted in soup.find_all(_NEVER_TEXT):
        unwanted.decompose()
    return soup


def _described(alternative: object) -> str:
    return str(alternative or "").removeprefix("LaTeX: ")
