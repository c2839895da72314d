"""Schema migrations: Alembic over the project's `migrations/`."""

from pathlib import Path

from alembic import command
from alembic.config import Config

_ROOT = Path(__file__).resolve().parents[2]


def config(url: str) -> Config:
    """Alembic's configuration for a database."""
    made = Config(toml_file=_ROOT / "pyproject.toml")
    made.set_main_option("script_location", str(_ROOT / "migrations"))
    made.attributes["url"] = url
    return made


def upgrade(url: str) -> None:
    """Bring a database to the newest version."""
    command.upgrade(config(url), "head")


def check(url: str) -> None:
    """Raise if the models differ from what the migrations make."""
    command.check(config(url))
