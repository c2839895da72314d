"""`python -m benchmarks speech [FILE …]`, `… reads`, `… live`; each with `--json`."""

import argparse
import json
import sys
from pathlib import Path


def main() -> int:
    """Run one benchmark and print its figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    names = parser.add_subparsers(dest="name", required=True)
    speech = names.add_parser("speech", help="how well and how soon speech becomes text")
    speech.add_argument("recordings", nargs="*", type=Path, help="with FILE.txt beside each")
    reads = names.add_parser("reads", help="requests a second, beside other servers")
    reads.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    reads.add_argument("--seconds", type=float, default=4.0, help="how long a burst lasts")
    live = names.add_parser("live", help="events told to open sockets, beside other servers")
    live.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    live.add_argument("--seconds", type=float, default=4.0, help="how long a burst lasts")
    for each in (speech, reads, live):
        each.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    run = {"speech": _speech, "reads": _reads, "live": _live}[given.name]
    return run(given)


# What a benchmark needs is imported by the one that runs: the other's models take seconds.


def _speech(given: argparse.Namespace) -> int:
    from benchmarks.speech import run  # noqa: PLC0415

    figures = run.measure(given.recordings)
    if given.json:
        sys.stdout.write(json.dumps(figures.as_json()) + "\n")
    else:
        figures.print_table()
    return 0


def _reads(given: argparse.Namespace) -> int:
    from benchmarks.reads import run  # noqa: PLC0415

    figures = run.measure(given.rounds, given.seconds)
    if given.json:
        sys.stdout.write(json.dumps(figures.as_json()) + "\n")
    else:
        figures.print_tables()
    return 0


def _live(given: argparse.Namespace) -> int:
    from benchmarks.live import run  # noqa: PLC0415

    results = run.measure(given.rounds, given.seconds)
    if given.json:
        sys.stdout.write(json.dumps(results.as_json()) + "\n")
    else:
        results.print_tables()
    return 0


if __name__ == "__main__":
    sys.exit(main())
