"""Every table says whose its rows are, and every text of theirs what it is."""

from sqlmodel import SQLModel

import app.models  # noqa: F401 - every table
from app.core import personal
from app.core.personal import Fate
from app.privacy.store import owned

_TABLES = SQLModel.metadata.sorted_tables

# `audit_erase` gives up what lies beside the entries.
_GIVEN_UP_OTHERWISE = {"audit_detail"}


class TestOwners:
    def test_every_reference_to_a_user_says_what_becomes_of_the_row(self) -> None:
        silent = [
            f"{table.name}.{column.name}"
            for table in _TABLES
            for column in table.columns
            if any(personal.is_user(key.column) for key in column.foreign_keys)
            and personal.mark(column) is None
        ]
        assert silent == []

    def test_every_table_below_one_with_somebodys_rows_says_so(self) -> None:
        silent = {
            table.name
            for table in _TABLES
            if not personal.owners(table)
            for key in table.foreign_keys
            if key.column.table.name != "user_account" and personal.is_theirs(key.column.table)
        }
        assert silent == set()

    def test_every_table_with_personal_columns_says_whose_they_are(self) -> None:
        along = {
            key.column.table.name
            for column in owned.marked()
            if (mark := personal.mark(column)) and mark.along
            for key in column.table.c[mark.along].foreign_keys
        }
        silent = {
            table.name
            for table in _TABLES
            if (personal.personal(table) or personal.files(table))
            and not personal.is_theirs(table)
            and table.name not in along | _GIVEN_UP_OTHERWISE
        }
        assert silent == set()

    def test_what_names_somebody_in_words_alone_says_so_too(self) -> None:
        """Such columns can't be found by references: these are all there are."""
        assert {f"{c.table.name}.{c.name}" for c in owned.marked() if owned.is_anywhere(c)} == {
            "dead_job.error",
            "dead_job.payload",
            "idempotency_key.response",
            "outbox.payload",
            "stream_event.data",
        }

    def test_what_stays_can_be_without_owner_and_words(self) -> None:
        for column in owned.marked():
            mark, target = personal.mark(column), personal.target(column)
            assert mark is not None
            if mark.fate in (Fate.ANONYMISE, Fate.UNNAME) and target is not None:
                optional = column.nullable or not personal.is_user(target)
                many = hasattr(column.type, "item_type")
                assert optional or many, f"{column} can't be empty"

    def test_what_follows_has_nothing_to_give_up(self) -> None:
        for column in owned.marked():
            mark = personal.mark(column)
            only = len(personal.owners(column.table)) == 1
            if mark and mark.fate is Fate.FOLLOW and only:
                assert personal.personal(column.table) == [], column.table.name
                assert personal.files(column.table) == [], column.table.name


class TestTexts:
    def test_every_text_beside_somebodys_rows_says_what_it_is(self) -> None:
        silent = [
            f"{table.name}.{column.name}"
            for table in _TABLES
            if personal.is_theirs(table)
            for column in table.columns
            if personal.has_text(column) and not personal.is_said(column)
        ]
        assert silent == []
