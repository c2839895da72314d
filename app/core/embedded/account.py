"""Who the embedded services run as: PostgreSQL refuses to be root."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.startup import StartupError

_NAME = "lyceum"
_READ_AND_ENTER = 0o5


class ServiceError(StartupError):
    """An embedded service can't be started."""


@dataclass(frozen=True)
class Account:
    """A user of the machine."""

    name: str
    uid: int
    gid: int

    def may_use(self, path: Path) -> bool:
        """Whether the mode bits of `path` let this user read it, or enter it if a folder."""
        return self._has(path, _READ_AND_ENTER)

    def first_barrier(self, path: Path) -> Path | None:
        """The first folder above `path` that this user can't pass, from the root down."""
        for folder in reversed(path.absolute().parents):
            if not self._has(folder, 0o1):
                return folder
        return None

    def _has(self, path: Path, bits: int) -> bool:
        found = path.stat()
        if found.st_uid == self.uid:
            bits <<= 6
        elif found.st_gid == self.gid:
            bits <<= 3
        return found.st_mode & bits == bits


def service_account() -> Account | None:
    """The user to become for a service; None when this process isn't root and needn't change.

    As root, a system user without a home or a shell is made once.
    """
    if os.geteuid() != 0:
        return None
    found = _look_up()
    if found is None:
        options = ["--system", "--no-create-home", "--user-group", "--shell", "/usr/sbin/nologin"]
        with suppress(FileNotFoundError):
            subprocess.run(["useradd", *options, _NAME], check=False, capture_output=True)
        found = _look_up()
    if found is None:
        raise ServiceError(
            f"PostgreSQL doesn't run as root, and a system user '{_NAME}' for it couldn't be "
            "made: start Lyceum as an ordinary user, or set DATABASE_URL and REDIS_URL."
        )
    return found


def _look_up() -> Account | None:
    try:
        entry = pwd.getpwnam(_NAME)
    except KeyError:
        return None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def own_folder(folder: Path, account: Account | None) -> None:
    """Make `folder` (mode 0700) and give it to the account, if it can get there at all."""
    folder.mkdir(parents=True, exist_ok=True)
    if account is not None:
        barrier = account.first_barrier(folder)
        if barrier is not None:
            raise ServiceError(
                f"The data folder {folder} is closed to the user '{account.name}' that the "
                f"embedded services run as (at {barrier}): set LYCEUM_DATA_DIR to a folder "
                "elsewhere, such as /var/lib/lyceum."
            )
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)


def usable_programs(
    source: Path, parts: Sequence[str], folder: Path, account: Account | None
) -> Path:
    """`source`, or a copy of its `parts` in `folder` when the account can't reach the first.

    A root whose environment lies in /root would otherwise have to open its home to others.
    The copy's name carries the first part's time: other programs are copied anew.
    """
    probe = source / parts[0]
    if account is None or (account.first_barrier(probe) is None and account.may_use(probe)):
        return source
    target = folder / f"programs-{int(probe.stat().st_mtime)}"
    if target.exists():
        return target
    for old in (*folder.glob("programs-*"), *folder.glob(".programs-*")):
        shutil.rmtree(old)
    scratch = Path(tempfile.mkdtemp(dir=folder, prefix=".programs-"))
    for part in parts:
        shutil.copytree(source / part, scratch / part, symlinks=True)
    for path in (scratch, *scratch.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
    scratch.rename(target)
    return target


def as_account(account: Account | None) -> dict[str, Any]:
    """The arguments of `subprocess.Popen` that make a child run as the account."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}
