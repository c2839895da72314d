"""Root mutations of who is in a class."""

from uuid import UUID

import strawberry

from app.accounts.types import User
from app.classes.mutations.classes import MANAGER
from app.classes.service import enrollments as service
from app.classes.types import Class, Enrollment
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.courses.mutations.inputs import errors


@strawberry.input(description="Who comes into which class.")
class ClassEnrollInput:
    """By their ids."""

    class_id: strawberry.ID = strawberry.field(description="The class.")
    student_id: strawberry.ID = strawberry.field(description="The student.")


@strawberry.input(description="Which place to give up.")
class EnrollmentWithdrawInput:
    """By its id."""

    id: strawberry.ID = strawberry.field(description="The enrollment.")


@strawberry.type
class _EnrollmentPayload:
    enrollment: Enrollment | None = edge("enrollment_key", "The enrollment.")
    enrollment_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `classEnroll`.")
class ClassEnrollPayload(_EnrollmentPayload):
    """The enrollment."""


@strawberry.type(description="The answer to `enrollmentWithdraw`.")
class EnrollmentWithdrawPayload(_EnrollmentPayload):
    """The enrollment."""


@strawberry.type
class EnrollmentMutation:
    """Say who is in a class."""

    @mutation(MANAGER)
    async def class_enroll(self, info: Info, input: ClassEnrollInput) -> ClassEnrollPayload:
        """Put a student into a class, with as many credits as its package has meetings: into a
        group before it is active and up to the deadline, into a private class until it is over,
        and never above the capacity. Who had left is back with the credits that were left.
        """
        class_id = from_global(Class.prefix, input.class_id)
        student_id = from_global(User.prefix, input.student_id)
        async with info.context.begin() as uow:
            made = await service.enroll(uow, info.context.me, class_id, student_id)
        return ClassEnrollPayload(enrollment_key=made.id)

    @mutation(MANAGER)
    async def enrollment_withdraw(
        self, info: Info, input: EnrollmentWithdrawInput
    ) -> EnrollmentWithdrawPayload:
        """Take a student out of a class that isn't over. The seat is free, the lessons are closed
        to the student, and what happened stays written down.
        """
        key = from_global(Enrollment.prefix, input.id)
        async with info.context.begin() as uow:
            left = await service.withdraw(uow, info.context.me, key)
        return EnrollmentWithdrawPayload(enrollment_key=left.id)
