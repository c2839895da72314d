"""`viewer`."""

from datetime import timedelta

from app.accounts.models import AuthSession
from app.core.clock import now
from app.core.resources import Resources
from tests.client import Api
from tests.conftest import Counting
from tests.factories import make_person, writing

_VIEWER = """
    { viewer { user { id username firstName lastName } email emailVerified roles permissions
      profile { timeZone language } consents { purpose granted version }
      authSessions { current } } }
"""


class TestViewer:
    async def test_nobody(self, api: Api) -> None:
        assert (await api.execute(_VIEWER)).ok() == {"viewer": None}

    async def test_oneself(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources, "ana", consent=True)
        await make_person(resources, "ben")
        assert (await api.execute(_VIEWER, as_=ana)).ok() == {
            "viewer": {
                "user": {"id": ana.id, "username": "ana", "firstName": "Ana", "lastName": None},
                "email": "ana@example.com",
                "emailVerified": False,
                "roles": ["student"],
                "permissions": ["message.send", "session.ask", "session.create", "session.join"],
                "profile": {"timeZone": "UTC", "language": "en"},
                "consents": [{"purpose": "AI_PROCESSING", "granted": True, "version": 1}],
                "authSessions": [{"current": True}],
            }
        }

    async def test_statements(self, api: Api, resources: Resources, statements: Counting) -> None:
        ana = await make_person(resources)
        seen = (await api.execute(_VIEWER, as_=ana)).ok()
        with statements(api.resources) as sent:
            assert (await api.execute(_VIEWER, as_=ana)).ok() == seen
        assert len(sent) == 1

    async def test_statements_of_a_new_token(
        self, api: Api, resources: Resources, statements: Counting
    ) -> None:
        ana = await make_person(resources)
        with statements(api.resources) as sent:
            await api.execute(_VIEWER, as_=ana)
        # Who the token stands for, and everything else.
        assert len(sent) == 2


class TestDevices:
    async def test_each_once(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        start = now() - timedelta(days=3)
        devices = (("mobile", 0, 1), ("desktop", 1, None), ("mobile", 2, 2))
        rows = [
            AuthSession(
                user_id=ana.key,
                device_type=kind,
                created_at=start + timedelta(hours=begun),
                last_used_at=start,
                expires_at=now() + timedelta(days=4),
                ended_at=start + timedelta(hours=ended) if ended else None,
            )
            for kind, begun, ended in devices
        ]
        async with writing(resources) as session:
            session.add(*rows)
        document = "{ viewer { devices { sessionId type signedIn } } }"
        _, second, third = [f"ses_{row.id}" for row in rows]
        assert (await api.execute(document, as_=ana)).ok()["viewer"]["devices"] == [
            {
                "sessionId": f"ses_{ana.viewer.auth_session_id}",
                "type": "",
                "signedIn": True,
            },
            # Its newest session; it has ended, and so has the one before.
            {"sessionId": third, "type": "mobile", "signedIn": False},
            {"sessionId": second, "type": "desktop", "signedIn": True},
        ]
