"""`podAnalytics`."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlmodel import col

from app.core.clock import now
from app.core.ids import from_global
from app.core.resources import Resources
from app.messaging.models import Message
from app.pods.models import PodMember, PodMemberStatus, PodRole
from app.sessions.models import Participant, ParticipantStatus, SessionKind
from tests.client import Api
from tests.conftest import Counting
from tests.factories import Person, change_session, make_person, make_session, writing
from tests.pods.communities import Community

_READ = """
    query ($id: ID!) { podAnalytics(podId: $id) {
      pod { name } maxMembers memberCount activeMembers7Days activeMembers30Days engagementRate
      growthRate messageCount30Days studySessionCount weeks { startsOn joined members } } }
"""


async def _joined(resources: Resources, id: str, person: Person, days: int) -> None:
    async with writing(resources) as session:
        await session.execute(
            update(PodMember)
            .where(
                col(PodMember.pod_id) == from_global("pod", id),
                col(PodMember.user_id) == person.key,
            )
            .values(joined_at=now() - timedelta(days=days))
        )


async def _wrote(resources: Resources, chat: UUID, person: Person, days: int) -> None:
    async with writing(resources) as session:
        session.add(
            Message(
                conversation_id=chat,
                sender_id=person.key,
                body="hello",
                created_at=now() - timedelta(days=days),
            )
        )


async def _studied(
    resources: Resources, host: Person, *others: Person, days: int, kind: SessionKind
) -> None:
    made = await make_session(resources, host, kind=kind)
    await change_session(resources, made, started_at=now() - timedelta(days=days))
    async with writing(resources) as session:
        here = col(Participant.session_id) == made.key
        await session.execute(
            update(Participant).where(here).values(status=ParticipantStatus.ATTENDED)
        )
        session.add(
            *(
                Participant(
                    session_id=made.key, user_id=each.key, status=ParticipantStatus.ATTENDED
                )
                for each in others
            )
        )


async def _read(community: Community, id: str, person: Person) -> Any:
    return (await community.api.execute(_READ, {"id": id}, as_=person)).ok()["podAnalytics"]


async def test_figures(
    community: Community, resources: Resources, ana: Person, ben: Person, eve: Person
) -> None:
    id = await community.make(ana, maxMembers=10)
    bo, cy, di = [await community.member(id, name) for name in ("bo", "cy", "di")]
    await community.put(id, ben, status=PodMemberStatus.BANNED)
    for person, days in ((ana, 200), (bo, 40), (cy, 29), (di, 0)):
        await _joined(resources, id, person, days)
    pod = await community.row(id)
    assert pod is not None
    for person, days in ((ana, 1), (ana, 6), (bo, 8), (ben, 1), (cy, 31)):
        await _wrote(resources, pod.conversation_id, person, days)
    together, group = SessionKind.POD, SessionKind.GROUP
    await _studied(resources, ana, di, days=20, kind=together)
    await _studied(resources, ana, cy, days=60, kind=together)
    # Not of the pod: of another kind, with a single member, with who is banned.
    await _studied(resources, ana, cy, days=1, kind=group)
    await _studied(resources, cy, eve, days=1, kind=together)
    await _studied(resources, cy, ben, days=1, kind=together)
    found = await _read(community, id, ana)
    weeks = found.pop("weeks")
    assert found == {
        "pod": {"name": "Leaf lovers"},
        "maxMembers": 10,
        "memberCount": 4,
        "activeMembers7Days": 1,
        "activeMembers30Days": 3,
        "engagementRate": 75,
        "growthRate": 100,
        "messageCount30Days": 4,
        "studySessionCount": 2,
    }
    monday = now().date() - timedelta(days=now().weekday())
    starts = [monday - timedelta(weeks=11 - number) for number in range(12)]
    assert [each["startsOn"] for each in weeks] == [each.isoformat() for each in starts]
    came = [(now() - timedelta(days=days)).date() for days in (200, 40, 29, 0)]
    week = timedelta(weeks=1)
    assert [each["joined"] for each in weeks] == [
        sum(start <= day < start + week for day in came) for start in starts
    ]
    assert [each["members"] for each in weeks] == [
        sum(day < start + week for day in came) for start in starts
    ]


async def test_nobody_joined_before(community: Community, ana: Person) -> None:
    id = await community.make(ana)
    found = await _read(community, id, ana)
    assert (found["growthRate"], found["engagementRate"]) == (None, 0)


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        (PodRole.OWNER, True),
        (PodRole.ADMIN, True),
        (PodRole.MODERATOR, False),
        (PodRole.MEMBER, False),
    ],
)
async def test_only_those_who_run_it(
    community: Community, ana: Person, role: PodRole, *, seen: bool
) -> None:
    id = await community.make(ana)
    bo = await community.member(id, "bo", role)
    assert (await _read(community, id, bo) is not None) is seen
    assert await _read(community, id, await make_person(community.resources)) is None


async def test_one_statement(
    community: Community, api: Api, ana: Person, statements: Counting
) -> None:
    id = await community.make(ana)
    await _read(community, id, ana)
    with statements(api.resources) as seen:
        await _read(community, id, ana)
    assert len(seen) == 1
