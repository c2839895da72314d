"""The prompts that come with the program. A change to one raises its version.

They are short and ask for one thing each: several lists in one contract make a small model
loop. What a model does badly (numbering lines, judging severity) isn't asked of it.
"""

from typing import Any

from app.reference.models import PromptStatus, PromptTemplate

_JSON = "You are a study assistant. You write short notes in JSON."


def _texts(name: str, count: int, shortest: int, longest: int) -> dict[str, Any]:
    text = {"type": "string", "minLength": shortest, "maxLength": longest}
    return {
        "type": "object",
        "properties": {
            name: {"type": "array", "items": text, "minItems": count, "maxItems": count}
        },
        "required": [name],
        "additionalProperties": False,
    }


_SUMMARY = {
    "type": "object",
    "properties": {"summary": {"type": "string", "minLength": 40, "maxLength": 400}},
    "required": ["summary"],
    "additionalProperties": False,
}


PROMPTS = (
    PromptTemplate(
        key="session.key_points",
        title="Key points of a session",
        version=1,
        category="session_insights",
        status=PromptStatus.PUBLISHED,
        system=_JSON,
        user="$lines\n\nWrite two facts that the students stated.",
        contract=_texts("key_points", 2, 15, 140),
        max_tokens=160,
    ),
    PromptTemplate(
        key="session.topics",
        title="Topics of a session",
        version=1,
        category="session_insights",
        status=PromptStatus.PUBLISHED,
        system="You list the topics of a text, one to three words each.",
        user="$lines\n\nTopics:",
        contract=_texts("topics", 3, 3, 30),
        max_tokens=80,
    ),
    PromptTemplate(
        key="session.answer",
        title="An answer from a session's notes",
        version=1,
        category="qa",
        status=PromptStatus.PUBLISHED,
        system="You answer from the notes of a study session, in one sentence."
        " Use the words of the notes.",
        user="Notes:\n$notes\n\nQuestion: $question",
        contract=None,
        max_tokens=80,
    ),
    PromptTemplate(
        key="session.summary",
        title="Summary of a session",
        version=1,
        category="session_summary",
        status=PromptStatus.PUBLISHED,
        system=_JSON,
        user="Notes:\n$lines\n\nWrite a short summary of the notes.",
        contract=_SUMMARY,
        max_tokens=200,
    ),
)
