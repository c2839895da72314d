"""What the schema shows of the vault."""

from app.vault.types.files import File

__all__ = ["File"]
