"""Invite, respond, join, leave, end: who takes part."""

import asyncio
import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from app.accounts.models import AccountStatus, User
from app.core.clock import now
from app.core.limits import INVITATIONS
from app.core.resources import Resources
from app.core.settings import Settings
from app.sessions.models import Participant, SessionKind, SessionSummary
from app.sessions.service import lifecycle
from tests.client import Api, mutation_document
from tests.conftest import serve
from tests.factories import (
    Studying,
    change_session,
    empty_outbox,
    make_person,
    make_session,
    read_session,
    waiting_events,
    waiting_jobs,
    writing,
)

SUSPENDED = AccountStatus.SUSPENDED


async def _parts(resources: Resources, session: Studying) -> dict[Any, Participant]:
    async with resources.database.read() as reading:
        rows = await reading.all(select(Participant).where(Participant.session_id == session.key))
    return {row.user_id: row for row in rows}


class TestInvite:
    async def test_by_id_and_by_name(self, api: Api, resources: Resources) -> None:
        ana, ben, cleo = [await make_person(resources, name) for name in ("ana", "ben", "cleo")]
        session = await make_session(resources, ana)
        given = {"sessionId": session.id, "userIds": [ben.id], "usernames": ["CLEO"]}
        fields = "session { participants { status role user { username } } }"
        done = (await api.mutate("sessionInvite", given, fields, as_=ana)).ok()
        found = {
            part["user"]["username"]: (part["status"], part["role"])
            for part in done["session"]["participants"]
        }
        assert found == {
            "ana": ("ACCEPTED", "HOST"),
            "ben": ("INVITED", "PARTICIPANT"),
            "cleo": ("INVITED", "PARTICIPANT"),
        }
        assert cleo.key in await _parts(resources, session)

    async def test_again_is_no_change(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana, guests=[ben])
        await empty_outbox(resources)
        (await api.mutate("sessionInvite", {"sessionId": session.id, "userIds": [ben.id]}, as_=ana))
        assert await waiting_events(resources) == []

    async def test_unknown(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana)
        nobody = "usr_00000000-0000-7000-8000-000000000000"
        for who, field in (
            ({"userIds": [ben.id, nobody]}, "userIds"),
            ({"userIds": [ben.id], "usernames": ["nobody"]}, "usernames"),
            ({"userIds": [ben.id], "usernames": [f"{ben.user.username}@example.com"]}, "usernames"),
        ):
            refused = await api.mutate("sessionInvite", {"sessionId": session.id, **who}, as_=ana)
            assert [(error["code"], error["field"]) for error in refused.errors] == [
                ("NOT_FOUND", ["input", field])
            ]
        assert set(await _parts(resources, session)) == {ana.key}

    async def test_too_many(self, api: Api, resources: Resources) -> None:
        people = [await make_person(resources) for _ in range(3)]
        session = await make_session(resources, people[0], kind=SessionKind.BUDDY)
        given = {"sessionId": session.id, "userIds": [person.id for person in people[1:]]}
        assert (await api.mutate("sessionInvite", given, as_=people[0])).codes == ["SESSION_FULL"]
        assert set(await _parts(resources, session)) == {people[0].key}

    async def test_more_than_there_are_seats_for(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        session = await make_session(resources, ana, kind=SessionKind.POD)
        given = {"sessionId": session.id, "usernames": ["nobody"] * 101}
        refused = await api.mutate("sessionInvite", given, as_=ana)
        assert [(each["code"], each["field"]) for each in refused.errors] == [
            ("INVALID_INPUT", ["input", "userIds"])
        ]

    async def test_not_again_and_again(self, settings: Settings, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana)
        given = {"sessionId": session.id, "userIds": [ben.id]}
        document, often = mutation_document("sessionInvite", ""), INVITATIONS.burst + 5
        async with serve(settings.model_copy(update={"limit_scale": 1.0})) as api:
            codes = [
                (await api.execute(document, {"input": given}, as_=ana)).codes for _ in range(often)
            ]
        assert codes[: INVITATIONS.burst] == [[]] * INVITATIONS.burst
        assert codes[-1] == ["RATE_LIMITED"]

    async def test_who_is_blocked_or_suspended(self, api: Api, resources: Resources) -> None:
        ana, ben, sus = [await make_person(resources, name) for name in ("ana", "ben", "sus")]
        session = await make_session(resources, ana)
        (await api.mutate("userBlock", {"userId": ana.id}, as_=ben)).ok()
        async with writing(resources) as uow:
            (await uow.value(select(User).where(User.id == sus.key))).status = SUSPENDED
        for given in ({"userIds": [ben.id]}, {"usernames": ["ben"]}, {"userIds": [sus.id]}):
            more = {"sessionId": session.id, **given}
            assert (await api.mutate("sessionInvite", more, as_=ana)).codes == ["NOT_FOUND"]
        assert set(await _parts(resources, session)) == {ana.key}


class TestRespond:
    @pytest.mark.parametrize(("accept", "status"), [(True, "accepted"), (False, "declined")])
    async def test_answer(self, api: Api, resources: Resources, accept: bool, status: str) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana, guests=[ben])
        given = {"sessionId": session.id, "accept": accept}
        (await api.mutate("sessionRespond", given, as_=ben)).ok()
        assert (await _parts(resources, session))[ben.key].status.value == status

    async def test_declined_sees_nothing(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana, guests=[ben])
        given = {"sessionId": session.id, "accept": False}
        (await api.mutate("sessionRespond", given, as_=ben)).ok()
        seen = await api.execute(
            "query ($id: ID!) { studySession(id: $id) { name } }", {"id": session.id}, as_=ben
        )
        assert seen.ok() == {"studySession": None}
        assert (await api.mutate("sessionJoin", {"sessionId": session.id}, as_=ben)).codes == [
            "NOT_FOUND"
        ]
        # A new invitation makes it visible again.
        again = {"sessionId": session.id, "userIds": [ben.id]}
        (await api.mutate("sessionInvite", again, as_=ana)).ok()
        (await api.mutate("sessionJoin", {"sessionId": session.id}, as_=ben)).ok()

    async def test_the_host_isnt_invited(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        session = await make_session(resources, ana)
        given = {"sessionId": session.id, "accept": False}
        assert (await api.mutate("sessionRespond", given, as_=ana)).codes == ["NOT_FOUND"]
        assert (await _parts(resources, session))[ana.key].status.value == "accepted"


_CALL = """
    session { participants { present status user { username } } conversation { id } }
    call { room signalling stunUrls turnUrls turnUsername turnCredential expiresAt }
    nextAudioSequence
"""


class TestJoin:
    async def test_credentials(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        session = await make_session(resources, ana, guests=[ben])
        given = {"sessionId": session.id}
        done = (await api.mutate("sessionJoin", given, _CALL, as_=ben)).ok()
        call = done["call"]
        assert call["room"] == session.row.video_room
        assert call["signalling"] == api.url.replace("http", "ws") + "/graphql"
        assert call["turnUrls"] == ["turn:turn.example.org:3478"]
        # coturn's REST scheme: expiry and user, signed with the secret that it shares.
        expiry, _, user = call["turnUsername"].partition(":")
        assert user == str(ben.key)
        assert int(expiry) == int(datetime.fromisoformat(call["expiresAt"]).timestamp())
        left = datetime.fromisoformat(call["expiresAt"]) - now()
        assert timedelta(hours=3, minutes=59) < left <= timedelta(hours=4)
        digest = hmac.new(b"shared with coturn", call["turnUsername"].encode(), hashlib.sha1)
        assert call["turnCredential"] == base64.b64encode(digest.digest()).decode()
        assert done["nextAudioSequence"] == 0
        assert done["session"]["conversation"] == {"id": session.conversation_id}
        present = {
            part["user"]["username"]: part["present"] for part in done["session"]["participants"]
        }
        assert present == {"ana": False, "ben": True}

    async def test_again_is_no_change(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        session = await make_session(resources, ana, joined=[ana])
        since = (await _parts(resources, session))[ana.key].joined_at
        await empty_outbox(resources)
        (await api.mutate("sessionJoin", {"sessionId": session.id}, as_=ana)).ok()
        assert (await _parts(resources, session))[ana.key].joined_at == since
        assert await waiting_events(resources) == []

    async def test_not_invited(self, api: Api, resources: Resources) -> None:
        ana, eve = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana)
        refused = await api.mutate("sessionJoin", {"sessionId": session.id}, _CALL, as_=eve)
        assert refused.codes == ["NOT_FOUND"]
        assert refused.data["call"] is None
        assert set(await _parts(resources, session)) == {ana.key}

    async def test_public(self, api: Api, resources: Resources) -> None:
        ana, eve = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana, public=True)
        (await api.mutate("sessionJoin", {"sessionId": session.id}, _CALL, as_=eve)).ok()
        assert (await _parts(resources, session))[eve.key].status.value == "accepted"

    async def test_not_where_one_blocks_the_other(self, api: Api, resources: Resources) -> None:
        ana, eve = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana, public=True)
        (await api.mutate("userBlock", {"userId": eve.id}, as_=ana)).ok()
        refused = await api.mutate("sessionJoin", {"sessionId": session.id}, as_=eve)
        assert refused.codes == ["NOT_FOUND"]
        assert set(await _parts(resources, session)) == {ana.key}

    async def test_never_over_full(self, api: Api, resources: Resources) -> None:
        host = await make_person(resources)
        people = [await make_person(resources) for _ in range(10)]
        session = await make_session(resources, host, public=True, max_participants=4)
        answers = await asyncio.gather(
            *[api.mutate("sessionJoin", {"sessionId": session.id}, as_=each) for each in people]
        )
        codes = sorted(answer.codes for answer in answers)
        assert codes == [*[[]] * 4, *[["SESSION_FULL"]] * 6]
        present = [row for row in (await _parts(resources, session)).values() if row.joined_at]
        assert len(present) == 4

    async def test_a_seat_comes_free(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana, public=True, max_participants=1, joined=[ana])
        given = {"sessionId": session.id}
        assert (await api.mutate("sessionJoin", given, as_=ben)).codes == ["SESSION_FULL"]
        (await api.mutate("sessionLeave", given, as_=ana)).ok()
        (await api.mutate("sessionJoin", given, as_=ben)).ok()

    @pytest.mark.parametrize(
        "values",
        [
            {"scheduled_start": now() - timedelta(hours=5, minutes=1)},
            {"started_at": now() - timedelta(hours=12, minutes=1)},
        ],
    )
    async def test_expired(
        self, api: Api, resources: Resources, values: dict[str, datetime]
    ) -> None:
        ana = await make_person(resources)
        session = await make_session(resources, ana, live="started_at" in values)
        await change_session(resources, session, **values)
        refused = await api.mutate("sessionJoin", {"sessionId": session.id}, as_=ana)
        assert refused.codes == ["SESSION_EXPIRED"]
        assert (await _parts(resources, session))[ana.key].joined_at is None


class TestLeave:
    async def test_counts_attendance(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        session = await make_session(resources, ana, live=True, joined=[ana])
        for seconds in (90, 30):
            async with writing(resources) as uow:
                part = await uow.value(select(Participant))
                part.joined_at = now() - timedelta(seconds=seconds)
            (await api.mutate("sessionLeave", {"sessionId": session.id}, as_=ana)).ok()
        part = (await _parts(resources, session))[ana.key]
        assert part.joined_at is None
        assert part.left_at is not None
        assert 120 <= part.attended_seconds <= 123

    async def test_not_there(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana, guests=[ben])
        for person in (ana, ben):
            given = {"sessionId": session.id}
            assert (await api.mutate("sessionLeave", given, as_=person)).codes == ["NOT_IN_SESSION"]


class TestCancel:
    async def test_sends_home_who_was_early(self, api: Api, resources: Resources) -> None:
        host, early = await make_person(resources), await make_person(resources)
        session = await make_session(resources, host, guests=[early], joined=[early])
        await empty_outbox(resources)
        (await api.mutate("sessionCancel", {"sessionId": session.id}, as_=host)).ok()
        assert (await _parts(resources, session))[early.key].joined_at is None
        assert await waiting_events(resources) == ["session.changed", "call.peer_changed"]


class TestEnd:
    async def test_settles_everything(self, api: Api, resources: Resources) -> None:
        host, came, left, missed, declined = [await make_person(resources) for _ in range(5)]
        guests = [came, left, missed, declined]
        session = await make_session(
            resources, host, guests=guests, live=True, joined=[host, came, left]
        )
        given = {"sessionId": session.id}
        (await api.mutate("sessionLeave", given, as_=left)).ok()
        (await api.mutate("sessionRespond", given | {"accept": False}, as_=declined)).ok()
        await change_session(resources, session, started_at=now() - timedelta(minutes=42))
        await empty_outbox(resources)
        done = await api.mutate("sessionEnd", given, "session { durationMinutes }", as_=host)
        assert done.ok()["session"] == {"durationMinutes": 42}
        parts = await _parts(resources, session)
        assert {key: part.status.value for key, part in parts.items()} == {
            host.key: "attended",
            came.key: "attended",
            left.key: "attended",
            missed.key: "missed",
            declined.key: "declined",
        }
        assert all(part.joined_at is None for part in parts.values())
        async with resources.database.read() as reading:
            summary = await reading.value(select(SessionSummary))
        assert (summary.session_id, summary.status.value) == (session.key, "pending")
        assert await waiting_jobs(resources) == [
            ("sessions.summarize_session", {"session_id": str(session.key), "attempt": 0})
        ]
        gone = ["call.peer_changed"] * 2
        assert await waiting_events(resources) == ["session.changed", *gone]

    async def test_who_left_before_it_began_missed_it(self, api: Api, resources: Resources) -> None:
        host, early = await make_person(resources), await make_person(resources)
        session = await make_session(resources, host, guests=[early], joined=[host, early])
        given = {"sessionId": session.id}
        (await api.mutate("sessionLeave", given, as_=early)).ok()
        for step in ("sessionStart", "sessionEnd"):
            (await api.mutate(step, given, as_=host)).ok()
        parts = await _parts(resources, session)
        assert {key: part.status.value for key, part in parts.items()} == {
            host.key: "attended",
            early.key: "missed",
        }

    async def test_overdue(self, resources: Resources) -> None:
        host = await make_person(resources)
        session = await make_session(resources, host, live=True, joined=[host])
        async with resources.begin() as uow:
            await lifecycle.end_overdue(uow, session.key)
            await lifecycle.end_overdue(uow, session.key)
        assert (await read_session(resources, session)).status.value == "ended"
