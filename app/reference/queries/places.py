"""Root queries of countries and what they have."""

from enum import StrEnum
from typing import Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, true
from sqlmodel import col

from app.core.access import ANYONE
from app.core.folding import contains
from app.core.graph.connections import Connection
from app.core.graph.enums import describe
from app.core.graph.read.declare import Rows, browse, id_field
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.reference import models
from app.reference.types.places import (
    BY_CODE,
    LARGEST_FIRST,
    ZONES,
    City,
    Country,
    Currency,
    Language,
    State,
    TimeZone,
)

Search = Annotated[
    str | None,
    strawberry.argument(
        description="Only those whose name has this in it, in any case, with accents or without."
    ),
]


class CitySort(StrEnum):
    """How cities are sorted."""

    SIZE = "size"
    NAME = "name"


describe(
    CitySort,
    "How cities are sorted.",
    {CitySort.SIZE: "The largest first.", CitySort.NAME: "By name."},
)


def _search() -> Any:
    return strawberry.field(
        default=None,
        description="Whose name has this in it, in any case, with accents or without.",
    )


def _in_country() -> Any:
    return id_field("In this country.", Country.prefix, default=None)


@strawberry.input(description="Which subdivisions.")
class StateFilter:
    """What isn't given doesn't narrow."""

    country_id: strawberry.ID | None = _in_country()
    parent_id: strawberry.ID | None = id_field(
        "Part of this subdivision.", State.prefix, default=None
    )
    search: str | None = _search()


@strawberry.input(description="Which cities.")
class CityFilter:
    """What isn't given doesn't narrow."""

    country_id: strawberry.ID | None = _in_country()
    state_id: strawberry.ID | None = id_field("In this subdivision.", State.prefix, default=None)
    time_zone_id: strawberry.ID | None = id_field(
        "Whose clocks show this.", TimeZone.prefix, default=None
    )
    search: str | None = _search()


@strawberry.input(description="Which time zones.")
class TimeZoneFilter:
    """What isn't given doesn't narrow."""

    country_id: strawberry.ID | None = _in_country()
    name: str | None = strawberry.field(
        default=None, description="Of this name in the IANA database."
    )
    search: str | None = _search()


@strawberry.input(description="Which languages.")
class LanguageFilter:
    """What isn't given doesn't narrow."""

    major: bool | None = strawberry.field(
        default=None, description="Only those with a code of two letters, or only the others."
    )
    search: str | None = _search()


def _narrowed(filter: Any, folded: Any, equal: dict[str, Any]) -> ColumnElement[bool]:
    """The rows that a filter means: its members by the columns that have to be equal."""
    where: ColumnElement[bool] = true()
    if filter is None:
        return where
    for name, column in equal.items():
        wanted = getattr(filter, name)
        if wanted is not None:
            where &= column == wanted
    return where if filter.search is None else where & contains(folded, filter.search)


def _found(folded: Any, search: str | None) -> ColumnElement[bool]:
    return true() if search is None else contains(folded, search)


def _countries(_: Asker, country: type[models.Country], *, search: Search = None) -> Rows:
    return Rows(_found(country.search, search), Order("countries", ("folded_name", "id")))


def _currencies(_: Asker, currency: type[models.Currency], *, search: Search = None) -> Rows:
    return Rows(_found(currency.folded_name, search), BY_CODE)


def _states(
    _: Asker,
    state: type[models.State],
    *,
    filter: Annotated[
        StateFilter | None, strawberry.argument(description="Which ones; else all.")
    ] = None,
) -> Rows:
    equal = {"country_id": state.country_id, "parent_id": state.parent_id}
    where = _narrowed(filter, state.folded_name, equal)
    return Rows(where, Order("states", ("folded_name", "id")))


def _cities(
    _: Asker,
    city: type[models.City],
    *,
    filter: Annotated[
        CityFilter | None, strawberry.argument(description="Which ones; else all.")
    ] = None,
    sort: Annotated[CitySort, strawberry.argument(description="In which order.")] = CitySort.SIZE,
) -> Rows:
    equal = {
        "country_id": city.country_id,
        "state_id": city.state_id,
        "time_zone_id": city.time_zone_id,
    }
    where = _narrowed(filter, city.folded_name, equal)
    by_name = Order("citiesByName", ("folded_name", "id"))
    return Rows(where, by_name if sort is CitySort.NAME else LARGEST_FIRST)


def _time_zones(
    _: Asker,
    zone: type[models.TimeZone],
    *,
    filter: Annotated[
        TimeZoneFilter | None, strawberry.argument(description="Which ones; else all.")
    ] = None,
) -> Rows:
    equal = {"country_id": zone.country_id, "name": zone.name}
    return Rows(_narrowed(filter, zone.search, equal), ZONES)


def _languages(
    _: Asker,
    language: type[models.Language],
    *,
    filter: Annotated[
        LanguageFilter | None, strawberry.argument(description="Which ones; else all.")
    ] = None,
) -> Rows:
    where = _narrowed(filter, language.search, {})
    if filter is not None and filter.major is not None:
        major = col(language.major)
        where &= major if filter.major else ~major
    return Rows(where, Order("languages", ("folded_name", "id")))


@strawberry.type
class PlacesQuery:
    """Countries and what they have."""

    countries: Connection[Country] = browse(
        _countries, ANYONE, "The countries of ISO 3166-1, by name; a code finds its country."
    )
    states: Connection[State] = browse(
        _states, ANYONE, "The subdivisions of ISO 3166-2: states, provinces and so on, by name."
    )
    cities: Connection[City] = browse(
        _cities, ANYONE, "The cities of at least 15,000 people, as GeoNames knows them."
    )
    time_zones: Connection[TimeZone] = browse(
        _time_zones, ANYONE, "The time zones of the IANA database, by name."
    )
    languages: Connection[Language] = browse(
        _languages,
        ANYONE,
        "The languages of ISO 639, by name; what they call themselves finds them as well.",
    )
    currencies: Connection[Currency] = browse(
        _currencies, ANYONE, "The currencies of ISO 4217 that are in use, by code."
    )
