"""Time zones and languages by name, as the packages that the program comes with know them."""

from functools import cache
from zoneinfo import available_timezones

import pycountry
from babel.core import parse_locale


@cache
def _zones() -> frozenset[str]:
    # Two of the system's files are no places: what its clock shows, and that nobody has said.
    return frozenset(available_timezones() - {"localtime", "Factory"})


def time_zone(value: str) -> str:
    """A name of the IANA database; `ValueError` if it isn't one."""
    if value not in _zones():
        raise ValueError(f"'{value[:80]}' isn't a time zone, such as Europe/Berlin.")
    return value


def language(value: str) -> str:
    """A BCP 47 tag of a language, with script and region if given, in its canonical case.

    Raises `ValueError` if it isn't one, or if it says more than that.
    """
    try:
        code, region, script, *more = parse_locale(value, sep="-")
    except ValueError:
        raise _no_language(value) from None
    languages, scripts = pycountry.languages, pycountry.scripts
    known = languages.get(alpha_2=code) if len(code) == 2 else _long_code(code)
    if known is None or any(more):
        raise _no_language(value)
    if script is not None and scripts.get(alpha_4=script) is None:
        raise _no_language(value)
    if region is not None and not _is_region(region):
        raise _no_language(value)
    made = "-".join(each for each in (code, script, region) if each)
    # The parser passes over what some systems write behind it.
    if made.casefold() != value.casefold():
        raise _no_language(value)
    return made


def _long_code(code: str) -> object:
    """The language of a code of three letters, unless two letters say it: those are the tag."""
    found = pycountry.languages.get(alpha_3=code)
    return None if hasattr(found, "alpha_2") else found


def _is_region(region: str) -> bool:
    """A country's letters, or a number of the United Nations, such as 419 for Latin America."""
    return region.isdigit() or pycountry.countries.get(alpha_2=region) is not None


def _no_language(value: str) -> ValueError:
    return ValueError(f"'{value[:80]}' isn't the tag of a language, such as pt or pt-BR.")
