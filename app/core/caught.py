"""Letters and text messages that development keeps instead of sending them.

A folder, not a table: the tables are those of every installation, and only development has this;
`lyceum letters` reads it without a database, and deleting it is forgetting it.
"""

import asyncio
import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Self

from pydantic import BaseModel

from app.core.clock import now
from app.core.mail import Mail, Sms

_FOLDER = "letters"
_MOST = 500


class Letter(BaseModel):
    """What was kept; a text message has no subject."""

    at: datetime
    to: str
    subject: str | None
    text: str


class Letters:
    """The folder: a file for each message, readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def below(cls, data_dir: Path) -> Self:
        """That of a data folder."""
        return cls(data_dir / _FOLDER)

    async def send(self, message: Mail | Sms, key: str) -> None:
        """Keep a message; the same one again stays one."""
        subject = message.subject if isinstance(message, Mail) else None
        letter = Letter(at=now(), to=message.to, subject=subject, text=message.text)
        await asyncio.to_thread(self._keep, letter, key)

    def _keep(self, letter: Letter, key: str) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / f"{key}.json"
        if path.exists():
            return
        scratch = self.folder / f"{key}.new"
        scratch.unlink(missing_ok=True)
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(letter.model_dump_json())
        scratch.rename(path)
        self._forget_old()

    def names(self) -> set[str]:
        """What is there, each message by a name that stays."""
        return {path.name for path in self.folder.glob("*.json")}

    def read(self, names: Iterable[str]) -> list[Letter]:
        """These messages, the newest last; without those that are gone meanwhile."""
        found = []
        for name in names:
            with suppress(FileNotFoundError):
                found.append(Letter.model_validate_json((self.folder / name).read_text()))
        return sorted(found, key=lambda letter: letter.at)

    def _forget_old(self) -> None:
        paths = sorted(self.folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        for old in paths[:-_MOST]:
            old.unlink(missing_ok=True)
