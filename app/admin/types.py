"""What the schema shows of the audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, cast, func, true
from sqlmodel import col, select

from app.accounts.models import User as UserRow
from app.accounts.types import User
from app.core.audit import USER, AuditDetail, AuditPerson
from app.core.audit import AuditEntry as Entry
from app.core.graph.read.declare import Rows, column, computed, items, one, reads
from app.core.graph.read.pages import Order
from app.core.viewer import Asker


def _of_change(name: str) -> Any:
    def read(_: Asker, change: Any) -> ColumnElement[str]:
        value: ColumnElement[str] = getattr(change.c, name)
        return value

    return read


@reads(None, key="", description="Something that became something else.")
class AuditChange:
    """Before and after, as JSON: what they look like depends on the action."""

    name: str = computed(_of_change("name"), "What it is.")
    before: str | None = computed(
        _of_change("before"), "What it was, as JSON; null if it wasn't there."
    )
    after: str | None = computed(
        _of_change("after"), "What it became, as JSON; null if it is no longer there."
    )


def _person(alias: Any) -> ColumnElement[Any]:
    return (
        select(AuditPerson.user_id)
        .where(col(AuditPerson.alias) == alias)
        .correlate_except(AuditPerson)
        .scalar_subquery()
    )


def _actor(_: Asker, user: type[UserRow], entry: type[Entry]) -> ColumnElement[bool]:
    return col(user.id) == _person(entry.actor)


def _subject(_: Asker, user: type[UserRow], entry: type[Entry]) -> ColumnElement[bool]:
    return and_(col(entry.subject_kind) == USER, col(user.id) == _person(entry.subject))


def _number(_: Asker, entry: type[Entry]) -> ColumnElement[str]:
    return cast(entry.sequence, Text)


def _subject_key(_: Asker, entry: type[Entry]) -> ColumnElement[str]:
    # People are known by an alias, which says nothing to anybody.
    return case((col(entry.subject_kind) != USER, cast(entry.subject, Text)))


def _detail(name: str) -> Any:
    def read(_: Asker, entry: type[Entry]) -> ColumnElement[str]:
        return (
            select(getattr(AuditDetail, name))
            .where(col(AuditDetail.sequence) == entry.sequence)
            .correlate_except(AuditDetail)
            .scalar_subquery()
        )

    return read


def _changes_of(entry: type[Entry]) -> Any:
    changes = func.audit_changes(entry.sequence)
    return changes.table_valued("name", "before", "after").render_derived()


def _changes(_: Asker, __: Any, ___: type[Entry]) -> Rows:
    return Rows(true(), Order("auditChanges", ("name",)))


@reads(Entry, key="sequence", description="One thing that was done.")
class AuditEntry:
    """Written down by the commit that it tells of, and never changed."""

    number: str = computed(_number, "Its number in the log, which has no gaps.")
    at: datetime = column("When it was done.")
    action: str = column("What was done: a noun and a verb, such as `role.delete`.")
    actor: User | None = one(
        _actor,
        "Who did it, active or not; null for the program itself and for accounts that were erased.",
        visible=true(),
    )
    subject_kind: str = column("What it was done to: `user` for people, else such as `role`.")
    subject: User | None = one(
        _subject,
        "Whom it was done to, active or not; null if that isn't a person, and for accounts that"
        " were erased.",
        visible=true(),
    )
    subject_key: str | None = computed(
        _subject_key, "The key of what it was done to, if that isn't a person."
    )
    address: str | None = computed(
        _detail("address"),
        "The network address that it was done from; null once somebody in it was erased.",
    )
    user_agent: str | None = computed(
        _detail("user_agent"),
        "What the client said of itself; null once somebody in it was erased.",
    )
    changes: list[AuditChange] = items(
        _changes,
        "What changed, by name, the first 40; nothing once somebody in it was erased.",
        most=40,
        rows_of=_changes_of,
    )
