"""What of reference data no declaration can say."""

from collections.abc import Iterator, Sequence
from difflib import unified_diff

import orjson

from app.core.db import ReadSession
from app.reference.models import PromptTemplate
from app.reference.store import prompts as store

# The key of a template and the number of a version.
Version = tuple[str, int]


async def prompt_changes(session: ReadSession, keys: Sequence[Version]) -> dict[Version, str]:
    """What each of these versions changed in the one before it, as a unified diff."""
    wanted = {(key, number) for key, version in keys for number in (version - 1, version)}
    found = {
        (each.key, each.version): list(_lines(each))
        for each in await store.prompt_versions(session, sorted(wanted))
    }
    return {
        (key, version): "\n".join(
            unified_diff(
                found[key, version - 1],
                found[key, version],
                f"{key}@{version - 1}",
                f"{key}@{version}",
                lineterm="",
            )
        )
        for key, version in keys
        if (key, version - 1) in found
    }


def _lines(template: PromptTemplate) -> Iterator[str]:
    """A version as lines, each change in one of its own."""
    yield f"temperature: {template.temperature:g}"
    yield f"max tokens: {template.max_tokens}"
    for name, text in (("system", template.system), ("user", template.user)):
        yield f"{name}:"
        yield from text.splitlines()
    yield "contract:"
    if template.contract is not None:
        options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
        yield from orjson.dumps(template.contract, option=options).decode().splitlines()
