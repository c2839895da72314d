"""What the schema shows of AI models and of prompts."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import strawberry
from sqlalchemy import ColumnElement, Text, cast
from sqlmodel import col

from app.accounts.types import User
from app.core.graph.connections import Connection
from app.core.graph.context import Info
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import Rows, column, computed, edge, one, pages, reads
from app.core.graph.read.pages import Order
from app.core.money import Money
from app.core.viewer import Asker
from app.reference import loaders, models, policy
from app.reference.models import AiModelKind, AiModelStatus, PromptStatus

describe(
    AiModelKind,
    "What a model does.",
    {
        AiModelKind.LANGUAGE: "It writes.",
        AiModelKind.SPEECH: "It turns speech into text.",
        AiModelKind.EMBEDDING: "It turns text into numbers that are near where meanings are.",
    },
)
describe(
    AiModelStatus,
    "Whether a model may be used.",
    {
        AiModelStatus.ACTIVE: "It may.",
        AiModelStatus.INACTIVE: "It may not, or not yet.",
        AiModelStatus.RETIRED: "It may not any more.",
    },
)
describe(
    PromptStatus,
    "Whether a version of a prompt runs.",
    {
        PromptStatus.DRAFT: "It has never run.",
        PromptStatus.PUBLISHED: "It is the one that runs.",
        PromptStatus.RETIRED: "It ran once.",
    },
)


def _default(_: Asker, model: type[models.AiModel]) -> ColumnElement[bool]:
    return col(model.default_for).is_not(None)


@reads(
    models.AiModel,
    visible=policy.visible_model,
    description="A model that requests can go to.",
    needs=("input_cost", "output_cost", "cost_currency"),
)
class AiModel(Node):
    """Local, or a provider's."""

    prefix = "aim"

    provider: str = column("Who runs it; `local` for this installation.")
    name: str = column("What its provider calls it.")
    version: str = column("Which one of that name; empty where the name says it.")
    kind: AiModelKind = column("What it does.")
    best_for: str = column("What it is good at.")
    context_tokens: int | None = column("How much it reads and writes at once, in tokens.")
    status: AiModelStatus = column("Whether it may be used.")
    default: bool = computed(_default, "Whether requests of its kind go to it unless told else.")
    position: int = column("Its place in lists, the lowest first.")

    @strawberry.field(description="What a million tokens that it reads cost; null if nothing.")
    def input_cost(self) -> Money | None:
        """From two columns."""
        return _money(self, "input_cost")

    @strawberry.field(description="What a million tokens that it writes cost; null if nothing.")
    def output_cost(self) -> Money | None:
        """From two columns."""
        return _money(self, "output_cost")


def _money(model: AiModel, column: str) -> Money | None:
    amount: Decimal | None = vars(model)[column]
    currency: str | None = vars(model)["cost_currency"]
    return None if amount is None or currency is None else Money(amount=amount, currency=currency)


def _shipped(_: Asker, prompt: type[models.PromptTemplate]) -> ColumnElement[bool]:
    return col(prompt.shipped).is_not(None)


def _contract(_: Asker, prompt: type[models.PromptTemplate]) -> ColumnElement[str]:
    return cast(prompt.contract, Text)


def _previous(
    _: Asker, before: type[models.PromptTemplate], prompt: type[models.PromptTemplate]
) -> ColumnElement[bool]:
    same: ColumnElement[bool] = col(before.key) == prompt.key
    return same & (col(before.version) == prompt.version - 1)


def _versions(
    _: Asker, other: type[models.PromptTemplate], prompt: type[models.PromptTemplate]
) -> Rows:
    return Rows(
        col(other.key) == prompt.key, Order("promptVersions", ("version",), descending=True)
    )


@reads(
    models.PromptTemplate,
    visible=policy.visible_prompt,
    description="A version of a prompt. A change makes a new one.",
)
class PromptTemplate(Node):
    """What goes to a model, with variables."""

    prefix = "prt"

    key: str = column("What the program asks for it by; all its versions share it.")
    version: int = column("Counts the versions of this key, from 1 on.")
    shipped: bool = computed(_shipped, "Whether it came with the program.")
    title: str = column("What it is called.")
    category: str = column("What it is filed under, such as `session_summary` or `qa`.")
    status: PromptStatus = column("Whether it runs.")
    system: str = column("What the model is told to be.")
    user: str = column("What the model is asked, with each variable as `$name`.")
    variables: list[str] = column("The names of the variables.")
    contract: str | None = computed(
        _contract, "The JSON schema that answers keep, as JSON; null for plain text."
    )
    temperature: float = column("How freely the model chooses its words, from 0 to 2.")
    max_tokens: int = column("How long an answer may be, in tokens.")
    usage: str = column("How it is to be used.")
    applies_to: list[str] = column("What it is about, such as `study_session`.")
    tags: list[str] = column("Words to find it by.")
    example_input: str | None = column("What it was tried with.")
    example_output: str | None = column("What came of that.")
    model: AiModel | None = edge("model_id", "The model that it was written for.")
    saved_by: User | None = edge("saved_by_id", "Who wrote it; null if it came with the program.")
    created_at: datetime = column("When it was saved.")
    previous: "PromptTemplate | None" = one(_previous, "The version before it.")
    versions: Connection["PromptTemplate"] = pages(
        _versions, "All versions of its key, the newest first."
    )

    @strawberry.field(
        description="What changed since the version before it, as a unified diff of its text,"
        " contract and settings; empty for the first version."
    )
    async def changes(self, info: Info) -> str:
        """Made of two rows."""

        async def batch(keys: Sequence[loaders.Version]) -> dict[loaders.Version, str]:
            async with info.context.read() as session:
                return await loaders.prompt_changes(session, keys)

        found = await info.context.load("prompt_changes", batch, (self.key, self.version))
        return found or ""
