"""A real worker process that sends letters and text messages."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import select

from app.core.caught import Letters
from app.core.mail import Mail, SendMail, SendSms, Sms
from app.core.outbox import DeadJob
from app.core.resources import Resources
from tests.conftest import SECRET
from tests.factories import waiting_jobs
from tests.post import MailServer, Provider, mail_server, provider
from tests.waiting import eventually
from workers.outbox import send_due

MAIL = Mail(to="ana@example.com", subject="Your code", text="It is 123456.")
SMS = Sms(to="+41791234567", text="Your code is 123456.")
_SECONDS = 60
_OPTIONS = ("--processes", "1", "--threads", "2", "--skip-logging", "--queues", "default")


class Worker:
    """A worker of the default queue, and what it says."""

    def __init__(self, resources: Resources, folder: Path, **environment: str) -> None:
        self._resources = resources
        self.log = folder / "worker.log"
        self.data_dir = folder
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "dramatiq", "workers.main", *_OPTIONS],
                env=os.environ
                | {
                    "DATABASE_URL": resources.settings.database_url,
                    "REDIS_URL": resources.settings.redis_url,
                    "LYCEUM_SECRET_KEY": SECRET,
                    "LYCEUM_DATA_DIR": str(folder),
                }
                | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    async def post(self, *messages: Mail | Sms) -> list[SendMail | SendSms]:
        """Put messages on a unit of work, and relay them."""
        from workers.broker import broker

        jobs: list[SendMail | SendSms] = []
        async with self._resources.begin() as uow:
            for each in messages:
                kind = SendMail if isinstance(each, Mail) else SendSms
                jobs.append(await kind.of(self._resources.envelope, each))
                uow.enqueue(jobs[-1])
        assert await send_due(self._resources, broker) == len(messages)
        return jobs

    async def again(self, job: SendMail | SendSms) -> None:
        """Relay a job once more, as after a crash."""
        from workers.broker import broker

        async with self._resources.begin() as uow:
            uow.enqueue(job)
        await send_due(self._resources, broker)

    async def dead(self) -> list[DeadJob]:
        """The jobs that it gave up."""
        async with self._resources.database.read() as session:
            return await session.all(select(DeadJob))

    def says(self, words: str, times: int = 1) -> bool:
        """Whether it has said something so often."""
        assert self.process.poll() is None, self.log.read_text()
        return self.log.read_text().count(words) >= times

    async def end(self) -> None:
        """Stop it."""
        self.process.terminate()
        await asyncio.to_thread(self.process.wait, 30)


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as made:
        yield made


@pytest.fixture
async def http() -> AsyncIterator[Provider]:
    async with provider() as made:
        yield made


@pytest.fixture
async def worker(
    resources: Resources,
    tmp_path: Path,
    server: MailServer,
    http: Provider,
    worker_environment: None,
) -> AsyncIterator[Worker]:
    made = Worker(
        resources,
        tmp_path,
        LYCEUM_ENVIRONMENT="production",
        LYCEUM_SMTP_HOST="127.0.0.1",
        LYCEUM_SMTP_PORT=str(server.port),
        LYCEUM_SMTP_TLS="none",
        LYCEUM_SMTP_SENDER="Lyceum <lyceum@example.org>",
        LYCEUM_SMS_URL=http.url,
        LYCEUM_SMS_ACCOUNT="AC1",
        LYCEUM_SMS_TOKEN="secret",
        LYCEUM_SMS_SENDER="+15550001",
    )
    yield made
    await made.end()


class TestWorker:
    async def test_later_is_tried_again_and_never_is_not(
        self, worker: Worker, server: MailServer, http: Provider, resources: Resources
    ) -> None:
        server.answers = ["451 4.7.1 <ana@example.com> come again"]
        http.answers = [503]
        mail, sms = await worker.post(MAIL, SMS)
        await eventually(lambda: server.letters and http.messages, _SECONDS)
        assert [letter["Message-ID"] for letter in server.letters] == [f"<{mail.key}@example.org>"]
        assert [message["Body"] for message in http.messages] == [SMS.text]

        # The relay may send a job twice: the message goes out once.
        await eventually(lambda: worker.says('"outcome": "done"', 2) or worker.says('"done"', 2))
        await worker.again(mail)
        await worker.again(sms)
        await eventually(lambda: worker.says('"done"', 4), _SECONDS)
        assert len(server.letters) == len(http.messages) == 1

        server.answers = ["550 5.1.1 <ana@example.com> is nobody"]
        http.answers = [400]
        await worker.post(MAIL, SMS)

        async def both_are_dead() -> bool:
            return len(await worker.dead()) == 2

        await eventually(both_are_dead, _SECONDS)
        dead = {job.name: job for job in await worker.dead()}
        assert {job.attempts for job in dead.values()} == {1}
        assert "The mail server answered 550." in dead["send_mail"].error
        assert "The provider answered 400." in dead["send_sms"].error
        said = worker.log.read_text() + "".join(job.error for job in dead.values())
        assert said.count("post.refused") == 2
        for secret in ("ana@example.com", "41791234567", "123456", "right", "is nobody"):
            assert secret not in said
        assert await waiting_jobs(resources) == []

    @pytest.mark.usefixtures("worker_environment")
    async def test_development_keeps_them(self, resources: Resources, tmp_path: Path) -> None:
        worker = Worker(resources, tmp_path)
        try:
            await worker.post(MAIL, SMS)
            letters = Letters.below(tmp_path)
            await eventually(lambda: len(letters.names()) == 2, _SECONDS)
        finally:
            await worker.end()
        found = letters.read(letters.names())
        assert {(each.to, each.subject, each.text) for each in found} == {
            (MAIL.to, MAIL.subject, MAIL.text),
            (SMS.to, None, SMS.text),
        }
