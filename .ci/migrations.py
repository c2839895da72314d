"""Upgrade an empty database and compare it with the models, as `alembic check` does."""

import tempfile
from pathlib import Path

from app.core.embedded import EmbeddedPostgres
from app.core.migrate import check, upgrade

with tempfile.TemporaryDirectory() as folder:
    # PostgreSQL runs as a user of its own, who has to get in.
    Path(folder).chmod(0o755)
    postgres = EmbeddedPostgres(Path(folder) / "postgres", durable=False)
    url = postgres.start()
    try:
        upgrade(url)
        check(url)
    finally:
        postgres.stop()
