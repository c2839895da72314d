"""The triggers that keep `auth_session.rights_version`, so that no code path can forget it.

The version of a live session changes in the same transaction as what it may do: roles given or
taken, a role's permissions or name, the account's status, the session's end. What expires does
so at a time that was read with the version, and changes nothing. The commit notifies the channel
`rights` of the sessions, their ids with commas between them: whose connections are open is told.

A session that begins while rights change elsewhere could be missed by the change and yet be
read before it is committed. So the two wait for each other:

- A change for some users holds their rows in `user_account`, as a session does that begins.
- A change for a role, with everybody who has it, holds the lock `_ROLES` alone; sessions that
  begin and changes for users share it.

Everything takes locks in this order: `_ROLES`, users by id, sessions by id. After waiting, each
statement of these functions looks anew, which READ COMMITTED gives and a stricter level doesn't.
"""

from typing import Final

from sqlalchemy import TextClause, text

# The key of an advisory lock that ends with the transaction.
_ROLES: Final = "hashtextextended('lyceum.rights.roles', 0)"
# What a transaction takes before it changes many roles' or users' rights at once.
HOLD_ROLES: Final = f"SELECT pg_advisory_xact_lock({_ROLES})"
# What a transaction takes before it holds a user's row and then changes what they may do.
SHARE_ROLES: Final = f"SELECT pg_advisory_xact_lock_shared({_ROLES})"

_FUNCTIONS: Final = (
    """
    CREATE FUNCTION rights_touch(users uuid[]) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE touched uuid[];
    BEGIN
        WITH changed AS (
            UPDATE auth_session SET rights_version = rights_version + 1
            FROM (
                SELECT id FROM auth_session
                WHERE user_id = ANY (users) AND ended_at IS NULL AND expires_at > now()
                ORDER BY id FOR NO KEY UPDATE
            ) AS live
            WHERE auth_session.id = live.id
            RETURNING auth_session.id
        ) SELECT array_agg(id) INTO touched FROM changed;
        -- A notification holds 8000 bytes.
        PERFORM pg_notify('rights', string_agg(id::text, ','))
        FROM unnest(touched) WITH ORDINALITY AS each (id, n) GROUP BY n / 200;
    END $$
    """,
    f"""
    CREATE FUNCTION rights_of_users_change(users uuid[]) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        IF cardinality(users) > 0 THEN
            PERFORM pg_advisory_xact_lock_shared({_ROLES});
            PERFORM FROM user_account WHERE id = ANY (users) ORDER BY id FOR NO KEY UPDATE;
            PERFORM rights_touch(users);
        END IF;
    END $$
    """,
    f"""
    CREATE FUNCTION rights_of_roles_change(roles uuid[]) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        IF cardinality(roles) > 0 THEN
            PERFORM pg_advisory_xact_lock({_ROLES});
            PERFORM rights_touch(
                ARRAY(SELECT DISTINCT user_id FROM user_role WHERE role_id = ANY (roles))
            );
        END IF;
    END $$
    """,  # noqa: S608 - only a constant is put in
    """
    CREATE FUNCTION rights_user_role() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM rights_of_users_change(ARRAY(SELECT DISTINCT user_id FROM changed));
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION rights_role_permission() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM rights_of_roles_change(ARRAY(SELECT DISTINCT role_id FROM changed));
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION rights_role_name() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM rights_of_roles_change(ARRAY[NEW.id]);
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION rights_status() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM rights_of_users_change(ARRAY[NEW.id]);
        RETURN NULL;
    END $$
    """,
    f"""
    CREATE FUNCTION rights_status_first() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared({_ROLES});
        RETURN NULL;
    END $$
    """,
    f"""
    CREATE FUNCTION rights_session_begins() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared({_ROLES});
        PERFORM FROM user_account WHERE id = NEW.user_id FOR NO KEY UPDATE;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION rights_session_ends() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.rights_version := OLD.rights_version + 1;
        PERFORM pg_notify('rights', NEW.id::text);
        RETURN NEW;
    END $$
    """,
)

# The rows that a statement changed: as they are, or as they were.
_CHANGES: Final = (("INSERT", "NEW"), ("UPDATE", "OLD"), ("UPDATE", "NEW"), ("DELETE", "OLD"))

CREATE: Final = (
    *_FUNCTIONS,
    *(
        f"""
        CREATE TRIGGER {table}_rights_{event.lower()}_{rows.lower()} AFTER {event} ON {table}
        REFERENCING {rows} TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION rights_{table}()
        """
        for table in ("user_role", "role_permission")
        for event, rows in _CHANGES
    ),
    """
    CREATE TRIGGER role_rights_name AFTER UPDATE OF name ON role
    FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name)
    EXECUTE FUNCTION rights_role_name()
    """,
    # An update holds the user's row before its other triggers run.
    """
    CREATE TRIGGER user_account_rights_first BEFORE UPDATE OF status ON user_account
    FOR EACH STATEMENT EXECUTE FUNCTION rights_status_first()
    """,
    """
    CREATE TRIGGER user_account_rights_status AFTER UPDATE OF status ON user_account
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION rights_status()
    """,
    """
    CREATE TRIGGER auth_session_rights_begin BEFORE INSERT ON auth_session
    FOR EACH ROW EXECUTE FUNCTION rights_session_begins()
    """,
    # A life made shorter is an end that nobody could know beforehand.
    """
    CREATE TRIGGER auth_session_rights_end BEFORE UPDATE OF ended_at, expires_at ON auth_session
    FOR EACH ROW WHEN (
        OLD.ended_at IS DISTINCT FROM NEW.ended_at OR NEW.expires_at < OLD.expires_at
    )
    EXECUTE FUNCTION rights_session_ends()
    """,
)

# After their tables, whose triggers went with them.
DROP: Final = (
    "DROP FUNCTION rights_session_ends(), rights_session_begins(), rights_status_first(),"
    " rights_status(), rights_role_name(), rights_role_permission(), rights_user_role(),"
    " rights_of_roles_change(uuid[]), rights_of_users_change(uuid[]), rights_touch(uuid[])"
)


def hold() -> TextClause:
    """A statement that takes the lock for sessions that begin: before any user's row is held."""
    return text(f"SELECT pg_advisory_xact_lock_shared({_ROLES})")
