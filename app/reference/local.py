"""The models that come with the program; `app.core.weights` knows their files."""

from typing import Any, Final

from sqlalchemy.dialects.postgresql import insert

from app.core.clock import now
from app.core.db import WriteSession
from app.core.ids import new_id
from app.reference.models import AiModel, AiModelKind, AiModelStatus

LOCAL_MODELS: Final[tuple[dict[str, Any], ...]] = (
    {
        "name": "smollm2-135m-instruct",
        "kind": AiModelKind.LANGUAGE,
        "best_for": "Short notes and answers on any machine.",
        "context_tokens": 8192,
    },
    {
        "name": "whisper-tiny",
        "kind": AiModelKind.SPEECH,
        "best_for": "Transcripts in many languages on any machine.",
        "context_tokens": None,
    },
)


async def add_local_models(session: WriteSession) -> None:
    """Add those that aren't there. What admins saved of one stays."""
    for place, model in enumerate(LOCAL_MODELS):
        statement = insert(AiModel).values(
            id=new_id(),
            created_at=now(),
            updated_at=now(),
            provider="local",
            version="",
            status=AiModelStatus.ACTIVE,
            default_for=model["kind"],
            position=place,
            **model,
        )
        await session.execute(statement.on_conflict_do_nothing())
