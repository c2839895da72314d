"""Classes and pods: whose events have guests."""

from uuid import UUID

from app.calendar.errors import EventOver
from app.calendar.models import CalendarEvent
from app.classes.models import Class, ClassStatus
from app.classes.service.attendance import hold_class
from app.core.db import ReadSession
from app.core.errors import InvalidInput
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.errors import NotTeacher
from app.pods.errors import PodRoleTooLow
from app.pods.models import Pod
from app.pods.service import holding
from app.pods.states import PodAction


def has_guests(event: CalendarEvent) -> bool:
    """Whether an event is that of a class or of a pod."""
    return event.class_id is not None or event.pod_id is not None


async def hold(uow: UnitOfWork, viewer: Viewer, class_id: UUID | None, pod_id: UUID | None) -> None:
    """Hold the class or the pod for which the viewer makes an event, if there is one.

    `EventOver` of a cancelled class, and what else refuses those who may not.
    """
    if class_id is not None and pod_id is not None:
        raise InvalidInput("An event is of a class or of a pod.", field=("input", "podId"))
    if class_id is not None:
        taught = await hold_class(uow, viewer, class_id)
        if taught.status is ClassStatus.CANCELLED:
            raise EventOver("This class is cancelled.")
    if pod_id is not None:
        await holding.held(uow, viewer, pod_id, PodAction.PLAN, field="podId")


async def check_kept(session: ReadSession, event: CalendarEvent, *, keeps: bool) -> None:
    """`NotTeacher`, `PodRoleTooLow` or `PodIsArchived` unless the event may be changed by one who
    does or doesn't keep it.
    """
    if not keeps and event.pod_id is not None:
        raise PodRoleTooLow
    if not keeps:
        raise NotTeacher("Only those who teach this class, or manage classes, may do this.")
    pod = await session.get(Pod, event.pod_id) if event.pod_id else None
    if pod is not None:
        holding.check(pod, PodAction.PLAN)


async def meets(session: ReadSession, event: CalendarEvent) -> bool:
    """Whether the class or the pod of an event still meets."""
    if event.class_id is not None:
        taught = await session.get(Class, event.class_id)
        return taught is not None and taught.status is not ClassStatus.CANCELLED
    pod = await session.get(Pod, event.pod_id) if event.pod_id else None
    return pod is not None and pod.archived_at is None
