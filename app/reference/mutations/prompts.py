"""Root mutations of the prompt library."""

from typing import Any
from uuid import UUID

import strawberry

from app.core.access import permitted
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.reference.mutations.taxonomy import key_of
from app.reference.policy import MANAGE_PROMPTS
from app.reference.service import prompts as service
from app.reference.types.library import AiModel, PromptTemplate

_ADMIN = permitted(MANAGE_PROMPTS)


def _errors() -> Any:
    return strawberry.field(default_factory=list, description="Why nothing changed.")


def _words(description: str) -> Any:
    return strawberry.field(default_factory=list, description=description)


def _text(description: str) -> Any:
    return strawberry.field(default=None, description=description)


@strawberry.input(description="A new version of a prompt.")
class PromptTemplateSaveInput:
    """What isn't given takes its default."""

    key: str = strawberry.field(
        description="What the program asks for it by: words of small letters with dots between."
    )
    title: str = strawberry.field(description="1 to 255 characters.")
    category: str = strawberry.field(
        description="What it is filed under, such as `roadmap`, `session_summary`, `qa` or"
        " `matching_explain`."
    )
    system: str = strawberry.field(description="What the model is told to be.")
    user: str = strawberry.field(
        description="What the model is asked, with each variable as `$name`, and `$$` for a"
        " dollar sign."
    )
    variables: list[str] = strawberry.field(
        description="The names of the variables: exactly those in the text and, where the"
        " program asks for it, exactly those that it fills in."
    )
    contract: str | None = _text("A JSON schema that answers keep, as JSON; none for plain text.")
    temperature: float = strawberry.field(
        default=0.0, description="How freely the model chooses its words, from 0 to 2."
    )
    max_tokens: int = strawberry.field(description="How long an answer may be: 1 to 32,768.")
    usage: str = strawberry.field(default="", description="How it is to be used.")
    applies_to: list[str] = _words("What it is about, at most 20 words.")
    tags: list[str] = _words("Words to find it by, at most 20.")
    example_input: str | None = _text("What it was tried with.")
    example_output: str | None = _text("What came of that.")
    model_id: strawberry.ID | None = strawberry.field(
        default=None, description="The model that it was written for."
    )


@strawberry.input(description="Which version of a prompt.")
class PromptTemplatePublishInput:
    """By its id."""

    id: strawberry.ID = strawberry.field(description="The version.")


@strawberry.type
class _PromptPayload:
    prompt_template: PromptTemplate | None = edge("prompt_key", "The version.")
    prompt_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = _errors()


@strawberry.type(description="The answer to `promptTemplateSave`.")
class PromptTemplateSavePayload(_PromptPayload):
    """The version."""


@strawberry.type(description="The answer to `promptTemplatePublish`.")
class PromptTemplatePublishPayload(_PromptPayload):
    """The version."""


@strawberry.type
class PromptsMutation:
    """Write prompts, and let them run."""

    @mutation(_ADMIN)
    async def prompt_template_save(
        self, info: Info, input: PromptTemplateSaveInput
    ) -> PromptTemplateSavePayload:
        """Save a new version of a prompt, as a draft: nothing runs it until it is published."""
        model_id = key_of(AiModel.prefix, input.model_id)
        data = to_data(service.PromptData, input, model_id=model_id)
        async with info.context.begin() as uow:
            made = await service.save_prompt(uow, info.context.me, data)
        return PromptTemplateSavePayload(prompt_key=made.id)

    @mutation(_ADMIN)
    async def prompt_template_publish(
        self, info: Info, input: PromptTemplatePublishInput
    ) -> PromptTemplatePublishPayload:
        """Let a version of a prompt run, in place of the one that does. An older one may return."""
        key = from_global(PromptTemplate.prefix, input.id)
        async with info.context.begin() as uow:
            version = await service.publish_prompt(uow, key)
        return PromptTemplatePublishPayload(prompt_key=version.id)
