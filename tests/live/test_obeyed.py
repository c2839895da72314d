"""What changes is obeyed on open connections: at once, and by nobody else."""

from itertools import count as count_from
from time import monotonic

import pytest
from sqlalchemy import delete, update
from sqlmodel import select

from app.accounts.models import AuthSession, Role, UserRole
from app.accounts.service.administration import GivenRole, RolesData, set_roles
from app.accounts.store.roles import role_by_name
from app.core.clock import now
from app.core.resources import Resources
from app.messaging import service
from tests.engine.gates import watching
from tests.factories import (
    Person,
    Studying,
    make_person,
    make_session,
    sign_in,
    withdraw_consent,
    writing,
)
from tests.live.following import Client, Process
from tests.live.room import Moved, post, texts
from tests.waiting import eventually

_FOLLOW = "subscription ($id: ID!) {{ {}(roomId: $id) {{ cursor ... on Post {{ text }} }} }}"
_ROOM, _AGREED, _MODERATED = [_FOLLOW.format(name) for name in ("room", "agreed", "moderated")]
# From a change to the last thing that is told in spite of it.
_SECONDS = 0.25
_LATE = 20

_KILL_AND_END = """
    UPDATE auth_session SET ended_at = now() FROM (
        SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE application_name = 'lyceum-rights' AND datname = current_database()
    ) AS killed WHERE id = $1
"""

pytestmark = pytest.mark.usefixtures("relay")


async def _both(
    places: tuple[Process, Process], person: Person, document: str, session: Studying
) -> list[Client]:
    """The same subscription in both processes."""
    given = {"id": session.conversation_id}
    before = [place.present() for place in places]
    clients = [await place.follow(person, document, given) for place in places]
    for place, present in zip(places, before, strict=True):
        await place.following(present + 1)
    return clients


async def _told(resources: Resources, session: Studying, clients: list[Client]) -> None:
    """Everybody is told something: it was asked just now whether they may be."""
    told = [len(client.results) for client in clients]
    await post(resources, session, "now")
    for client, number in zip(clients, told, strict=True):
        assert (await client.told(number + 1))[number]["text"] == "now"


async def _told_after(resources: Resources, session: Studying, clients: list[Client]) -> None:
    """Post from a change on until it is late: nothing is told that happened then."""
    changed, late = monotonic(), set()
    for number in count_from(0):
        text = f"{number}"
        if monotonic() - changed > _SECONDS:
            late.add(text)
        await post(resources, session, text)
        if len(late) == _LATE:
            break
    await eventually(lambda: all(client.completed for client in clients))
    for client in clients:
        assert late.isdisjoint(texts(client.events()))


@pytest.fixture
def places(place: Process, elsewhere: Process) -> tuple[Process, Process]:
    """Two processes."""
    return place, elsewhere


class TestMembership:
    async def test_lost_and_regained(
        self, places: tuple[Process, Process], resources: Resources
    ) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana, guests=[ben], joined=[ben])
        chat = session.row.conversation_id
        hers = await _both(places, ana, _ROOM, session)
        his = await _both(places, ben, _ROOM, session)
        await post(resources, session, "one")
        for client in (*hers, *his):
            assert texts(await client.told(1)) == ["one"]
        async with resources.begin() as uow:
            await service.dismiss(uow, chat, ben.key)
            uow.publish(Moved(room_id=chat))
        await post(resources, session, "secret")
        for client in hers:
            assert (await client.told(3))[2]["text"] == "secret"
        await eventually(lambda: all(client.completed for client in his))
        assert [len(client.results) for client in his] == [1, 1]
        given = {"id": session.conversation_id}
        assert await (await places[0].follow(ben, _ROOM, given)).refused() == "NOT_FOUND"
        async with resources.begin() as uow:
            await service.admit(uow, chat, ben.key)
        again = await places[0].follow(ben, _ROOM, given)
        await places[0].following(2)
        await post(resources, session, "welcome")
        assert texts(await again.told(1)) == ["welcome"]

    async def test_lost_without_a_word(
        self, places: tuple[Process, Process], resources: Resources
    ) -> None:
        """No event says so: the database does, soon enough."""
        ana, ben = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana, guests=[ben], joined=[ben])
        his = await _both(places, ben, _ROOM, session)
        await _told(resources, session, his)
        async with resources.begin() as uow:
            await service.dismiss(uow, session.row.conversation_id, ben.key)
        await _told_after(resources, session, his)


class TestConsent:
    async def test_withdrawn(self, places: tuple[Process, Process], resources: Resources) -> None:
        ana, ben = (
            await make_person(resources, consent=True),
            await make_person(resources, consent=True),
        )
        session = await make_session(resources, ana)
        hers = await _both(places, ana, _AGREED, session)
        his = await _both(places, ben, _AGREED, session)
        await _told(resources, session, [*hers, *his])
        await withdraw_consent(resources, ben)
        await _told_after(resources, session, his)
        assert not any(client.completed for client in hers)


class TestRole:
    async def test_taken(self, places: tuple[Process, Process], resources: Resources) -> None:
        ana, moderator = (
            await make_person(resources),
            await make_person(resources, role="moderator"),
        )
        session = await make_session(resources, ana)
        theirs = await _both(places, moderator, _MODERATED, session)
        also = await _both(places, moderator, _ROOM, session)
        await _told(resources, session, [*theirs, *also])
        async with writing(resources) as uow:
            await uow.execute(delete(UserRole).where(UserRole.user_id == moderator.key))
            student = (await uow.all(select(Role).where(Role.name == "student")))[0]
            uow.add(UserRole(user_id=moderator.key, role_id=student.id))
        await _told_after(resources, session, [*theirs, *also])

    async def test_taken_by_an_administrator(
        self, places: tuple[Process, Process], resources: Resources
    ) -> None:
        ana, moderator, admin = [
            await make_person(resources, role=role) for role in ("student", "moderator", "admin")
        ]
        session = await make_session(resources, ana)
        theirs = await _both(places, moderator, _MODERATED, session)
        also = await _both(places, moderator, _ROOM, session)
        await _told(resources, session, [*theirs, *also])
        async with resources.begin() as uow:
            student = await role_by_name(uow.session, "student")
            wanted = RolesData(roles=[GivenRole(role_id=student.id)])
            await set_roles(uow, admin.viewer, moderator.key, wanted)
        await _told_after(resources, session, [*theirs, *also])

    async def test_given(self, places: tuple[Process, Process], resources: Resources) -> None:
        """A viewer of another kind: the subscription goes on where it was, in another view."""
        ana, ben = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana, guests=[ben], joined=[ben])
        clients = await _both(places, ben, _ROOM, session)
        await post(resources, session, "one")
        for client in clients:
            await client.told(1)
        async with writing(resources) as uow:
            moderator = (await uow.all(select(Role).where(Role.name == "moderator")))[0]
            uow.add(UserRole(user_id=ben.key, role_id=moderator.id))
        async with resources.begin() as uow:
            await service.dismiss(uow, session.row.conversation_id, ben.key)
        expected = ["one", *map(str, range(20))]
        for text in expected[1:]:
            await post(resources, session, text)
        for client in clients:
            assert texts(await client.told(21)) == expected


class TestSession:
    async def test_ended(self, places: tuple[Process, Process], resources: Resources) -> None:
        ana = await make_person(resources)
        other = await sign_in(resources, ana.user)
        peers = [await place.connect(person) for place in places for person in (ana, other)]
        async with writing(resources) as uow:
            ended = update(AuthSession).where(AuthSession.id == ana.viewer.auth_session_id)
            await uow.execute(ended.values(ended_at=now()))
        committed = monotonic()
        await eventually(lambda: peers[0].closed and peers[2].closed)
        assert monotonic() - committed < _SECONDS
        assert [peer.closed for peer in peers] == [(4403, "Your session has ended"), None] * 2

    async def test_ended_before_anybody_knew(self, place: Process, resources: Resources) -> None:
        ana = await make_person(resources)
        connection = await place.connect(ana)
        place.live.left(connection)
        async with writing(resources) as uow:
            await uow.execute(update(AuthSession).values(ended_at=now()))
        place.live.joined(connection)
        await eventually(lambda: connection.closed)

    async def test_expires(self, place: Process, resources: Resources) -> None:
        ana = await make_person(resources)
        connection = await place.connect(ana)
        async with writing(resources) as uow:
            await uow.execute(update(AuthSession).values(expires_at=now()))
        await eventually(lambda: connection.closed)

    async def test_the_watch_comes_back(self, place: Process, resources: Resources) -> None:
        """The connection that hears of changes is lost, and a session ends meanwhile."""
        ana = await make_person(resources)
        connection = await place.connect(ana)
        async with watching(resources.database.url) as watch:
            await watch.value(_KILL_AND_END, ana.viewer.auth_session_id)
        await eventually(lambda: connection.closed)

    async def test_a_subscription_of_it(
        self, places: tuple[Process, Process], resources: Resources
    ) -> None:
        ana = await make_person(resources)
        other = await sign_in(resources, ana.user)
        session = await make_session(resources, ana)
        hers = await _both(places, ana, _ROOM, session)
        also = await _both(places, other, _ROOM, session)
        await _told(resources, session, [*hers, *also])
        async with writing(resources) as uow:
            ended = update(AuthSession).where(AuthSession.id == ana.viewer.auth_session_id)
            await uow.execute(ended.values(ended_at=now()))
        await _told_after(resources, session, hers)
        assert not any(client.completed for client in also)
