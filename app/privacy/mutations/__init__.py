"""Root mutations of privacy."""

import strawberry

from app.privacy.mutations.consents import ConsentsMutation
from app.privacy.mutations.deletion import DeletionMutation
from app.privacy.mutations.exports import ExportsMutation
from app.privacy.mutations.retention import RetentionMutation


@strawberry.type
class PrivacyMutation(ConsentsMutation, DeletionMutation, ExportsMutation, RetentionMutation):
    """What users agree to, and what becomes of what is known about them."""
