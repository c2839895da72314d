"""`lyceum keys rotate`: stored secrets, sealed by the master key that counts now."""

from cryptography.exceptions import InvalidTag

import app.models  # noqa: F401 - every table
from app.cli.console import say
from app.core.db import Database
from app.core.envelope import Envelope, MasterKeys
from app.core.rotation import rotate, sealed_columns
from app.core.settings import Settings
from app.core.startup import StartupError


async def renew(settings: Settings) -> None:
    """One line for each column that holds secrets."""
    envelope = Envelope(MasterKeys.of(settings.master_keys, settings.secret_key))
    database = Database(settings.database_url, pool_size=1)
    try:
        for column in sealed_columns():
            name = f"{column.table.name}.{column.name}"
            try:
                done = await rotate(database, envelope, column)
            except (KeyError, InvalidTag) as error:
                raise StartupError(
                    f"{name} has secrets sealed by a master key {error} that isn't in"
                    " LYCEUM_MASTER_KEYS: add it behind the first, and begin again."
                ) from None
            say(f"{name}: {done.renewed} sealed anew, {done.current} were so already")
    finally:
        await database.close()
    say("Everything is sealed by the first master key.")
