"""Root queries of privacy."""

import strawberry

from app.privacy.queries.consents import ConsentsQuery
from app.privacy.queries.exports import ExportsQuery
from app.privacy.queries.retention import RetentionQuery


@strawberry.type
class PrivacyQuery(ConsentsQuery, ExportsQuery, RetentionQuery):
    """What users agree to, and what becomes of what is known about them."""
