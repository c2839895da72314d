"""`oauthBegin`, `oauthComplete`, `oauthUnlink`: with providers that tell the truth."""

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, update
from sqlmodel import col, select

from app.accounts.models import AccountStatus, AuthSession, OAuthAccount, OAuthFlow, User
from app.accounts.service import oauth
from app.core.audit import AuditDetail, AuditEntry
from app.core.client import NOBODY
from app.core.clock import now
from app.core.crypto import token_hash
from app.core.resources import Resources, open_resources
from app.core.settings import Settings
from tests.accounts.provider import REDIRECT_URI, new_key
from tests.accounts.signing import Signing, numbers
from tests.client import Api
from tests.factories import PASSWORD, Person, make_person, sign_in, waiting_events, writing

_ACCOUNTS = """{ viewer { user { username } email emailVerified
    oauthAccounts { id provider email lastUsedAt } } }"""


async def _viewer(api: Api, token: str) -> dict[str, Any]:
    answer = await api.execute(_ACCOUNTS, headers={"Authorization": f"Bearer {token}"})
    found: dict[str, Any] = answer.ok()["viewer"]
    return found


async def _verified(resources: Resources, name: str, *, verified: bool = True) -> Person:
    person = await make_person(resources, name)
    async with writing(resources) as session:
        await session.execute(
            update(User).where(col(User.id) == person.key).values(email_verified=verified)
        )
    return person


class TestBegin:
    async def test_asks_for_everything_that_protects(self, signing: Signing) -> None:
        begun = (await signing.begin()).ok()
        parts = urlsplit(begun["authorizationUrl"])
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{signing.provider.url}/authorize"
        assert asked.keys() == {
            *("client_id", "redirect_uri", "response_type", "scope", "state", "nonce"),
            *("code_challenge", "code_challenge_method"),
        }
        assert asked["code_challenge_method"] == "S256"
        assert asked["scope"] == "openid email profile"
        for secret in ("state", "nonce", "code_challenge"):
            assert len(asked[secret]) == 43
        assert begun["flow"] not in begun["authorizationUrl"]

    async def test_keeps_hashes_and_sealed_secrets(
        self, signing: Signing, resources: Resources
    ) -> None:
        begun = (await signing.begin()).ok()
        query = parse_qs(urlsplit(begun["authorizationUrl"]).query)
        async with resources.database.read() as session:
            row = await session.value(select(OAuthFlow))
        assert row.flow_hash == token_hash(begun["flow"])
        assert row.state_hash == token_hash(query["state"][0])
        assert query["nonce"][0].encode() not in row.secrets
        assert timedelta(minutes=9) < row.expires_at - now() <= timedelta(minutes=10)

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"provider": "nobody"}, "provider"),
            ({"redirectUri": "https://evil.example.com/"}, "redirectUri"),
            ({"redirectUri": f"{REDIRECT_URI}/"}, "redirectUri"),
            ({"redirectUri": f"{REDIRECT_URI}?next=x"}, "redirectUri"),
        ],
    )
    async def test_refused(
        self, signing: Signing, resources: Resources, given: dict[str, str], field: str
    ) -> None:
        refused = await signing.begin(**given)
        assert refused.codes == ["INVALID_INPUT"]
        assert refused.errors[0]["field"] == ["input", field]
        async with resources.database.read() as session:
            assert await session.all(select(OAuthFlow)) == []

    async def test_no_api_token(self, signing: Signing) -> None:
        ana = await make_person(signing.resources, "ana")
        given = {"name": "n", "kind": "PERSONAL", "scopes": ["account.read", "account.write"]}
        given["expiresAt"] = (now() + timedelta(days=1)).isoformat()
        made = await signing.api.mutate("apiTokenCreate", given, "token", as_=ana)
        headers = {"Authorization": f"Bearer {made.ok()['token']}"}
        document = """mutation { oauthBegin(input: { provider: "campus", redirectUri: "x" })
            { flow } }"""
        answer = await signing.api.execute(document, headers=headers)
        assert answer.codes == ["FORBIDDEN"]

    async def test_a_token_that_is_no_good_is_not_nobody(self, signing: Signing) -> None:
        document = """mutation { oauthBegin(input: { provider: "campus", redirectUri: "x" })
            { flow } }"""
        answer = await signing.api.execute(document, headers={"Authorization": "Bearer x"})
        assert answer.codes == ["UNAUTHENTICATED"]


class TestNewAccount:
    async def test_is_made_and_signed_in(self, signing: Signing, resources: Resources) -> None:
        done = (await signing.sign_in()).ok()
        assert done["user"]["username"] == "nora"
        assert done["tokens"]["expiresIn"] == 900
        seen = await _viewer(signing.api, done["tokens"]["accessToken"])
        (account,) = seen["oauthAccounts"]
        assert (seen["email"], seen["emailVerified"]) == ("nora@example.com", True)
        assert (account["provider"], account["email"]) == ("campus", "nora@example.com")
        assert account["lastUsedAt"] is not None
        async with resources.database.read() as session:
            user = await session.value(select(User))
            linked = await session.value(select(OAuthAccount))
            (entry,) = await session.all(select(AuditEntry))
            (detail,) = await session.all(select(AuditDetail))
            assert await session.all(select(OAuthFlow)) == []
        assert user.password_hash is None
        assert (user.first_name, user.last_name) == ("Nora", "Bell")
        assert (linked.subject, linked.user_id) == ("subject-1", user.id)
        assert (entry.action, detail.after) == ("oauth.link", {"provider": "campus"})
        assert await waiting_events(resources) == [
            *("account.registered", "account.oauth_linked", "account.signed_in")
        ]

    async def test_again_is_the_same_account(self, signing: Signing, resources: Resources) -> None:
        first = (await signing.sign_in()).ok()
        signing.provider.user |= {"email": "moved@example.com", "preferred_username": "other"}
        again = (await signing.sign_in(rememberMe=True, device={"os": "Haiku"})).ok()
        assert again["user"] == first["user"]
        async with resources.database.read() as session:
            (user,) = await session.all(select(User))
            newest = await session.first(
                select(AuthSession).order_by(col(AuthSession.created_at).desc())
            )
        assert user.email == "nora@example.com"
        assert newest is not None
        assert (newest.remember, newest.device_os) == (True, "Haiku")

    async def test_a_password_signs_nobody_in(self, signing: Signing) -> None:
        await signing.sign_in()
        for password in ("", PASSWORD, "nobody has this password"):
            given = {"login": "nora", "password": password}
            refused = await signing.api.mutate("accountLogin", given)
            assert refused.codes == ["WRONG_CREDENTIALS"]

    @pytest.mark.parametrize(
        ("said", "username", "first_name"),
        [
            ({"preferred_username": "Zoë Ω"}, "zoe", "Nora"),
            ({"preferred_username": None, "nickname": "nick"}, "nick", "Nora"),
            ({"preferred_username": "a@b.c d"}, "a-b.c-d", "Nora"),
            ({"preferred_username": None}, "nora", "Nora"),
            ({"preferred_username": "光", "given_name": "光\u202e"}, "learner", "光"),
            ({"preferred_username": "x" * 400, "given_name": ""}, "x" * 30, "x" * 128),
            ({"preferred_username": 7, "given_name": ["x"]}, "learner", "learner"),
        ],
    )
    async def test_name(
        self,
        signing: Signing,
        resources: Resources,
        said: dict[str, Any],
        username: str,
        first_name: str,
    ) -> None:
        user = signing.provider.user | {"name": None} | said
        signing.provider.user = {name: value for name, value in user.items() if value is not None}
        done = (await signing.sign_in()).ok()
        assert done["user"]["username"] == username
        async with resources.database.read() as session:
            assert (await session.value(select(User))).first_name == first_name

    async def test_name_that_is_taken(self, signing: Signing) -> None:
        await make_person(signing.resources, "nora")
        signing.provider.user["email"] = "another@example.com"
        done = (await signing.sign_in()).ok()
        name = done["user"]["username"]
        assert name.startswith("nora-")
        assert len(name) == len("nora-") + 8

    async def test_at_the_same_moment(self, signing: Signing, resources: Resources) -> None:
        flows = [await signing.went() for _ in range(4)]
        answers = await asyncio.gather(*[signing.complete(*each) for each in flows])
        assert {each.ok()["user"]["username"] for each in answers} == {"nora"}
        assert await numbers(resources) == {User: 1, OAuthAccount: 1, AuthSession: 4}

    async def test_address_by_userinfo(self, signing: Signing) -> None:
        signing.provider.tells_in_token = False
        done = (await signing.sign_in()).ok()
        assert done["user"]["username"] == "nora"
        assert "/userinfo" in signing.provider.asked

    async def test_refresh_token_in_a_cookie(self, signing: Signing) -> None:
        done = (await signing.sign_in(cookie=True)).ok()
        assert done["tokens"]["refreshToken"] is None
        headers = {"X-CSRF-Token": done["tokens"]["csrfToken"]}
        fields = "tokens { accessToken }"
        (await signing.api.mutate("tokenRefresh", {}, fields, headers=headers)).ok()


class TestOtherProviders:
    async def test_github(self, signing: Signing) -> None:
        done = (await signing.sign_in("github")).ok()
        assert done["user"]["username"] == "nora-hub"
        seen = await _viewer(signing.api, done["tokens"]["accessToken"])
        assert seen["email"] == "nora@example.com"
        assert seen["oauthAccounts"][0]["provider"] == "github"
        # Its settings don't trust it with addresses.
        assert seen["emailVerified"] is False

    async def test_discord(self, signing: Signing, resources: Resources) -> None:
        done = (await signing.sign_in("discord")).ok()
        assert done["user"]["username"] == "nora-hub"
        async with resources.database.read() as session:
            linked = await session.value(select(OAuthAccount))
        assert (linked.provider, linked.subject) == ("discord", "80351110224678912")

    def test_presets(self) -> None:
        given = [{"name": name, "client_id": "x"} for name in ("google", "github", "discord")]
        google, github, discord = Settings(oauth_providers=given).oauth_providers
        assert (google.issuer, google.scopes) == (
            "https://accounts.google.com",
            ("openid", "email", "profile"),
        )
        assert github.token_endpoint == "https://github.com/login/oauth/access_token"
        assert discord.api == "https://discord.com/api"
        assert not any(each.trusts_email for each in (google, github, discord))

    @pytest.mark.parametrize(
        "given",
        [
            {"name": "campus", "client_id": "x"},
            {"name": "campus", "client_id": "x", "issuer": "http://campus.example.com"},
            {"name": "Campus", "client_id": "x", "issuer": "https://campus.example.com"},
            {"name": "campus", "client_id": "x", "issuer": "https://c.example.com", "trust": 1},
        ],
    )
    def test_settings_that_make_no_sense(self, given: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="oauth_providers"):
            Settings(oauth_providers=[given])


class TestLinking:
    async def test_signed_in(self, signing: Signing, resources: Resources) -> None:
        # The address is another one; it doesn't matter.
        ana = await make_person(resources, "ana")
        done = (await signing.sign_in(as_=ana)).ok()
        assert done == {"user": {"username": "ana"}, "tokens": None, "errors": []}
        again = (await signing.sign_in()).ok()
        assert again["user"] == {"username": "ana"}
        assert await numbers(resources) == {User: 1, OAuthAccount: 1, AuthSession: 2}

    async def test_signed_in_twice_is_once(self, signing: Signing, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        for _ in range(2):
            (await signing.sign_in(as_=ana)).ok()
        assert (await numbers(resources))[OAuthAccount] == 1
        assert await waiting_events(resources) == ["account.oauth_linked"]

    async def test_by_an_address_verified_on_both_sides(
        self, signing: Signing, resources: Resources
    ) -> None:
        nora = await _verified(resources, "nora")
        done = (await signing.sign_in()).ok()
        assert done["user"] == {"username": "nora"}
        async with resources.database.read() as session:
            linked = await session.value(select(OAuthAccount))
        assert linked.user_id == nora.key
        assert (await numbers(resources))[User] == 1

    async def test_another_account_of_the_provider(
        self, signing: Signing, resources: Resources
    ) -> None:
        ana = await make_person(resources, "ana")
        (await signing.sign_in(as_=ana)).ok()
        signing.provider.user["sub"] = "subject-2"
        assert (await signing.sign_in(as_=ana)).codes == ["OAUTH_ALREADY_LINKED"]
        assert (await numbers(resources))[OAuthAccount] == 1

    async def test_what_another_has_linked(self, signing: Signing, resources: Resources) -> None:
        ana, ben = [await make_person(resources, name) for name in ("ana", "ben")]
        (await signing.sign_in(as_=ana)).ok()
        assert (await signing.sign_in(as_=ben)).codes == ["OAUTH_TAKEN"]
        async with resources.database.read() as session:
            assert (await session.value(select(OAuthAccount))).user_id == ana.key

    async def test_at_the_same_moment_by_two(self, signing: Signing, resources: Resources) -> None:
        people = [await make_person(resources) for _ in range(4)]
        ways = [await signing.went(as_=person) for person in people]
        answers = await asyncio.gather(
            *[signing.complete(*way, as_=who) for way, who in zip(ways, people, strict=True)]
        )
        assert sorted(each.codes for each in answers) == [[], *[["OAUTH_TAKEN"]] * 3]
        assert (await numbers(resources))[OAuthAccount] == 1

    async def test_suspended(self, signing: Signing, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        (await signing.sign_in(as_=ana)).ok()
        async with writing(resources) as session:
            await session.execute(update(User).values(status=AccountStatus.SUSPENDED))
        before = await numbers(resources)
        assert (await signing.sign_in()).codes == ["ACCOUNT_INACTIVE"]
        assert await numbers(resources) == before


class TestFlow:
    async def test_is_good_for_one_try(self, signing: Signing, resources: Resources) -> None:
        way = await signing.went()
        (await signing.complete(*way)).ok()
        before = await numbers(resources)
        assert (await signing.complete(*way)).codes == ["OAUTH_FLOW_INVALID"]
        assert await numbers(resources) == before

    async def test_many_tries_at_once(self, signing: Signing, resources: Resources) -> None:
        way = await signing.went()
        answers = await asyncio.gather(*[signing.complete(*way) for _ in range(5)])
        assert sorted(each.codes for each in answers) == [[], *[["OAUTH_FLOW_INVALID"]] * 4]
        assert signing.provider.asked.count("/token") == 1
        assert (await numbers(resources))[AuthSession] == 1

    async def test_wrong_state_uses_nothing_up(self, signing: Signing) -> None:
        flow, back = await signing.went()
        other = await signing.went()
        for state in ("", "x", other[1]["state"]):
            refused = await signing.complete(flow, back | {"state": state})
            assert refused.codes == ["OAUTH_FLOW_INVALID"]
        assert "/token" not in signing.provider.asked
        (await signing.complete(flow, back)).ok()

    async def test_anothers_code_and_state_in_a_victims_browser(
        self, signing: Signing, resources: Resources
    ) -> None:
        # The victim has a flow of their own, and is sent back with what the attacker was given.
        mine, _ = await signing.went()
        _, attackers = await signing.went()
        assert (await signing.complete(mine, attackers)).codes == ["OAUTH_FLOW_INVALID"]
        assert (await numbers(resources))[AuthSession] == 0

    async def test_belongs_to_who_began(self, signing: Signing, resources: Resources) -> None:
        ana, ben = [await make_person(resources, name) for name in ("ana", "ben")]
        phone = await sign_in(resources, ana.user)
        tries: list[tuple[Person | None, Person | None]] = [
            (ana, ben),
            (ana, None),
            (None, ben),
            (ana, phone),
        ]
        for began, completes in tries:
            way = await signing.went(as_=began)
            refused = await signing.complete(*way, as_=completes)
            assert refused.codes == ["OAUTH_FLOW_INVALID"]
        assert (await numbers(resources))[OAuthAccount] == 0

    async def test_ends_after_ten_minutes(self, signing: Signing, resources: Resources) -> None:
        way, other = await signing.went(), await signing.went()
        async with writing(resources) as session:
            flow_hash = token_hash(way[0])
            await session.execute(
                update(OAuthFlow)
                .where(col(OAuthFlow.flow_hash) == flow_hash)
                .values(expires_at=now())
            )
        assert (await signing.complete(*way)).codes == ["OAUTH_FLOW_INVALID"]
        await oauth.forget_unfinished(resources)
        async with resources.database.read() as session:
            assert await session.value(select(func.count()).select_from(OAuthFlow)) == 1
        (await signing.complete(*other)).ok()

    async def test_another_process_completes_it(self, signing: Signing) -> None:
        flow, back = await signing.went()
        data = oauth.CompleteData(flow=flow, state=back["state"], code=back["code"])
        given = signing.api.resources.settings
        async with open_resources(given) as another:
            done = await oauth.complete(another, NOBODY, None, data)
        assert done.user.username == "nora"


class TestUnlink:
    async def _link(self, signing: Signing, token: str) -> str:
        id: str = (await _viewer(signing.api, token))["oauthAccounts"][0]["id"]
        return id

    async def test_with_a_password(self, signing: Signing, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        await signing.sign_in(as_=ana)
        id = await self._link(signing, ana.access_token)
        (await signing.api.mutate("oauthUnlink", {"id": id}, as_=ana)).ok()
        assert (await numbers(resources))[OAuthAccount] == 0
        again = await signing.api.mutate("oauthUnlink", {"id": id}, as_=ana)
        assert again.codes == ["NOT_FOUND"]
        async with resources.database.read() as session:
            actions = await session.all(
                select(AuditEntry.action).order_by(col(AuditEntry.sequence))
            )
        assert actions == ["oauth.link", "oauth.unlink"]

    async def test_the_last_way_in_stays(self, signing: Signing, resources: Resources) -> None:
        token = (await signing.sign_in()).ok()["tokens"]["accessToken"]
        headers = {"Authorization": f"Bearer {token}"}
        id = await self._link(signing, token)
        refused = await signing.api.mutate("oauthUnlink", {"id": id}, headers=headers)
        assert refused.codes == ["LAST_SIGN_IN_METHOD"]
        assert (await numbers(resources))[OAuthAccount] == 1

    async def test_of_two_one_stays(self, signing: Signing, resources: Resources) -> None:
        token = (await signing.sign_in()).ok()["tokens"]["accessToken"]
        headers = {"Authorization": f"Bearer {token}"}
        (await signing.sign_in("github", headers=headers)).ok()
        ids = [each["id"] for each in (await _viewer(signing.api, token))["oauthAccounts"]]
        answers = await asyncio.gather(
            *[signing.api.mutate("oauthUnlink", {"id": id}, headers=headers) for id in ids]
        )
        assert sorted(each.codes for each in answers) == [[], ["LAST_SIGN_IN_METHOD"]]
        assert (await numbers(resources))[OAuthAccount] == 1

    async def test_a_provider_that_is_gone_is_no_way_in(
        self, signing: Signing, resources: Resources
    ) -> None:
        token = (await signing.sign_in()).ok()["tokens"]["accessToken"]
        headers = {"Authorization": f"Bearer {token}"}
        id = await self._link(signing, token)
        async with writing(resources) as session:
            user = await session.value(select(User))
            session.add(OAuthAccount(user_id=user.id, provider="closed", subject="1"))
        refused = await signing.api.mutate("oauthUnlink", {"id": id}, headers=headers)
        assert refused.codes == ["LAST_SIGN_IN_METHOD"]

    async def test_anothers(self, signing: Signing, resources: Resources) -> None:
        ana, ben = [await make_person(resources, name) for name in ("ana", "ben")]
        await signing.sign_in(as_=ana)
        id = await self._link(signing, ana.access_token)
        refused = await signing.api.mutate("oauthUnlink", {"id": id}, as_=ben)
        assert refused.codes == ["NOT_FOUND"]
        assert (await numbers(resources))[OAuthAccount] == 1


class TestDocuments:
    async def test_are_read_once(self, signing: Signing) -> None:
        for _ in range(3):
            (await signing.sign_in()).ok()
        asked = signing.provider.asked
        assert asked.count("/.well-known/openid-configuration") == 1
        assert asked.count("/jwks") == 1
        assert asked.count("/token") == 3

    @pytest.mark.parametrize("kid", ["second", "first"])
    async def test_keys_that_changed_are_read_again(self, signing: Signing, kid: str) -> None:
        (await signing.sign_in()).ok()
        signing.provider.key = new_key(kid)
        for _ in range(2):
            (await signing.sign_in()).ok()
        assert signing.provider.asked.count("/jwks") == 2
