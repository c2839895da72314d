"""How every change of a class begins."""

from uuid import UUID

from app.classes.errors import ClassWrongState
from app.classes.models import Class
from app.classes.states import ClassStep, allows
from app.classes.store import classes as store
from app.core.errors import NotFound
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.models import Cohort

_SAID = {
    ClassStep.UPDATE: "changed",
    ClassStep.OPEN: "opened for enrollment",
    ClassStep.START: "started",
    ClassStep.COMPLETE: "completed",
    ClassStep.CANCEL: "cancelled",
    ClassStep.ENROLL: "joined",
    ClassStep.WITHDRAW: "left",
    ClassStep.UNLOCK: "given lessons",
    ClassStep.CONTINUE: "continued privately",
}


async def held(
    uow: UnitOfWork, viewer: Viewer, key: UUID, step: ClassStep, *, field: str = "id"
) -> tuple[Class, Cohort]:
    """A class that the viewer sees with its cohort, held until the end, for a step.

    `NotFound` of the input's `field`, or `ClassWrongState`.
    """
    found = await store.hold(uow.session, viewer, key)
    if found is None:
        raise NotFound(field=("input", field))
    check(found[0], step)
    return found


def check(class_: Class, step: ClassStep) -> None:
    """`ClassWrongState` unless the class can take the step."""
    if not allows(class_.type, class_.status, step):
        status = class_.status.value.replace("_", " ")
        raise ClassWrongState(
            f"A {class_.type.value} class whose status is {status} can't be {_SAID[step]}."
        )
