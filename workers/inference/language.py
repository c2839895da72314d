"""The language model, by llama.cpp: JSON that fits a schema, and streamed text."""

import json
import os
import sys
import threading
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsonschema
from llama_cpp import Llama
from llama_cpp.llama_grammar import LlamaGrammar

from workers.inference.whisper import ModelMissing

_CONTEXT_TOKENS = 4096
# What the chat template adds to system and user text.
_TEMPLATE_TOKENS = 32
# The repair attempt has to leave the beaten track.
_REPAIR_TEMPERATURE = 0.4
_NICENESS = 15


class ModelOutputError(Exception):
    """The model could not be brought to write what was asked for."""


class ContextOverflow(Exception):
    """The text is longer than the model can read: shorten it."""

    def __init__(self, tokens: int, limit: int) -> None:
        super().__init__(f"The text has {tokens} tokens, and the model reads {limit} at most.")
        self.tokens = tokens
        self.limit = limit


class LanguageModel:
    """One GGUF model behind a lock; its file's hash must have been checked.

    It works in a thread of its own, of low priority: on few cores, speech comes first.
    """

    def __init__(self, model: Path, *, threads: int = 1) -> None:
        """Loads the model. Raises ModelMissing if the file isn't there."""
        if not model.is_file():
            raise ModelMissing(f"The language model {model.name} is not there: fetch it first.")
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, "language-model", initializer=_yield_to_others)
        # Its methods are only half annotated.
        self._llama: Any = Llama(
            model_path=str(model),
            n_ctx=_CONTEXT_TOKENS,
            n_threads=threads,
            n_threads_batch=threads,
            n_gpu_layers=0,
            seed=0,
            verbose=False,
        )

    def count_tokens(self, text: str) -> int:
        """The number of tokens in a text, without those of the chat template."""
        with self._lock:
            return self._count(text)

    def room(self, *, max_tokens: int) -> int:
        """How many tokens system and user text may have together, next to the answer."""
        return int(self._llama.n_ctx()) - _TEMPLATE_TOKENS - max_tokens

    def complete_json(
        self,
        system: str,
        user: str,
        schema: Mapping[str, Any],
        *,
        max_tokens: int,
        temperature: float = 0.0,
    ) -> dict[str, Any]:
        """An object that fits the JSON schema.

        The grammar holds the model to the shape; validation also holds it to what the
        grammar can't say, such as minimum and maximum. One further attempt is made.
        Raises ModelOutputError, and ContextOverflow before anything is generated.
        """
        grammar = LlamaGrammar.from_json_schema(json.dumps(schema), verbose=False)
        with self._lock:
            self._check_room(system, user, max_tokens)
            for attempt in (temperature, max(temperature, _REPAIR_TEMPERATURE)):
                answer = self._run(
                    self._complete,
                    messages=_messages(system, user),
                    grammar=grammar,
                    max_tokens=max_tokens,
                    temperature=attempt,
                )
                value = _validated(answer, schema)
                if value is not None:
                    return value
        raise ModelOutputError("The language model did not give an answer of the right form.")

    def stream_text(
        self, system: str, user: str, *, max_tokens: int, temperature: float = 0.0
    ) -> Generator[str, None, None]:
        """The answer piece by piece, as it is written; the model is held until its end.

        Close the iterator to stop early. Raises ContextOverflow at the first piece.
        """
        with self._lock:
            self._check_room(system, user, max_tokens)
            pieces = self._run(
                self._complete,
                messages=_messages(system, user),
                max_tokens=max_tokens,
                temperature=temperature,
                repeat_penalty=1.1,
                stream=True,
            )
            while (piece := self._run(next, pieces, None)) is not None:
                text = piece["choices"][0]["delta"].get("content")
                if text:
                    yield text

    def _complete(self, **wanted: Any) -> Any:
        # What was read before would otherwise change the answer.
        self._llama.reset()
        return self._llama.create_chat_completion(seed=0, **wanted)

    def _run(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return self._thread.submit(work, *args, **kwargs).result()

    def _check_room(self, system: str, user: str, max_tokens: int) -> None:
        tokens = self._count(system) + self._count(user)
        limit = self.room(max_tokens=max_tokens)
        if tokens > limit:
            raise ContextOverflow(tokens, limit)

    def _count(self, text: str) -> int:
        return len(self._llama.tokenize(text.encode(), add_bos=False, special=False))


def _yield_to_others() -> None:
    """Lowers this thread's priority; elsewhere than on Linux it is the whole process's."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _messages(system: str, user: str) -> list[Any]:
    # What people said is data: it must not end its turn and begin another one.
    return [
        {"role": role, "content": content.replace("<|", "< |")}
        for role, content in (("system", system), ("user", user))
    ]


def _validated(answer: dict[str, Any], schema: Mapping[str, Any]) -> dict[str, Any] | None:
    try:
        value = json.loads(answer["choices"][0]["message"]["content"] or "")
        jsonschema.validate(value, schema)
    except (json.JSONDecodeError, jsonschema.ValidationError):
        return None
    return value if isinstance(value, dict) else None
