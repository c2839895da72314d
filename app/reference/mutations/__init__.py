"""Root mutations of reference data."""

import strawberry

from app.reference.mutations.offers import OffersMutation
from app.reference.mutations.people import PeopleMutation
from app.reference.mutations.prompts import PromptsMutation
from app.reference.mutations.taxonomy import TaxonomyMutation


@strawberry.type
class ReferenceMutation(TaxonomyMutation, PromptsMutation, OffersMutation, PeopleMutation):
    """Change what everything else refers to."""
