"""What `lyceum dev` makes sure of before it starts anything: each failure is one sentence."""

import asyncio
import importlib.util
import os
import secrets
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

from app.core.settings import Settings
from app.core.startup import StartupError

_PORT_PATIENCE_SECONDS = 2.0
_REACH_SECONDS = 5.0


def make_data_folder(folder: Path) -> None:
    """Make the data folder and try it. Root opens it for entering to the services' user."""
    try:
        if not folder.exists():
            folder.mkdir(parents=True)
            if os.geteuid() == 0:
                folder.chmod(0o755)
        for name in ("logs", "models"):
            (folder / name).mkdir(exist_ok=True)
        (folder / "logs").chmod(0o700)
        probe = folder / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise StartupError(
            f"The data folder {folder} can't be used ({error.strerror}): set LYCEUM_DATA_DIR to "
            "a folder that can be written."
        ) from error


def port_is_free(host: str, port: int, patience: float = _PORT_PATIENCE_SECONDS) -> None:
    """Raise `StartupError` unless the port can be listened on, after a moment's patience.

    The patience is for a server that was just told to stop.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise StartupError(f"LYCEUM_HOST is '{host}', which is no address of this machine.") from (
            error
        )
    deadline = time.monotonic() + patience
    while (problem := _listening_problem(family, kind, address)) is not None:
        if isinstance(problem, PermissionError):
            raise StartupError(
                f"Port {port} is reserved to root: choose one from 1024 up with --port or "
                "LYCEUM_PORT."
            )
        if time.monotonic() > deadline:
            raise StartupError(
                f"Port {port} on {host} is in use by another program: stop that one, or choose "
                "another port with --port or LYCEUM_PORT."
            )
        time.sleep(0.05)


def _listening_problem(family: int, kind: int, address: tuple[object, ...]) -> OSError | None:
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen(1)
        except OSError as error:
            return error
    return None


def native_parts_are_built() -> None:
    """Raise `StartupError` when a library that is compiled at installation is missing."""
    for module, package in (("llama_cpp", "llama-cpp-python"), ("pywhispercpp", "pywhispercpp")):
        if importlib.util.find_spec(module) is None:
            raise StartupError(
                f"{package} is not installed, probably because there was no compiler: install "
                "gcc and g++ (Debian: apt install build-essential), then run `uv sync`."
            )


def secret_key(settings: Settings) -> str:
    """The configured key, or one made for this data folder and kept there."""
    configured = settings.secret_key.get_secret_value()
    if configured:
        return configured
    path = settings.data_dir / "secret_key"
    if not path.exists():
        scratch = settings.data_dir / "secret_key.new"
        scratch.unlink(missing_ok=True)
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        scratch.rename(path)
    return path.read_text()


def database_answers(url: str) -> None:
    """Raise `StartupError` unless a sign-in to DATABASE_URL works."""
    import asyncpg

    place = _place(url, 5432)
    scheme, _, rest = url.partition("://")
    if scheme.partition("+")[0] not in ("postgresql", "postgres"):
        raise StartupError("DATABASE_URL must begin with postgresql://.")

    async def sign_in() -> None:
        connection = await asyncpg.connect(f"postgresql://{rest}", timeout=_REACH_SECONDS)
        await connection.close()

    try:
        asyncio.run(sign_in())
    except asyncpg.PostgresError as error:
        raise StartupError(f"PostgreSQL at {place} (DATABASE_URL) says: {error}.") from error
    except (OSError, TimeoutError, ValueError, asyncpg.InterfaceError) as error:
        raise StartupError(
            f"PostgreSQL at {place} (DATABASE_URL) can't be reached: {_why(error)}."
        ) from error


def redis_answers(url: str) -> None:
    """Raise `StartupError` unless REDIS_URL answers a PING."""
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    place = _place(url, 6379)
    try:
        with redis.Redis.from_url(
            url,
            socket_connect_timeout=_REACH_SECONDS,
            socket_timeout=_REACH_SECONDS,
            retry=Retry(NoBackoff(), 0),
        ) as client:
            client.ping()
    except (redis.AuthenticationError, redis.ResponseError) as error:
        raise StartupError(f"Redis at {place} (REDIS_URL) says: {error}.") from error
    except (redis.RedisError, OSError) as error:
        cause = error.__cause__ or error.__context__ or error
        raise StartupError(
            f"Redis at {place} (REDIS_URL) can't be reached: {_why(cause)}."
        ) from error
    except ValueError as error:
        raise StartupError(f"REDIS_URL is wrong: {error}.") from error


def _place(url: str, port: int) -> str:
    """Host and port of a URL, never its password."""
    try:
        parts = urlsplit(url)
        number = parts.port or port
    except ValueError:
        return "an address that makes no sense"
    return f"{parts.hostname or 'localhost'}:{number}"


def _why(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {_REACH_SECONDS:g} s"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, socket.gaierror):
        return "the name is unknown"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
