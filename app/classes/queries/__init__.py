"""Root queries of classes."""

import strawberry

from app.classes.queries.classes import ClassQuery


@strawberry.type
class ClassesQuery(ClassQuery):
    """Look for classes and read them."""
