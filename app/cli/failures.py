"""Any failure as one sentence for the person at the terminal."""

import errno

from pydantic import ValidationError

from app.core.startup import StartupError


def sentence(error: Exception) -> str:
    """One clear sentence; for a failure that nobody foresaw, how to see more of it."""
    if isinstance(error, StartupError):
        return str(error)
    if isinstance(error, ValidationError) and error.title == "Settings":
        first = error.errors()[0]
        name = str(first["loc"][0])
        variable = name if name.isupper() else f"LYCEUM_{name.upper()}"
        return f"The setting {variable} is wrong: {first['msg']}."
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        place = f" of {error.filename}" if error.filename else ""
        return f"There is no space left on the disk{place}."
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename} can't be used: {error.strerror}."
    text = " ".join(str(error).split()) or "no details"
    return f"{type(error).__name__}: {text} (set LYCEUM_DEBUG=1 to see where)."
