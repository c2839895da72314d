"""What the schema shows of accounts."""

from app.accounts.types.users import User

__all__ = ["User"]
