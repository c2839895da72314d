"""The life of a session: every state, every step."""

from datetime import timedelta

import pytest

from app.core.clock import now
from app.core.resources import Resources
from app.sessions.models import SessionStatus
from tests.client import Api
from tests.factories import (
    change_session,
    empty_outbox,
    make_person,
    make_session,
    read_session,
    waiting_events,
    waiting_jobs,
)

# What each step makes of each state; every other step is refused.
_LEADS_TO = {
    ("scheduled", "sessionStart"): "live",
    ("scheduled", "sessionCancel"): "cancelled",
    ("scheduled", "sessionUpdate"): "scheduled",
    ("scheduled", "sessionInvite"): "scheduled",
    ("scheduled", "sessionJoin"): "scheduled",
    ("scheduled", "sessionRespond"): "scheduled",
    ("live", "sessionEnd"): "ended",
    ("live", "sessionUpdate"): "live",
    ("live", "sessionInvite"): "live",
    ("live", "sessionJoin"): "live",
    ("live", "sessionRespond"): "live",
}
_STEPS = (
    "sessionStart",
    "sessionEnd",
    "sessionCancel",
    "sessionUpdate",
    "sessionInvite",
    "sessionJoin",
    "sessionRespond",
)
_BY_THE_HOST = {"sessionStart", "sessionEnd", "sessionCancel", "sessionUpdate", "sessionInvite"}


def _input(step: str, session_id: str, other: str) -> dict[str, object]:
    more: dict[str, dict[str, object]] = {
        "sessionUpdate": {"name": "Roots"},
        "sessionInvite": {"userIds": [other]},
        "sessionRespond": {"accept": True},
    }
    return {"sessionId": session_id, **more.get(step, {})}


class TestSteps:
    @pytest.mark.parametrize("state", [state.value for state in SessionStatus])
    @pytest.mark.parametrize("step", _STEPS)
    async def test_step(self, api: Api, resources: Resources, state: str, step: str) -> None:
        host, guest, other = [await make_person(resources) for _ in range(3)]
        session = await make_session(resources, host, guests=[guest])
        await change_session(
            resources,
            session,
            status=SessionStatus(state),
            started_at=now() if state in ("live", "ended") else None,
        )
        await empty_outbox(resources)
        person = host if step in _BY_THE_HOST else guest
        done = await api.mutate(
            step, _input(step, session.id, other.id), "session { status }", as_=person
        )
        after = (await read_session(resources, session)).status.value
        leads_to = _LEADS_TO.get((state, step))
        if leads_to is None:
            assert done.codes == ["SESSION_WRONG_STATE"]
            assert done.data["session"] is None
            assert after == state
            assert await waiting_events(resources) == []
            assert await waiting_jobs(resources) == []
        else:
            assert done.ok()["session"] == {"status": leads_to.upper()}
            assert after == leads_to
            assert await waiting_events(resources) != []

    async def test_only_the_host(self, api: Api, resources: Resources) -> None:
        host, guest, stranger = [await make_person(resources) for _ in range(3)]
        session = await make_session(resources, host, guests=[guest])
        for step in sorted(_BY_THE_HOST):
            given = _input(step, session.id, guest.id)
            assert (await api.mutate(step, given, as_=guest)).codes == ["NOT_HOST"]
            assert (await api.mutate(step, given, as_=stranger)).codes == ["NOT_FOUND"]
        assert (await read_session(resources, session)).status is SessionStatus.SCHEDULED

    async def test_too_late_to_start(self, api: Api, resources: Resources) -> None:
        host = await make_person(resources)
        start = now() - timedelta(hours=4, minutes=61)
        session = await make_session(resources, host, scheduled_start=start)
        given = {"sessionId": session.id}
        assert (await api.mutate("sessionStart", given, as_=host)).codes == ["SESSION_EXPIRED"]
        assert (await read_session(resources, session)).started_at is None
