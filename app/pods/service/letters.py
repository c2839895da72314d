"""What letters of pods say. They go to people who don't know us: no words of others but names."""

import re
from typing import Final

from app.core.mail import Mail

# What somebody calls a pod, or themselves, goes into a letter as words: no address to click.
_NO_WORD: Final = re.compile(r"[^\w'&+-]+")
_LONGEST: Final = 80


def invitation(to: str, inviter: str, pod: str, days: int) -> Mail:
    """Somebody is invited into a pod."""
    who, name = _words(inviter), _words(pod)
    return Mail(
        to=to,
        subject="You are invited to study together at Lyceum",
        text=(
            "Hello,\n\n"
            f"{who} invites you into the pod “{name}” at Lyceum.\n\n"
            "Sign in, or make an account, with this address, and confirm it: the invitation is"
            f" among your pods then. It is good for {days} days.\n"
            "If you don't want to come, ignore this letter.\n"
        ),
    )


def _words(said: str) -> str:
    return _NO_WORD.sub(" ", said).strip()[:_LONGEST]
