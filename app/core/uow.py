"""The unit of work: one transaction of a use-case, and all that leaves the process with it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core import audit, idempotency
from app.core.audit import Audited
from app.core.authentication import RightsChanged
from app.core.client import NOBODY, Client
from app.core.db import Database, WriteSession
from app.core.events import Event
from app.core.graph.read.pool import Readers
from app.core.graph.read.returning import Returning
from app.core.jobs import Job
from app.core.outbox import PendingJob, persist
from app.core.viewer import Viewer


class UnitOfWork:
    """Rows, events, jobs and audit entries that are committed together or not at all.

    `client` is where the request came from, as the audit log says it.
    """

    def __init__(self, session: WriteSession, client: Client) -> None:
        self.session = session
        self._client = client
        self._audited: list[Audited] = []
        self._events: list[Event] = []
        self._jobs: list[PendingJob] = []

    def publish(self, *events: Event) -> None:
        """Tell these after the commit, in this order within each stream.

        A transient one goes the same way, so that it keeps its place among the others.
        """
        self._events.extend(events)

    def enqueue(self, job: Job, *, delay: timedelta = timedelta()) -> None:
        """Do this after the commit."""
        self._jobs.append(PendingJob(job=job, delay=delay))

    def audit(
        self,
        action: str,
        actor: UUID | None,
        subject: tuple[str, UUID | None],
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> None:
        """Write down who did what to what (`Audited` says how), with the commit."""
        kind, key = subject
        self._audited.append(
            Audited(
                action=action,
                actor=actor,
                subject_kind=kind,
                subject=key,
                address=self._client.address,
                user_agent=self._client.user_agent,
                before=before,
                after=after,
            )
        )

    async def commit(self) -> None:
        """Write the outbox and end the transaction. Only `begin` calls this."""
        await self.session.flush()
        await persist(self.session, self._events, self._jobs)
        await idempotency.mark_committed(self.session)
        await self.session.flush()
        # Last, for the log is locked from here on.
        await audit.append(self.session, self._audited)
        await self.session.commit()


async def in_one_statement(
    readers: Readers,
    viewer: Viewer,
    sql: str,
    parameters: Sequence[Any],
    returning: Returning | None,
) -> Any:
    """A unit of work that is a single statement: its row.

    For what happens all the time: a transaction costs several times as much. The statement
    publishes its events itself, by `publish_event`, and confirms the viewer's rights itself: after
    its own parameters come the auth session and the version of its rights. If that isn't the
    session's any more, it does nothing and has no row, and this raises `RightsChanged`. Where it
    says `RETURNED`, it gives what is shown of what it wrote, to `returning`.
    """
    given = (*parameters, viewer.auth_session_id, viewer.rights_version)
    if returning is not None:
        sql = returning.column.within(sql, len(given))
        given += returning.parameters
    rows = await readers.write(sql, given, *idempotency.mark())
    if not rows:
        raise RightsChanged
    if returning is None:
        return rows[0]
    *row, shown = rows[0]
    returning.take(shown)
    return row


@asynccontextmanager
async def begin(database: Database, client: Client = NOBODY) -> AsyncIterator[UnitOfWork]:
    """A unit of work: committed when the block ends, rolled back when it raises."""
    async with database.write() as session:
        uow = UnitOfWork(session, client)
        yield uow
        await uow.commit()
