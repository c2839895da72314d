"""Root mutations of classes."""

import strawberry

from app.classes.mutations.classes import ClassMutation
from app.classes.mutations.enrollments import EnrollmentMutation


@strawberry.type
class ClassesMutation(ClassMutation, EnrollmentMutation):
    """Run classes, and say who is in them."""
