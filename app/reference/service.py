"""Prompts: the published version of a template."""

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

    def filled(self, **values: str) -> str:
        """What the user says to the model, with each `$name` replaced."""
        return Template(self.user).safe_substitute(values)


async def prompt(session: ReadSession, key: str) -> Prompt:
    """The published template of this key; `NoPublishedPrompt` if there is none."""
    template = await store.published_prompt(session, key)
    if template is None:
        raise NoPublishedPrompt
    return Prompt(
        name=f"{template.key}@{template.version}",
        system=template.system,
        user=template.user,
        contract=template.contract,
        temperature=template.temperature,
        max_tokens=template.max_tokens,
    )
