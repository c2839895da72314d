"""The commands of `lyceum`, each a few lines around what does the work."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

if TYPE_CHECKING:
    from app.core.settings import Settings

app = typer.Typer(
    help="Lyceum: an open GraphQL server for learning together.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

documents = typer.Typer(help="Documents that clients run by their hash.", no_args_is_help=True)
app.add_typer(documents, name="documents")

audit = typer.Typer(help="The log of what was done by whom.", no_args_is_help=True)
app.add_typer(audit, name="audit")
keys = typer.Typer(help="Master keys, which seal stored secrets.", no_args_is_help=True)
app.add_typer(keys, name="keys")

Port = Annotated[int | None, typer.Option(help="Instead of LYCEUM_PORT (8000).", min=1, max=65535)]


def _settings(port: int | None = None) -> "Settings":
    from app.core.settings import get_settings

    if port is not None:
        os.environ["LYCEUM_PORT"] = str(port)
    return get_settings()


def _database_settings() -> "Settings":
    """The settings with a database: the environment's, else the one of a running `lyceum dev`."""
    from app.cli import record
    from app.core.startup import StartupError

    settings = _settings()
    running = record.current(settings.data_dir)
    if not settings.database_url:
        if running is None:
            raise StartupError("DATABASE_URL is not set, and no `lyceum dev` runs.")
        settings.database_url = running.database_url
    if not settings.redis_url and running is not None:
        settings.redis_url = running.redis_url
    return settings


def _deployed_settings(port: int | None = None) -> "Settings":
    """The settings of a server or a worker, which needs all three of these, and a mail server."""
    from app.core.posting import mailer_of
    from app.core.startup import StartupError

    settings = _settings(port)
    values = {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "LYCEUM_SECRET_KEY": settings.secret_key.get_secret_value(),
    }
    missing = [name for name, value in values.items() if not value]
    if missing:
        raise StartupError(f"{', '.join(missing)} must be set (`lyceum dev` needs none of them).")
    mailer_of(settings)
    if settings.environment == "production" and not settings.sms_url:
        typer.echo("LYCEUM_SMS_URL is not set: no text messages are sent.", err=True)
    return settings


@app.command()
def dev(port: Port = None) -> None:
    """Start everything on this machine: services, API, workers, samples. Ctrl-C stops it."""
    from app.cli.dev import run

    raise typer.Exit(run(_settings(port)))


@app.command()
def serve(port: Port = None) -> None:
    """Serve the API."""
    from app.cli.checks import port_is_free

    settings = _deployed_settings(port)
    port_is_free(settings.host, settings.port)

    import uvicorn

    from app.core.memory import keep_what_is_there
    from app.core.serving.options import OPTIONS
    from app.main import create_app

    app = create_app()
    keep_what_is_there()
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        timeout_graceful_shutdown=10,
        **OPTIONS,
    )


@app.command()
def worker(
    queue: Annotated[list[str] | None, typer.Option(help="Only these; again for more.")] = None,
    threads: Annotated[int, typer.Option(help="Jobs at a time.", min=1)] = 8,
) -> None:
    """Run jobs: transcription, the language model, mail, learners' programs and the rest."""
    from app.cli.console import say
    from app.cli.dev import build_sandbox, worker_command

    settings = _deployed_settings()
    queues = queue or ["default", "ai", "speech", "code"]
    if "code" in queues:
        build_sandbox(settings, say)
    command = worker_command(queues, threads, patience=30)
    os.execv(command[0], command)


@app.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    from app.core.migrate import upgrade

    upgrade(_database_settings().database_url)


@app.command()
def seed() -> None:
    """Put the sample data in, if it isn't there, and print the sample sign-ins."""
    import asyncio

    from app.seed import SAMPLES
    from app.seed import seed as put_samples_in

    asyncio.run(put_samples_in(_database_settings()))
    width = max(len(sample.label) for sample in SAMPLES)
    mail = max(len(sample.email) for sample in SAMPLES)
    for sample in SAMPLES:
        typer.echo(f"{sample.label:<{width}}  {sample.email:<{mail}}  {sample.password}")


@app.command()
def schema() -> None:
    """Print the GraphQL schema."""
    import runpy

    runpy.run_module("app.schema", run_name="__main__")


@app.command()
def models(
    check: Annotated[bool, typer.Option("--check", help="Only verify; fetch nothing.")] = False,
) -> None:
    """List the models that the settings ask for, fetch what is missing, verify all of it."""
    from app.cli.models import show

    raise typer.Exit(show(_settings(), check=check))


@app.command()
def jobs(
    replay: Annotated[UUID | None, typer.Option(help="Run this dead job again.")] = None,
) -> None:
    """List the jobs that failed for good, or run one again."""
    import asyncio

    from app.cli.jobs import run_again, show

    settings = _database_settings()
    asyncio.run(show(settings) if replay is None else run_again(settings, replay))


@app.command()
def letters(
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with those that come, until Ctrl-C.")
    ] = False,
) -> None:
    """Show the letters and text messages that development kept, the newest last."""
    from app.cli.letters import show

    show(_settings(), follow=follow)


@app.command()
def demo(
    audio: Annotated[
        list[Path] | None, typer.Option(help="A recording to play; again for more people.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print events as JSON lines.")] = False,
) -> None:
    """Play a live study session against a running server, or against one started for it."""
    import asyncio

    from app.cli.borrowed import server
    from app.demo import run

    with server(_settings()) as url:
        code = asyncio.run(run(url, recordings=audio or [], as_json=as_json))
    sys.stdout.flush()
    raise typer.Exit(code)


@documents.command("register")
def register_documents(
    files: Annotated[list[Path], typer.Argument(help="A document each, or manifests.")],
    client: Annotated[
        str | None, typer.Option(help="Whose they are, instead of the file's name.")
    ] = None,
) -> None:
    """Let clients run these documents by their hash: all of them, or none if one is refused."""
    import asyncio

    from app.cli.documents import register
    from app.schema import schema

    asyncio.run(register(_database_settings(), schema.graphql, files, client))


@documents.command("list")
def list_documents() -> None:
    """List the registered documents, newest first."""
    import asyncio

    from app.cli.documents import show

    asyncio.run(show(_database_settings()))


@documents.command("forget")
def forget_document(
    id: Annotated[str, typer.Argument(help="One of its hashes.")],
) -> None:
    """Forget a document, under all its hashes."""
    import asyncio

    from app.cli.documents import forget

    asyncio.run(forget(_database_settings(), id))


@audit.command("verify")
def verify_audit() -> None:
    """Verify every entry of the audit log; exit code 1 if one was changed or is missing."""
    import asyncio

    from app.cli.audit import verify

    raise typer.Exit(asyncio.run(verify(_database_settings())))


@app.command()
def appoint(
    login: Annotated[str, typer.Argument(help="The username or e-mail address of an account.")],
) -> None:
    """Make an account super_admin: the first one, or where nobody is left who could."""
    import asyncio

    from app.cli.appoint import appoint_super_admin

    asyncio.run(appoint_super_admin(_database_settings(), login))


@keys.command("rotate")
def rotate_keys() -> None:
    """Seal every stored secret by the first of LYCEUM_MASTER_KEYS; then the others may go."""
    import asyncio

    from app.cli.keys import renew

    asyncio.run(renew(_database_settings()))
