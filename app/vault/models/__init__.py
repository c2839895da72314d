"""The tables of the vault."""

from app.vault.models.files import FilePurpose, FileStatus, ScanStatus, StoredFile

__all__ = ["FilePurpose", "FileStatus", "ScanStatus", "StoredFile"]
