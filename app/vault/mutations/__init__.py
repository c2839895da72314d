"""Root mutations of the vault."""

import strawberry

from app.vault.mutations.uploads import UploadMutation


@strawberry.type
class VaultMutation(UploadMutation):
    """Keep files."""
