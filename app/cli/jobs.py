"""`lyceum jobs`: jobs that failed for good, and another try."""

from uuid import UUID

import app.schema  # noqa: F401 - replay finds every job by its name
from app.cli.console import say
from app.core.db import Database
from app.core.outbox import dead_jobs, replay
from app.core.settings import Settings
from app.core.startup import StartupError
from app.core.uow import begin


async def show(settings: Settings) -> None:
    """One line for each dead job, newest first."""
    database = Database(settings.database_url, pool_size=1)
    try:
        async with database.read() as session:
            jobs = await dead_jobs(session)
    finally:
        await database.close()
    for job in jobs:
        words = job.error.strip().splitlines()[-1:] or ["no error was kept"]
        say(f"{job.id}  {job.created_at:%Y-%m-%d %H:%M}  {job.name}  {job.payload}  {words[0]}")
    if not jobs:
        say("No job has failed for good.")


async def run_again(settings: Settings, key: UUID) -> None:
    """Put a dead job back; it runs as soon as a relay and a worker do."""
    database = Database(settings.database_url, pool_size=1)
    try:
        async with begin(database) as uow:
            known = await replay(uow.session, key)
    finally:
        await database.close()
    if not known:
        raise StartupError(f"There is no dead job {key}.")
    say(f"{key} is queued again.")
