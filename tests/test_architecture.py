"""The house's rules, as far as a program can check them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.core.jobs import QUEUES, Job

_ROOT = Path(__file__).resolve().parents[1]


class TestImports:
    def test_contracts(self) -> None:
        command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
        done = subprocess.run(
            [sys.executable, "-c", command, "--no-cache"],
            cwd=_ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.usefixtures("worker_environment")
class TestJobs:
    def test_each_has_one_actor_on_its_queue(self) -> None:
        from workers.main import broker

        actors = {name: broker.get_actor(name).queue_name for name in broker.get_declared_actors()}
        assert actors == {name: job.queue for name, job in Job.registry.items()}
        assert set(actors.values()) <= set(QUEUES)

    def test_each_has_limits(self) -> None:
        from workers.main import broker

        for name in broker.get_declared_actors():
            options = broker.get_actor(name).options
            assert 0 < options["time_limit"] <= 10 * 60 * 1000
            assert 0 < options["max_retries"] <= 10


_KNOWN = """
import json, workers.{process}
from app.core.jobs import Job
from workers.following import _followers
print(json.dumps([sorted(Job.registry), {{each: sorted(_followers[each]) for each in _followers}}]))
"""


@pytest.mark.usefixtures("worker_environment")
class TestProcesses:
    def test_relay_and_workers_know_the_same_jobs_and_followers(self) -> None:
        jobs, followers = self._known("clock")
        assert jobs
        assert {"payment.verified", "course.learned"} <= followers.keys()
        assert self._known("main") == [jobs, followers]

    def _known(self, process: str) -> Any:
        program = _KNOWN.format(process=process)
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=_ROOT, capture_output=True, check=True
        )
        return json.loads(done.stdout)
