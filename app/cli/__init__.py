"""The `lyceum` command. What a command needs is imported when it runs: `--help` is instant."""

import os
import sys

from app.cli.commands import app


def main() -> None:
    """Run the command line; what keeps it from working is one sentence and exit code 1."""
    try:
        app()
    except Exception as error:
        if os.environ.get("LYCEUM_DEBUG") == "1":
            raise
        from app.cli.failures import sentence

        print(f"lyceum: {sentence(error)}", file=sys.stderr)
        sys.exit(1)


__all__ = ["app", "main"]
