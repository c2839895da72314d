"""`lyceum dev`: everything that a server needs, started, watched and stopped as one."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from app.cli import checks, record
from app.cli.console import Transfers, say
from app.cli.letters import Arrivals, heading
from app.cli.processes import Interrupts, Program, Supervisor
from app.cli.services import Services
from app.core import weights
from app.core.caught import Letters
from app.core.embedded.lifeline import end_leftover, lifeline
from app.core.settings import Settings
from app.core.startup import StartupError

_READY_SECONDS = 120.0
_HOPELESS_DEATHS = 3
_WORKER_GRACE_SECONDS = 10
_TICK_SECONDS = 0.1
_OK = 200
_API_STAGE, _WORKER_STAGE, _CLOCK_STAGE = 1, 2, 3


def run(settings: Settings) -> int:
    """Run until Ctrl-C or SIGTERM; the exit code. Raises `StartupError`."""
    interrupts = Interrupts()
    interrupts.install()
    folder = settings.data_dir
    try:
        checks.make_data_folder(folder)
        lock = record.lock_of(folder)
        if not lock.acquire(wait=False):
            raise _already_running(settings)
        try:
            _end_leftovers(folder)
            checks.port_is_free(settings.host, settings.port)
            checks.native_parts_are_built()
            _Dev(settings, interrupts).run()
        finally:
            record.remove(folder)
            lock.release()
    except KeyboardInterrupt:
        pass
    return 130 if interrupts.forced else 0


class _Dev:
    """One run, in the order of its methods."""

    def __init__(self, settings: Settings, interrupts: Interrupts) -> None:
        self._settings = settings
        self._interrupts = interrupts
        self._services = Services(settings)
        self._supervisor: Supervisor | None = None
        self._samples = ""
        self._letters = Arrivals(Letters.below(settings.data_dir))
        self._letters.look()  # old ones are no news
        self._ready = False

    def run(self) -> None:
        """Start everything, say where it is, watch it, and stop it whatever happens."""
        started_at = time.monotonic()
        try:
            self._services.launch()
            fetch_files(self._settings)
            self._services.wait()
            self._migrate()
            self._start()
            self._ready = True
            self._write_record()
            say(_banner(self._settings, self._samples, time.monotonic() - started_at))
            while True:
                self._watch()
        finally:
            self._stop()

    def _migrate(self) -> None:
        from app.core.migrate import upgrade

        upgrade(self._services.database_url)

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": self._services.database_url,
            "REDIS_URL": self._services.redis_url,
            "LYCEUM_SECRET_KEY": checks.secret_key(self._settings),
            "LYCEUM_DATA_DIR": str(self._settings.data_dir),
            "LYCEUM_HOST": self._settings.host,
            "LYCEUM_PORT": str(self._settings.port),
            "LYCEUM_LOG_FORMAT": "json",
            "PYTHONUNBUFFERED": "1",
        }

    def _start(self) -> None:
        """Start the programs and put the samples in.

        The API comes up first: on two cores, the workers' imports would double its time.
        """
        environment = self._environment()
        self._supervisor = Supervisor(
            programs(),
            environment=environment,
            log_folder=self._settings.data_dir / "logs",
            say=say,
            changed=self._write_record,
        )
        self._supervisor.start(_API_STAGE)
        self._samples = _seed(environment, self._watch)
        self._await(self._supervisor, lambda: answers(self._settings) is not None)
        self._supervisor.start(_WORKER_STAGE, _CLOCK_STAGE)
        self._await(self._supervisor, lambda: answers(self._settings) == _OK)

    def _write_record(self) -> None:
        assert self._supervisor is not None
        record.write(
            self._settings.data_dir,
            record.Running(
                url=address(self._settings),
                pid=os.getpid(),
                ready=self._ready,
                database_url=self._services.database_url,
                redis_url=self._services.redis_url,
                processes=self._services.pids() | self._supervisor.pids(),
            ),
        )

    def _watch(self) -> None:
        """One look at every process."""
        assert self._supervisor is not None
        if self._services.tick(say):
            self._write_record()
        self._supervisor.tick()
        for letter in self._letters.look():
            say(f"{heading(letter)} (read it with `lyceum letters`)")
        time.sleep(_TICK_SECONDS)

    def _await(self, supervisor: Supervisor, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not condition():
            if supervisor.deaths("api") >= _HOPELESS_DEATHS or time.monotonic() > deadline:
                log = self._settings.data_dir / "logs" / "api.log"
                words = supervisor.last_words("api") or "it said nothing"
                raise StartupError(f"The API does not get ready: {words} (see {log}).")
            self._watch()

    def _stop(self) -> None:
        """Stop in order; from here on a Ctrl-C is the second one, and forces."""
        self._interrupts.raising = False
        if self._supervisor is not None:
            if self._interrupts.count:
                say("Stopping; press Ctrl-C once more not to wait.")
            self._supervisor.stop(lambda: self._interrupts.forced)
        self._services.stop(force=self._interrupts.forced)


def programs() -> tuple[Program, ...]:
    """What runs beside the services: the API stops first, so that no new work comes in."""
    python = sys.executable
    patience = _WORKER_GRACE_SECONDS - 2
    speech = worker_command(["speech"], threads=2, patience=patience)
    code = worker_command(["code"], threads=2, patience=patience)
    others = worker_command(["default", "ai"], threads=8, patience=patience)
    return (
        Program("api", (python, "-m", "app.cli", "serve"), _API_STAGE, grace=15),
        Program("worker-speech", speech, _WORKER_STAGE, _WORKER_GRACE_SECONDS),
        Program("worker-code", code, _WORKER_STAGE, _WORKER_GRACE_SECONDS),
        Program("worker", others, _WORKER_STAGE, _WORKER_GRACE_SECONDS),
        Program("clock", (python, "-m", "workers.clock"), _CLOCK_STAGE, grace=5),
    )


def worker_command(queues: list[str], threads: int, patience: int) -> tuple[str, ...]:
    """The command of one worker process; running jobs get `patience` seconds to finish."""
    command = [sys.executable, "-m", "dramatiq", "workers.main", "--processes", "1"]
    command += ["--threads", str(threads), "--skip-logging"]
    command += ["--worker-shutdown-timeout", str(patience * 1000), "--queues", *queues]
    return tuple(command)


def address(settings: Settings) -> str:
    """The server's address for a program on this machine."""
    loopback = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, not bound
    host = loopback.get(settings.host, settings.host)
    return f"http://{host}:{settings.port}"


def fetch_files(settings: Settings) -> None:
    """Fetch or verify the models; build GraphiQL's page and the sandbox if they never were."""
    from app.core.graphiql import ensure_built

    with Transfers() as transfers:
        for purpose, model in weights.configured(settings).items():
            weights.ensure(model, transfers, purpose=purpose)
    ensure_built(say)
    build_sandbox(settings, say)


def build_sandbox(settings: Settings, say: Callable[[str], None]) -> None:
    """Build the interpreter that learners' programs run in, unless it is there already.

    Half a minute of work, in a process of its own. Raises `StartupError`.
    """
    command = [sys.executable, "-m", "workers.sandbox", str(settings.data_dir / "sandbox")]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lifeline(signal.SIGTERM),  # noqa: PLW1509 - one system call
    ) as building:
        assert building.stdout is not None
        assert building.stderr is not None
        for line in building.stdout:
            say(line.rstrip())
        words = building.stderr.read().strip().splitlines()
    if building.returncode != 0:
        raise StartupError(words[-1] if words else "The sandbox could not be built.")


def _already_running(settings: Settings) -> StartupError:
    running = record.last(settings.data_dir)
    where = f" at {running.url} (process {running.pid})" if running else ""
    return StartupError(
        f"Lyceum already runs{where} with the data folder {settings.data_dir}: stop it first, or "
        "set LYCEUM_DATA_DIR to another folder."
    )


def _end_leftovers(folder: Path) -> None:
    """End what a killed `lyceum dev` left: it was told to stop, and may need a moment."""
    running = record.last(folder)
    if running is None:
        return
    marks = [" ".join(program.command[1:]) for program in programs()]
    for mark in marks:
        for pid in record.leftovers(running, [mark]):
            end_leftover(pid, mark, polite=signal.SIGTERM, seconds=10)


def _seed(environment: dict[str, str], watch: Callable[[], None]) -> str:
    """Put the sample data in, beside the starting programs; the sign-ins as lines."""
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", "seed"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
        preexec_fn=lifeline(signal.SIGTERM),  # noqa: PLW1509 - one system call
    ) as seeding:
        try:
            while seeding.poll() is None:
                watch()
        except BaseException:
            seeding.kill()
            raise
        out, err = seeding.communicate()
    if seeding.returncode != 0:
        words = err.strip().splitlines()[-1:] or [f"exit code {seeding.returncode}"]
        raise StartupError(f"The sample data can't be put in: {words[0].removeprefix('lyceum: ')}")
    return out.rstrip()


def answers(settings: Settings) -> int | None:
    """The status with which the server at the configured address answers `/ready`, if it does."""
    try:
        with urllib.request.urlopen(f"{address(settings)}/ready", timeout=2) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def _banner(settings: Settings, samples: str, seconds: float) -> str:
    return "\n".join(
        [
            "",
            f"  Lyceum is ready ({seconds:.1f} s)",
            "",
            f"  GraphiQL   {address(settings)}/graphql",
            f"  data       {settings.data_dir}",
            f"  logs       {settings.data_dir / 'logs'}",
            "",
            "  Sign in as",
            *(f"    {line}" for line in samples.splitlines()),
            "",
            "  Ctrl-C stops everything.",
            "",
        ]
    )
