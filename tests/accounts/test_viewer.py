"""`viewer`."""

from app.core.resources import Resources
from tests.client import Api
from tests.conftest import Counting
from tests.factories import make_person

_VIEWER = """
    { viewer { user { id username firstName lastName } email emailVerified roles permissions
      timeZone language consents { purpose granted version } authSessions { current } } }
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
                "timeZone": "UTC",
                "language": "en",
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
