"""Root queries of reference data."""

import strawberry

from app.reference.queries.library import LibraryQuery
from app.reference.queries.places import PlacesQuery
from app.reference.queries.taxonomy import TaxonomyQuery


@strawberry.type
class ReferenceQuery(PlacesQuery, TaxonomyQuery, LibraryQuery):
    """Look up what everything else refers to."""
