"""What the schema shows of countries and what they have."""

from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement, func, literal_column, select
from sqlmodel import col

from app.core.graph.connections import Connection
from app.core.graph.node import Node
from app.core.graph.read.declare import (
    Rows,
    column,
    computed,
    edge,
    id_argument,
    one,
    pages,
    reads,
    whole,
)
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.reference import models

LARGEST_FIRST = Order("citiesBySize", ("population", "id"), descending=True)
BY_CODE = Order("currencies", ("code",))
ZONES = Order("timeZones", ("name",))

_UTC: ColumnElement[str] = literal_column("'UTC'")
_SECONDS_PER_MINUTE: ColumnElement[int] = literal_column("60")


def _countries(_: Asker, country: type[models.Country], currency: type[models.Currency]) -> Rows:
    return Rows(
        col(country.currency_id) == currency.id,
        Order("currencyCountries", ("folded_name", "id")),
    )


def _states(_: Asker, state: type[models.State], country: type[models.Country]) -> Rows:
    return Rows(col(state.country_id) == country.id, Order("countryStates", ("folded_name", "id")))


def _parts(_: Asker, part: type[models.State], state: type[models.State]) -> Rows:
    return Rows(col(part.parent_id) == state.id, Order("stateParts", ("folded_name", "id")))


def _time_zones(_: Asker, zone: type[models.TimeZone], country: type[models.Country]) -> Rows:
    return Rows(col(zone.country_id) == country.id, ZONES)


def _country_cities(_: Asker, city: type[models.City], country: type[models.Country]) -> Rows:
    return Rows(col(city.country_id) == country.id, LARGEST_FIRST)


def _state_cities(_: Asker, city: type[models.City], state: type[models.State]) -> Rows:
    return Rows(col(city.state_id) == state.id, LARGEST_FIRST)


def _largest(_: Asker, city: type[models.City], zone: type[models.TimeZone]) -> ColumnElement[bool]:
    there = models.City.__table__.alias()  # type: ignore[attr-defined]
    largest = (
        select(there.c.id)
        .where(there.c.time_zone_id == zone.id)
        .order_by(there.c.population.desc(), there.c.id.desc())
        .limit(1)
        .correlate(zone)
        .scalar_subquery()
    )
    found: ColumnElement[bool] = col(city.id) == largest
    return found


def _offset(_: Asker, zone: type[models.TimeZone]) -> ColumnElement[int]:
    there = func.timezone(zone.name, func.now())
    difference = there - func.timezone(_UTC, func.now())
    return whole(func.extract("epoch", difference) / _SECONDS_PER_MINUTE)


@reads(models.Currency, description="A currency of ISO 4217 that is in use.")
class Currency(Node):
    """What prices are in."""

    prefix = "cur"

    code: str = column("Its code in ISO 4217, such as `EUR`.")
    number: str = column("Its number in ISO 4217: three digits.")
    name: str = column("What it is called in English.")
    symbol: str = column("What stands beside amounts, such as `€`; else its code.")
    minor_units: int = column("How many digits amounts have after the point.")
    countries: Connection["Country"] = pages(_countries, "Countries whose own it is, by name.")


@reads(models.Country, description="A country of ISO 3166-1.")
class Country(Node):
    """Where people live."""

    prefix = "cty"

    code: str = column("Its two letters in ISO 3166-1, such as `BR`.")
    code3: str = column("Its three letters in ISO 3166-1, such as `BRA`.")
    number: str = column("Its number in ISO 3166-1: three digits.")
    name: str = column("What it is called in English.")
    official_name: str | None = column("Its name as a state, if that is another.")
    flag: str = column("Its flag, as a character.")
    calling_code: int | None = column("What calls from abroad begin with, after the plus sign.")
    currency: Currency | None = edge("currency_id", "What is paid with there.")
    states: Connection["State"] = pages(
        _states, "Its subdivisions of every level in ISO 3166-2, by name."
    )
    time_zones: Connection["TimeZone"] = pages(_time_zones, "Its time zones, by name.")
    cities: Connection["City"] = pages(_country_cities, "Its cities, the largest first.")


@reads(models.State, description="A subdivision of a country in ISO 3166-2.")
class State(Node):
    """A state, a province, a department of one."""

    prefix = "sta"

    code: str = column("Its code in ISO 3166-2, such as `BR-SP`.")
    name: str = column("What it is called.")
    kind: str = column("What its country calls such a part, in English.")
    country: Country = edge("country_id", "The country that it belongs to.")
    parent: "State | None" = edge("parent_id", "The subdivision that it is part of.")
    parts: Connection["State"] = pages(_parts, "The subdivisions that are part of it, by name.")
    cities: Connection["City"] = pages(
        _state_cities, "The cities that are known to lie in it, the largest first."
    )


@reads(models.TimeZone, description="A time zone of the IANA database, as one country uses it.")
class TimeZone(Node):
    """What the clocks of a region show."""

    prefix = "tzn"

    name: str = column("Its name in the IANA database, such as `America/Sao_Paulo`.")
    comment: str | None = column("Which part of its country has it, if not all of it.")
    is_default: bool = column("Whether it is that of people of whom none is known.")
    utc_offset_minutes: int = computed(
        _offset, "How far its clocks are ahead of UTC now, in minutes; negative if behind."
    )
    country: Country | None = edge("country_id", "The country; null for UTC.")
    largest_city: "City | None" = one(_largest, "The largest city whose clocks show it.")


@reads(models.City, description="A city of at least 15,000 people.")
class City(Node):
    """A place in GeoNames."""

    prefix = "cit"

    name: str = column("What it is called in English, or by those who live there.")
    population: int = column("How many people live there.")
    latitude: float = column("Degrees north of the equator.")
    longitude: float = column("Degrees east of Greenwich.")
    country: Country = edge("country_id", "The country that it lies in.")
    state: State | None = edge("state_id", "The subdivision that it lies in, where that is known.")
    time_zone: TimeZone | None = edge("time_zone_id", "What its clocks show.")


@reads(models.Language, description="A language of ISO 639.")
class Language(Node):
    """What people speak, or spoke."""

    prefix = "lng"

    code: str = column("Its shortest code, as a BCP 47 tag, such as `pt`.")
    code3: str = column("Its code in ISO 639-3, such as `por`.")
    name: str = column("What it is called in English.")
    native_name: str | None = column("What its speakers call it.")
    major: bool = column("Whether it is one of those with a code of two letters.")


CountryId = Annotated[strawberry.ID, id_argument("The country.", Country.prefix)]
