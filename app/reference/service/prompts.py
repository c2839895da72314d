"""Prompts: the version that runs, new versions, and publishing one."""

from dataclasses import dataclass
from string import Template
from typing import Annotated, Any
from uuid import UUID

import orjson
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from pydantic import BaseModel, Field, StringConstraints

from app.core.db import ReadSession
from app.core.errors import NotFound
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.reference.errors import NoPublishedPrompt, PromptContract, PromptVariables
from app.reference.models import AiModel, PromptStatus, PromptTemplate
from app.reference.prompts import PROMPTS
from app.reference.store import prompts as store

# What the program itself asks a model: it fills in these variables and reads these answers.
_SHIPPED = {each.key: each for each in PROMPTS}

Text = Annotated[str, StringConstraints(max_length=20_000)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


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


class PromptData(BaseModel):
    """A version of a template. `contract` is JSON as text."""

    key: Annotated[
        str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$", max_length=100)
    ]
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
    category: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
    system: Text
    user: Annotated[Text, StringConstraints(min_length=1)]
    variables: list[Label] = Field(max_length=20)
    contract: Text | None = None
    temperature: float = Field(default=0.0, ge=0, le=2)
    max_tokens: int = Field(ge=1, le=32_768)
    usage: Text = ""
    applies_to: list[Label] = Field(default_factory=list, max_length=20)
    tags: list[Label] = Field(default_factory=list, max_length=20)
    example_input: Text | None = None
    example_output: Text | None = None
    model_id: UUID | None = None


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


async def save_prompt(uow: UnitOfWork, viewer: Viewer, data: PromptData) -> PromptTemplate:
    """A new version of a template, or the first of a new one, as a draft."""
    contract = _contract(data)
    _check_variables(data.key, data.user, data.variables)
    session = uow.session
    if data.model_id is not None and await session.get(AiModel, data.model_id) is None:
        raise NotFound(field=("input", "modelId"))
    await store.lock_prompt(session, data.key)
    made = PromptTemplate(
        **data.model_dump(exclude={"contract"}),
        contract=contract,
        version=await store.newest_version(session, data.key) + 1,
        status=PromptStatus.DRAFT,
        saved_by_id=viewer.user_id,
    )
    session.add(made)
    await session.flush()
    return made


async def publish_prompt(uow: UnitOfWork, key: UUID) -> PromptTemplate:
    """Let this version run, and no other of its template. An older one can come back."""
    version = await store.prompt_version(uow.session, key)
    if version is None:
        raise NotFound(field=("input", "id"))
    # The program may have come to fill in other variables since it was saved.
    _check_variables(version.key, version.user, version.variables)
    await store.lock_prompt(uow.session, version.key)
    await store.retire_published(uow.session, version.key)
    await uow.session.refresh(version)
    version.status = PromptStatus.PUBLISHED
    await uow.session.flush()
    return version


async def add_shipped(uow: UnitOfWork, template: PromptTemplate) -> None:
    """Add a version that comes with the program, unless it is there.

    It runs from then on, but never in place of what staff wrote and published.
    """
    session, key = uow.session, template.key
    await store.lock_prompt(session, key)
    if await store.newest_shipped(session, key) >= template.version:
        return
    running = await store.published_prompt(session, key)
    own = running is not None and running.shipped is None
    if not own:
        await store.retire_published(session, key)
    values = template.model_dump(exclude={"id", "created_at", "version", "status", "variables"})
    session.add(
        PromptTemplate(
            **values | {"shipped": template.version},
            variables=sorted(Template(template.user).get_identifiers()),
            version=await store.newest_version(session, key) + 1,
            status=PromptStatus.DRAFT if own else PromptStatus.PUBLISHED,
        )
    )
    await session.flush()


def _check_variables(key: str, user: str, variables: list[str]) -> None:
    """`PromptVariables` unless the text has these and no others, as the program fills them in."""
    template = Template(user)
    if not template.is_valid():
        raise PromptVariables(
            "A dollar sign stands before a variable's name; write $$ for the sign itself.",
            field=("input", "user"),
        )
    found = set(template.get_identifiers())
    shipped = _SHIPPED.get(key)
    if shipped is not None:
        known = set(Template(shipped.user).get_identifiers())
        if set(variables) != known:
            raise PromptVariables(
                f"The program fills in {_named(known)} here, and nothing else.",
                field=("input", "variables"),
            )
    if found != set(variables):
        missing, unknown = set(variables) - found, found - set(variables)
        told = [f"it lacks {_named(missing)}"] if missing else []
        told += [f"nothing fills in {_named(unknown)}"] if unknown else []
        raise PromptVariables(
            f"The text doesn't go with its variables: {' and '.join(told)}.",
            field=("input", "user"),
        )


def _named(variables: set[str]) -> str:
    return ", ".join(f"${name}" for name in sorted(variables)) or "no variables"


def _contract(data: PromptData) -> dict[str, Any] | None:
    """The contract as JSON schema; for what the program asks, one with the same members."""
    contract = None if data.contract is None else _schema(data.contract)
    shipped = _SHIPPED.get(data.key)
    if shipped is not None and _members(contract) != _members(shipped.contract):
        members = _members(shipped.contract)
        raise PromptContract(
            "The program reads plain text here: leave the contract out."
            if members is None
            else f"The program reads {', '.join(members)} here, and nothing else.",
            field=("input", "contract"),
        )
    return contract


def _schema(text: str) -> dict[str, Any]:
    try:
        schema = orjson.loads(text)
        Draft202012Validator.check_schema(schema)
    except (orjson.JSONDecodeError, SchemaError):
        schema = None
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise PromptContract(
            "The contract has to be a JSON schema of an object.", field=("input", "contract")
        )
    if _has_pattern(schema):
        # The library that constrains the model by it brings the worker down.
        raise PromptContract("The contract can't have a `pattern`.", field=("input", "contract"))
    return schema


def _has_pattern(part: Any) -> bool:
    if isinstance(part, dict):
        found = isinstance(part.get("pattern"), str)
        return found or any(_has_pattern(each) for each in part.values())
    return isinstance(part, list) and any(_has_pattern(each) for each in part)


def _members(contract: dict[str, Any] | None) -> list[str] | None:
    return None if contract is None else sorted(contract.get("properties", {}))
