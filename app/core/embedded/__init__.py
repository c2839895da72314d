"""PostgreSQL and Valkey as children of this process, for development and tests."""

from app.core.embedded.postgres import EmbeddedPostgres
from app.core.embedded.server import ServiceError
from app.core.embedded.valkey import EmbeddedValkey

__all__ = ["EmbeddedPostgres", "EmbeddedValkey", "ServiceError"]
