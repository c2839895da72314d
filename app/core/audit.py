"""The audit log: who did what, to what, when and from where, and what changed.

An entry is written by the commit that it tells of. Each has a hash over itself and the hash of
the one before, so that a change or a gap shows. The database refuses to change or delete them.

Entries name people by an alias. What an entry says of somebody lies beside it, with a random salt,
and the entry holds only its digest: when an account is erased (`audit_erase`), the alias loses
its owner and the details go, while the chain stays whole.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, bindparam, literal_column, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel, col, select

from app.core.db import ReadSession, WriteSession
from app.core.ids import new_id
from app.core.personal import FOLLOW
from app.core.tables import PERSONAL, Timestamp

# What a subject is called that is a person.
USER: Final = "user"


class AuditPerson(SQLModel, table=True):
    """Whom an alias stands for."""

    __tablename__ = "audit_person"

    alias: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="CASCADE"),
            nullable=False,
            unique=True,
            # `audit_erase` takes it away.
            **FOLLOW,
        )
    )


class AuditEntry(SQLModel, table=True):
    """One thing that was done. `actor` is an alias; `subject` too, if it is a person."""

    __tablename__ = "audit_entry"

    sequence: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: datetime = Field(sa_type=Timestamp, index=True)
    action: str = Field(index=True)
    actor: UUID | None = Field(default=None, index=True)
    subject_kind: str
    subject: UUID | None = Field(default=None, index=True)
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class AuditDetail(SQLModel, table=True):
    """What an entry says of people. `before` and `after` have what changed, by name."""

    __tablename__ = "audit_detail"

    sequence: int = Field(
        sa_column=Column(
            BigInteger, ForeignKey("audit_entry.sequence"), primary_key=True, autoincrement=False
        )
    )
    salt: UUID
    address: str = Field(default="", sa_column_kwargs=PERSONAL)
    user_agent: str = Field(default="", sa_column_kwargs=PERSONAL)
    before: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSONB(none_as_null=True), **PERSONAL)
    )
    after: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSONB(none_as_null=True), **PERSONAL)
    )


class Audited(BaseModel):
    """What is to be written down. The action is a noun and a verb: `role.delete`.

    `actor` is the user who did it, None for the program itself. `before` and `after` have only
    what changed, as JSON; never a secret.
    """

    model_config = ConfigDict(frozen=True)

    action: str
    actor: UUID | None
    subject_kind: str
    subject: UUID | None = None
    address: str = ""
    user_agent: str = ""
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


# Of an entry and of what lies beside it; the same terms write and verify.
_DIGEST = (
    "sha256(convert_to(jsonb_build_array({0}salt, {0}address, {0}user_agent, {0}before,"
    " {0}after)::text, 'UTF8'))"
)
_HASH = (
    "sha256({previous} || convert_to(jsonb_build_array({0}sequence, extract(epoch FROM {0}at),"
    " {0}action, {0}actor, {0}subject_kind, {0}subject, {0}digest)::text, 'UTF8'))"
)

CREATE: Final = (
    """
    CREATE FUNCTION audit_alias(someone uuid) RETURNS uuid LANGUAGE sql AS $$
        INSERT INTO audit_person AS p (alias, user_id) VALUES (gen_random_uuid(), someone)
        ON CONFLICT (user_id) DO UPDATE SET user_id = excluded.user_id
        RETURNING p.alias
    $$
    """,
    f"""
    CREATE FUNCTION audit_append(
        action text, actor uuid, subject_kind text, subject uuid,
        address text, user_agent text, before jsonb, after jsonb
    ) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        entry audit_entry;
        detail audit_detail;
        previous audit_entry;
    BEGIN
        -- One after the other, until the commit: otherwise two could follow the same one.
        PERFORM pg_advisory_xact_lock(hashtextextended('lyceum.audit', 0));
        SELECT * INTO previous FROM audit_entry ORDER BY sequence DESC LIMIT 1;
        entry.sequence := coalesce(previous.sequence, 0) + 1;
        entry.at := clock_timestamp();
        entry.action := action;
        entry.actor := CASE WHEN actor IS NOT NULL THEN audit_alias(actor) END;
        entry.subject_kind := subject_kind;
        entry.subject := CASE subject_kind
            WHEN '{USER}' THEN audit_alias(subject) ELSE subject END;
        detail := (entry.sequence, gen_random_uuid(), address, user_agent, before, after);
        entry.digest := {_DIGEST.format("detail.")};
        entry.hash := {_HASH.format("entry.", previous="coalesce(previous.hash, '')")};
        INSERT INTO audit_entry SELECT entry.*;
        INSERT INTO audit_detail SELECT detail.*;
    END $$
    """,  # noqa: S608 - made of the program's own terms
    """
    CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF coalesce(current_setting('lyceum.audit_erasing', true), '') <> 'yes' THEN
            RAISE EXCEPTION 'The audit log is only ever appended to.'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NULL;
    END $$
    """,
    *(
        f"""
        CREATE TRIGGER {table}_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()
        """
        for table in ("audit_entry", "audit_detail")
    ),
    f"""
    CREATE FUNCTION audit_erase(someone uuid) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE known uuid;
    BEGIN
        SELECT alias INTO known FROM audit_person WHERE user_id = someone;
        PERFORM set_config('lyceum.audit_erasing', 'yes', true);
        DELETE FROM audit_detail USING audit_entry
        WHERE audit_detail.sequence = audit_entry.sequence AND (
            audit_entry.actor = known
            OR (audit_entry.subject_kind = '{USER}' AND audit_entry.subject = known)
        );
        PERFORM set_config('lyceum.audit_erasing', '', true);
        DELETE FROM audit_person WHERE user_id = someone;
    END $$
    """,  # noqa: S608 - made of the program's own terms
)

DROP: Final = (
    "DROP FUNCTION audit_erase(uuid), audit_alias(uuid)",
    "DROP FUNCTION audit_append(text, uuid, text, uuid, text, text, jsonb, jsonb)",
    # After its tables.
    "DROP FUNCTION audit_refuse()",
)

# What an entry says has changed, one row for each name; nothing where somebody was erased.
CREATE_CHANGES: Final = """
    CREATE FUNCTION audit_changes(entry bigint)
    RETURNS TABLE (name text, before text, after text) LANGUAGE sql STABLE AS $$
        SELECT each, (d.before -> each)::text, (d.after -> each)::text
        FROM audit_detail AS d, jsonb_object_keys(
            CASE jsonb_typeof(d.before) WHEN 'object' THEN d.before ELSE '{}' END
            || CASE jsonb_typeof(d.after) WHEN 'object' THEN d.after ELSE '{}' END
        ) AS each
        WHERE d.sequence = entry
    $$
"""
DROP_CHANGES: Final = "DROP FUNCTION audit_changes(bigint)"

_APPEND = text(
    "SELECT audit_append(:action, :actor, :subject_kind, :subject, :address, :user_agent,"
    " :before, :after)"
).bindparams(
    bindparam("before", type_=JSONB(none_as_null=True)),
    bindparam("after", type_=JSONB(none_as_null=True)),
)

# So many entries are looked at in one statement.
_PART = 5000

# The last entry of the part before comes along, to be followed and not to be judged.
_VERIFY = f"""
    SELECT count(*), max(sequence), array_agg(sequence ORDER BY sequence) FILTER (WHERE broken)
    FROM (
        SELECT e.sequence,
            e.sequence <> e.before + 1
            OR e.hash <> {_HASH.format("e.", previous="e.previous")}
            OR d.salt IS NOT NULL AND e.digest <> {_DIGEST.format("d.")}
            OR d.salt IS NULL AND (e.actor IS NULL OR a.alias IS NOT NULL)
                AND (e.subject_kind <> '{USER}' OR e.subject IS NULL OR s.alias IS NOT NULL)
            AS broken
        FROM (
            SELECT *, lag(hash, 1, ''::bytea) OVER whole AS previous,
                lag(sequence, 1, 0::bigint) OVER whole AS before
            FROM (
                SELECT * FROM audit_entry WHERE sequence >= :start ORDER BY sequence LIMIT :size
            ) AS part WINDOW whole AS (ORDER BY sequence)
        ) AS e
        LEFT JOIN audit_detail AS d ON d.sequence = e.sequence
        LEFT JOIN audit_person AS a ON a.alias = e.actor
        LEFT JOIN audit_person AS s ON s.alias = e.subject
        WHERE e.sequence > :start
    ) AS judged
"""  # noqa: S608 - made of the program's own terms


async def append(session: WriteSession, entries: list[Audited]) -> None:
    """Write entries down. The log is locked until the end of the transaction."""
    for entry in entries:
        await session.execute(_APPEND, entry.model_dump())


@dataclass(frozen=True)
class Part:
    """Some entries, in their order: how many, the last one, and those that are broken."""

    count: int
    last: int
    broken: list[int]


async def verify(session: ReadSession) -> AsyncIterator[Part]:
    """Look at the whole log, a part at a time.

    An entry is broken if it isn't what was written, if it follows a gap, or if what it says of
    people is gone though none of them was erased. That the last entries are missing shows
    nowhere: who wants to know keeps the number and hash of an entry elsewhere.
    """
    start = 0
    while True:
        columns: list[Any] = [literal_column(name) for name in ("count", "max", "array_agg")]
        given = text(f"({_VERIFY}) AS part").bindparams(start=start, size=_PART + (start > 0))
        [(count, last, broken)] = await session.rows(select(*columns).select_from(given))
        if not count:
            return
        yield Part(count, last, broken or [])
        start = last


async def broken(session: ReadSession) -> list[int]:
    """The entries that `verify` finds broken."""
    return [each async for part in verify(session) for each in part.broken]


async def newest(session: ReadSession) -> AuditEntry | None:
    """The last entry, if there is any."""
    return await session.first(
        select(AuditEntry).order_by(col(AuditEntry.sequence).desc()).limit(1)
    )
