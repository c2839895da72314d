"""`lyceum audit verify`: whether the audit log is what was written."""

from app.cli.console import say
from app.core import audit
from app.core.db import Database
from app.core.settings import Settings

_SHOWN = 20


async def verify(settings: Settings) -> int:
    """Look at every entry and say what was found; 0 if the log is whole, else 1.

    The last entry's hash is told: kept elsewhere, it shows later that none was cut off the end.
    """
    database = Database(settings.database_url, pool_size=1)
    count, broken, shown = 0, 0, list[int]()
    try:
        async with database.read() as session:
            async for part in audit.verify(session):
                count += part.count
                broken += len(part.broken)
                shown += part.broken[: _SHOWN - len(shown)]
            last = await audit.newest(session)
    finally:
        await database.close()
    if last is None:
        say("The audit log has no entries.")
        return 0
    say(f"Entries: {count:,}. The last one has number {last.sequence} and hash {last.hash.hex()}.")
    if not broken:
        say("None was changed, and none is missing before the last one.")
        return 0
    more = " and others" if broken > len(shown) else ""
    numbers = ", ".join(str(each) for each in shown)
    say(f"Changed, or after a gap: {broken:,}, with the numbers {numbers}{more}.")
    return 1
