"""Dramatiq on Redis, with typed jobs: one actor for each `Job`, and dead jobs kept."""

import asyncio
import threading
import traceback
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from time import perf_counter
from typing import Any, TypeVar

import dramatiq
import structlog
from dramatiq.asyncio import get_event_loop_thread
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import (
    AgeLimit,
    AsyncIO,
    Callbacks,
    Middleware,
    Retries,
    ShutdownNotifications,
    TimeLimit,
)
from pydantic import ValidationError

from app.core import logging
from app.core.jobs import QUEUES, Job
from app.core.metrics import JOBS
from app.core.outbox import DeadJob
from app.core.resources import Resources, open_resources
from app.core.settings import get_settings
from workers.inference import models

JobT = TypeVar("JobT", bound=Job)

log = logging.get_logger(__name__)


class _Process:
    """The resources of this worker process: opened by its first job, in its event loop."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._resources: Resources | None = None

    async def resources(self) -> Resources:
        async with self._opening:
            if self._resources is None:
                opened = open_resources(get_settings())
                self._resources = await self._stack.enter_async_context(opened)
            return self._resources

    async def close(self) -> None:
        await self._stack.aclose()


_process = _Process()


class _Lifecycle(Middleware):
    """Logs of the process, and the end of its resources."""

    def after_process_boot(self, _: dramatiq.Broker) -> None:
        settings = get_settings()
        logging.configure(settings.log_level, settings.log_format)

    def before_worker_shutdown(self, _: dramatiq.Broker, __: dramatiq.Worker) -> None:
        thread = get_event_loop_thread()
        if thread is not None:
            thread.run_coroutine(_process.close())


class _WarmUp(Middleware):
    """Loads the speech model before the first words come: nobody should wait for that."""

    def after_worker_boot(self, _: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        queues = worker.consumer_whitelist
        if queues is None or "speech" in queues:
            threading.Thread(target=models.warm_up, daemon=True).start()


class _DeadLetters(Middleware):
    """A job whose retries are used up goes to `dead_job`, where it can be seen and replayed."""

    def after_process_message(
        self,
        _: dramatiq.Broker,
        message: dramatiq.MessageProxy,
        *,
        result: Any = None,  # noqa: ARG002 - dramatiq names it
        exception: BaseException | None = None,
    ) -> None:
        if exception is not None:
            message.options[_ERROR] = "".join(traceback.format_exception(exception))

    def after_nack(self, _: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        thread = get_event_loop_thread()
        if thread is not None:
            thread.run_coroutine(_bury(message))


async def _bury(message: dramatiq.MessageProxy) -> None:
    error = str(message.options.get(_ERROR, ""))
    log.error("job.dead", job=message.actor_name, error=error[-2000:])
    resources = await _process.resources()
    async with resources.begin() as uow:
        uow.session.add(
            DeadJob(
                name=message.actor_name,
                payload=dict(message.kwargs),
                error=error[-10_000:],
                attempts=int(message.options.get("retries", 0)) + 1,
            )
        )


_ERROR = "error"

_LONGEST_PAUSE = timedelta(minutes=1)

# Of a job's arguments, what is longer (a sealed letter) is nothing for a log.
_LONGEST_LOGGED = 100

# How long an idle consumer waits before it looks again, at most, in ms. Speech is live, and
# somebody waits for what the others do.
_IDLE = {"speech": 20, "ai": 100, "code": 50}


class _PromptBroker(RedisBroker):
    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Any:
        wait = min(timeout, _IDLE.get(queue_name, timeout))
        return super().consume(queue_name, prefetch, wait)


def _make_broker() -> RedisBroker:
    made = _PromptBroker(  # type: ignore[no-untyped-call]
        url=get_settings().redis_url,
        # A killed worker's jobs go to another one after this time, in ms.
        heartbeat_timeout=10_000,
        middleware=[
            AgeLimit(),
            TimeLimit(),
            ShutdownNotifications(),
            Callbacks(),
            Retries(max_retries=5, min_backoff=1_000),
            AsyncIO(),
            _Lifecycle(),
            _WarmUp(),
            _DeadLetters(),
        ],
    )
    for queue in QUEUES:
        made.declare_queue(queue)
    return made


broker = _make_broker()
dramatiq.set_broker(broker)


def handles(
    job: type[JobT],
    *,
    time_limit: timedelta,
    max_retries: int = 5,
    longest_pause: timedelta = _LONGEST_PAUSE,
    final: tuple[type[Exception], ...] = (),
) -> Callable[[Callable[[Resources, JobT], Awaitable[None]]], dramatiq.Actor[..., Any]]:
    """Make a function the one actor of a job. It may be called again with the same job.

    Pauses between tries double from a second to the longest; an error of `final` ends the job.
    """

    def decorate(function: Callable[[Resources, JobT], Awaitable[None]]) -> Any:
        async def run(**arguments: Any) -> None:
            with structlog.contextvars.bound_contextvars(job=job.name, **_brief(arguments)):
                started, outcome = perf_counter(), "failed"
                try:
                    await function(await _process.resources(), job.model_validate(arguments))
                    outcome = "done"
                finally:
                    seconds = perf_counter() - started
                    JOBS.labels(job.name, outcome).observe(seconds)
                    log.info("job", outcome=outcome, ms=round(seconds * 1000, 1))

        return dramatiq.actor(
            actor_name=job.name,
            queue_name=job.queue,
            time_limit=int(time_limit.total_seconds() * 1000),
            max_retries=max_retries,
            max_backoff=int(longest_pause.total_seconds() * 1000),
            # Arguments that don't fit will not fit at another time.
            throws=(ValidationError, *final),
        )(run)

    return decorate


def _brief(arguments: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in arguments.items()
        if not isinstance(value, str) or len(value) <= _LONGEST_LOGGED
    }
