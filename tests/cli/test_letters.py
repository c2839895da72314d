"""`lyceum letters`."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.letters import Arrivals
from app.core.caught import Letters
from app.core.mail import Mail, Sms


@pytest.fixture
def letters(tmp_path: Path) -> Letters:
    return Letters.below(tmp_path)


def _start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "app.cli", "letters", *arguments],
        env=os.environ | {"LYCEUM_DATA_DIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def follower(letters: Letters, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = _start(tmp_path, "--follow")
    yield process
    process.kill()
    process.communicate()


def _mail(subject: str, text: str = "Text.") -> Mail:
    return Mail(to="ana@example.com", subject=subject, text=text)


class TestArrivals:
    async def test_each_once(self, letters: Letters) -> None:
        arrivals = Arrivals(letters)
        assert arrivals.look() == []
        await letters.send(_mail("One"), "k1")
        await letters.send(_mail("Two"), "k2")
        assert [letter.subject for letter in arrivals.look()] == ["One", "Two"]
        assert arrivals.look() == []
        await letters.send(_mail("Three"), "k3")
        assert [letter.subject for letter in arrivals.look()] == ["Three"]


class TestCommand:
    async def test_newest_last(self, letters: Letters, tmp_path: Path) -> None:
        await letters.send(_mail("Your code", "It is 123456.\n\nBye."), "k2")
        await letters.send(Sms(to="+41791234567", text="654321"), "k1")
        out, error = _start(tmp_path).communicate(timeout=60)
        assert error == ""
        first, second = out.split("Text message", 1)
        assert first.splitlines()[0].endswith("  Letter to ana@example.com: Your code")
        assert "\n    It is 123456.\n    \n    Bye.\n" in first
        assert second.startswith(" to +41791234567\n\n    654321\n")

    async def test_obeys_no_letter(self, letters: Letters, tmp_path: Path) -> None:
        await letters.send(_mail("\x1b[2J", "a\x1b]0;b\x07c"), "k1")
        out, _ = _start(tmp_path).communicate(timeout=60)
        assert "\x1b" not in out
        assert "\x07" not in out
        assert "    a ]0;b c\n" in out

    def test_without_any(self, tmp_path: Path) -> None:
        process = _start(tmp_path)
        out, _ = process.communicate(timeout=60)
        assert out == f"No letters are kept in {tmp_path / 'letters'} yet.\n"
        assert process.returncode == 0

    async def test_follows(self, letters: Letters, follower: subprocess.Popen[str]) -> None:
        assert follower.stdout is not None
        assert follower.stdout.readline().startswith("No letters are kept")
        await letters.send(_mail("One"), "k1")
        assert follower.stdout.readline().endswith("Letter to ana@example.com: One\n")
        follower.send_signal(signal.SIGINT)
        _, error = follower.communicate(timeout=60)
        assert (follower.returncode, error) == (0, "")
