"""Values that break what was written with ordinary ones in mind."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

WORDS = (
    "photosynthesis", "leaves", "light", "Calvin", "cycle", "sugar", "water", "energy", "Élan",
    "naïve", "straße", "光合作用", "свет", "algebra", "matrix", "vector", "the", "of", "why", "x",
)  # fmt: skip

# PostgreSQL's text has no NUL; everything else that Unicode has may come.
NASTY = (
    "",
    " ",
    "'",
    '"',
    "\\",
    "\\\\",
    "\\u0041",
    '\\"',
    "'; --",
    "%s",
    "%",
    "%%I",
    "%1$s",
    "$1",
    "$body$",
    ":name",
    "{}",
    "{a:}",
    "null",
    "a\tb\nc\rd\be\ff",
    "\x01\x02\x1b\x1f",
    "\x7f\x80\x9f",
    "\u2028\u2029",
    "\u200b\ufeff",
    "\ufffe\uffff",
    "😀👩‍👩‍👧‍👦🇩🇪",
    "\U0010ffff",
    "\u202eabc\u202c",
    "مرحبا بالعالم",
    "שלום",
    "e\u0301 é",
    "<script>&amp;</script>",
    "/* */",
    "\x1f\x1e",
)

_LONG = 10_000
_FLOATS = (
    0.0, 1.0, -0.0, 0.1, 1e-7, 1e20, 1e15, 1e16, 1e-5, 123456789.0, 0.30000000000000004, 1 / 3,
    -2.5, 5e-324, 1.7976931348623157e308, 9007199254740993.0,
)  # fmt: skip
_INTEGERS = (0, 1, -1, 2**31 - 1, -(2**31), 10, 65536)
_SCALES = (1_000_000, 100_000, 1_000, 1)
# Without a zone the driver takes the first and the last time as PostgreSQL's infinite ones.
_ENDS = (
    datetime.min,  # noqa: DTZ901
    datetime.max,  # noqa: DTZ901
    datetime.min.replace(tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
)


def words(rng: Random, longest: int = 8) -> str:
    """Some words of a small vocabulary, so that searches find them."""
    return " ".join(rng.choices(WORDS, k=rng.randint(1, longest)))


def text(rng: Random, longest: int | None = None) -> str:
    """Any text of at most `longest` characters, of 10,000 now and then."""
    chance = rng.random()
    if chance < 0.5:
        made = words(rng)
    elif chance < 0.9:
        made = f"{words(rng, 3)} {rng.choice(NASTY)} {words(rng, 2)}"
    elif chance < 0.99:
        made = rng.choice(NASTY)
    else:
        piece = f"{words(rng)}{rng.choice(NASTY)}"
        made = (piece * _LONG)[:_LONG]
    return made if longest is None else made[:longest]


def integer(rng: Random) -> int:
    """A 32-bit integer, small ones mostly."""
    return rng.choice(_INTEGERS) if rng.random() < 0.2 else rng.randint(0, 120)


def number(rng: Random) -> float:
    """A double: seldom one that JSON doesn't have."""
    chance = rng.random()
    if chance < 0.005:
        return rng.choice((math.nan, math.inf, -math.inf))
    return rng.choice(_FLOATS) if chance < 0.5 else rng.random()


def time(rng: Random, base: datetime, known: Sequence[datetime] = ()) -> datetime:
    """A time with 0 to 6 digits of fraction: near `base` mostly, sometimes one of `known`."""
    chance = rng.random()
    if known and chance < 0.2:
        return rng.choice(known)
    if chance < 0.205:
        return rng.choice(_ENDS)
    if chance < 0.26:
        start = datetime(rng.choice((1, 9999)), 1, 1, tzinfo=UTC)
    elif chance < 0.4:
        start = datetime(rng.randint(1900, 2200), 1, 1, tzinfo=UTC)
    else:
        start = base - timedelta(days=60)
    scale = rng.choice(_SCALES)
    moment = start + timedelta(seconds=rng.randrange(120 * 86_400))
    return moment.replace(microsecond=rng.randrange(1_000_000 // scale) * scale)
