"""The tables of privacy."""

from app.privacy.models.deletions import AccountDeletion
from app.privacy.models.exports import DataExport, ExportStatus
from app.privacy.models.retention import RetainedData, RetentionHold, RetentionPolicy

__all__ = [
    "AccountDeletion",
    "DataExport",
    "ExportStatus",
    "RetainedData",
    "RetentionHold",
    "RetentionPolicy",
]
