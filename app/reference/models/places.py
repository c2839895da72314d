"""Countries and what they have: states, cities, time zones, currencies, languages.

All of it comes from packages (`app.reference.packages`); nobody edits it.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from app.core.folding import folded_column, found_in
from app.core.tables import MutableTable


def _belongs_to(table: str) -> Any:
    return Column(ForeignKey(f"{table}.id"), nullable=False, index=True)


def _may_belong_to(table: str) -> Any:
    return Column(ForeignKey(f"{table}.id"), index=True)


class Currency(MutableTable, table=True):
    """A currency of ISO 4217 that is in use."""

    __table_args__ = (found_in("currency", "folded_name"),)

    code: str = Field(max_length=3, unique=True)
    number: str = Field(max_length=3)
    name: str = Field(max_length=128)
    symbol: str = Field(max_length=16)
    minor_units: int
    folded_name: str | None = Field(
        default=None, sa_column=folded_column("name || ' ' || code || ' ' || symbol")
    )


class Country(MutableTable, table=True):
    """A country of ISO 3166-1."""

    __table_args__ = (
        Index("ix_country_place", "folded_name", "id"),
        found_in("country", "search"),
    )

    code: str = Field(max_length=2, unique=True)
    code3: str = Field(max_length=3, unique=True)
    number: str = Field(max_length=3, unique=True)
    name: str = Field(max_length=128)
    official_name: str | None = Field(default=None, max_length=128)
    flag: str = Field(max_length=16)
    calling_code: int | None = None
    currency_id: UUID | None = Field(default=None, sa_column=_may_belong_to("currency"))
    folded_name: str | None = Field(default=None, sa_column=folded_column("name"))
    search: str | None = Field(
        default=None,
        sa_column=folded_column("name || ' ' || coalesce(official_name, '') || ' ' || code"),
    )


class State(MutableTable, table=True):
    """A subdivision of ISO 3166-2: a state, a province, a department of one."""

    __table_args__ = (
        Index("ix_state_place", "folded_name", "id"),
        found_in("state", "folded_name"),
    )

    code: str = Field(max_length=8, unique=True)
    name: str = Field(max_length=128)
    kind: str = Field(max_length=64)
    country_id: UUID = Field(sa_column=_belongs_to("country"))
    parent_id: UUID | None = Field(default=None, sa_column=_may_belong_to("state"))
    folded_name: str | None = Field(default=None, sa_column=folded_column("name"))


class TimeZone(MutableTable, table=True):
    """A time zone of the IANA database, as one country uses it."""

    __tablename__ = "time_zone"
    __table_args__ = (found_in("time_zone", "search"),)

    name: str = Field(max_length=64, unique=True)
    comment: str | None = Field(default=None, max_length=128)
    # Of whom nobody knows where they are.
    is_default: bool = False
    country_id: UUID | None = Field(default=None, sa_column=_may_belong_to("country"))
    search: str | None = Field(
        default=None,
        sa_column=folded_column("replace(name, '_', ' ') || ' ' || coalesce(comment, '')"),
    )


class City(MutableTable, table=True):
    """A city of at least 15,000 people."""

    __table_args__ = (
        Index("ix_city_size", text("population DESC"), text("id DESC")),
        Index("ix_city_country", "country_id", text("population DESC"), text("id DESC")),
        Index("ix_city_time_zone", "time_zone_id", text("population DESC"), text("id DESC")),
        found_in("city", "folded_name"),
    )

    geoname_id: int = Field(unique=True)
    name: str = Field(max_length=128)
    population: int
    latitude: float
    longitude: float
    country_id: UUID = Field(sa_column=Column(ForeignKey("country.id"), nullable=False))
    state_id: UUID | None = Field(default=None, sa_column=_may_belong_to("state"))
    time_zone_id: UUID | None = Field(default=None, sa_column=Column(ForeignKey("time_zone.id")))
    folded_name: str | None = Field(default=None, sa_column=folded_column("name"))


class PlaceRelease(SQLModel, table=True):
    """Which releases of which packages a table's rows were taken from."""

    __tablename__ = "place_release"

    name: str = Field(primary_key=True, max_length=64)
    release: str


class Language(MutableTable, table=True):
    """A language of ISO 639 that somebody speaks or spoke."""

    __table_args__ = (
        Index("ix_language_place", "folded_name", "id"),
        found_in("language", "search"),
    )

    # The shortest code, as BCP 47 wants it.
    code: str = Field(max_length=3, unique=True)
    code3: str = Field(max_length=3, unique=True)
    name: str = Field(max_length=128)
    native_name: str | None = Field(default=None, max_length=128)
    # Of the few hundred with a two-letter code.
    major: bool = False
    folded_name: str | None = Field(default=None, sa_column=folded_column("name"))
    search: str | None = Field(
        default=None,
        sa_column=folded_column("name || ' ' || coalesce(native_name, '') || ' ' || code"),
    )
