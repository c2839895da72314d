"""`python -m benchmarks speech [--json] [FILE …]`."""

import argparse
import json
import sys
from pathlib import Path

from benchmarks.speech import run


def main() -> int:
    """Run one benchmark and print its figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("name", choices=["speech"])
    parser.add_argument("recordings", nargs="*", type=Path, help="with FILE.txt beside each")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    figures = run.measure(given.recordings)
    if given.json:
        sys.stdout.write(json.dumps(figures.as_json()) + "\n")
    else:
        figures.print_table()
    return 0


if __name__ == "__main__":
    sys.exit(main())
