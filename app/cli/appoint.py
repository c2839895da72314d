"""`lyceum appoint`: the first who may do everything."""

from app.accounts.service.administration import appoint
from app.cli.console import say
from app.core.db import Database
from app.core.settings import Settings
from app.core.startup import StartupError
from app.core.uow import begin


async def appoint_super_admin(settings: Settings, login: str) -> None:
    """Give an account the role `super_admin` for good. Raises `StartupError` if there is none."""
    database = Database(settings.database_url, pool_size=1)
    try:
        async with begin(database) as uow:
            user = await appoint(uow, login)
    finally:
        await database.close()
    if user is None:
        raise StartupError(f"There is no account {login}.")
    say(f"{user.username} is super_admin.")
