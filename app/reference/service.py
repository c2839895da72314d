"""Prompts: the published version of a template, filled in."""

from dataclasses import dataclass
from string import Template
from typing import Any

from app.core.db import ReadSession
from app.reference import store
from app.reference.errors import NoPublishedPrompt


@dataclass(frozen=True)
class Prompt:
    """What goes to a model. `contract` is the JSON schema that the answer keeps, if any."""

    name: str
    system: str
    user: str
    contract: dict[str, Any] | None
    temperature: float
    max_tokens: int


async def prompt(session: ReadSession, key: str, **values: str) -> Prompt:
    """The published template of this key with `$name`s replaced; `NoPublishedPrompt` if none."""
    template = await store.published_prompt(session, key)
    if template is None:
        raise NoPublishedPrompt
    return Prompt(
        name=f"{template.key}@{template.version}",
        system=template.system,
        user=Template(template.user).safe_substitute(values),
        contract=template.contract,
        temperature=template.temperature,
        max_tokens=template.max_tokens,
    )
