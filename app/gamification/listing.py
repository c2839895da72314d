"""Which standings are on the boards: kept by the database, as `policy.listed` says of their users.

So the place of somebody far down is counted in an index alone. A standing is made as its user is
at that moment: whoever changes the user waits meanwhile, and changes it then.
"""

from typing import Final

CREATE: Final = (
    """
    CREATE FUNCTION is_listed(person user_account) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
        SELECT person.status = 'ACTIVE'
            AND person.profile_audience <> 'NOBODY' AND person.leaderboard_audience <> 'NOBODY'
    $$
    """,
    """
    CREATE FUNCTION list_standing() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE person user_account;
    BEGIN
        SELECT * INTO person FROM user_account WHERE id = NEW.user_id FOR SHARE;
        NEW.listed := coalesce(is_listed(person), false);
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER list_standing BEFORE INSERT ON standing
        FOR EACH ROW EXECUTE FUNCTION list_standing()
    """,
    """
    CREATE FUNCTION list_standings() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE standing SET listed = is_listed(NEW) WHERE user_id = NEW.id;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER list_standings
        AFTER UPDATE OF status, profile_audience, leaderboard_audience ON user_account
        FOR EACH ROW WHEN (is_listed(OLD) <> is_listed(NEW))
        EXECUTE FUNCTION list_standings()
    """,
)
DROP: Final = (
    "DROP TRIGGER list_standings ON user_account",
    "DROP TRIGGER list_standing ON standing",
    "DROP FUNCTION list_standings()",
    "DROP FUNCTION list_standing()",
    "DROP FUNCTION is_listed(user_account)",
)
