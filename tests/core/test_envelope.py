"""Envelope encryption, and the change of its master key."""

from base64 import b64encode

import pytest
from cryptography.exceptions import InvalidTag
from pydantic import SecretStr

from app.core.envelope import Envelope, MasterKeys
from app.core.startup import StartupError

_OLD, _NEW = bytes(32), bytes(range(32))
_SECRET = b"what nobody may read"


def _setting(name: str, key: bytes) -> SecretStr:
    return SecretStr(f"{name}:{b64encode(key).decode()}")


async def test_opens_what_it_sealed_for_the_same_purpose() -> None:
    envelope = Envelope(MasterKeys({"2026": _OLD}))
    stored = await envelope.seal(_SECRET, "totp")
    assert _SECRET not in stored
    assert stored != await envelope.seal(_SECRET, "totp")
    assert await envelope.open(stored, "totp") == _SECRET
    with pytest.raises(InvalidTag):
        await envelope.open(stored, "oauth")
    with pytest.raises(InvalidTag):
        await envelope.open(stored[:-1] + bytes([stored[-1] ^ 1]), "totp")


async def test_the_master_key_changes_and_the_secret_stays() -> None:
    stored = await Envelope(MasterKeys({"old": _OLD})).seal(_SECRET, "totp")
    both = Envelope(MasterKeys({"new": _NEW, "old": _OLD}))
    renewed = await both.renew(stored)
    only_new = Envelope(MasterKeys({"new": _NEW}))
    assert await only_new.open(renewed, "totp") == _SECRET
    # The same key within: the secret itself wasn't touched.
    assert renewed.endswith(stored[-len(_SECRET) - 28 :])
    with pytest.raises(KeyError):
        await only_new.open(stored, "totp")


async def test_a_key_is_derived_where_none_is_given() -> None:
    stored = await Envelope(MasterKeys.of([], SecretStr("a"))).seal(_SECRET, "totp")
    assert await Envelope(MasterKeys.of([], SecretStr("a"))).open(stored, "totp") == _SECRET
    with pytest.raises(InvalidTag):
        await Envelope(MasterKeys.of([], SecretStr("b"))).open(stored, "totp")


async def test_the_first_of_the_settings_seals() -> None:
    keys = [_setting("new", _NEW), _setting("old", _OLD)]
    stored = await Envelope(MasterKeys.of(keys, SecretStr(""))).seal(_SECRET, "totp")
    assert await Envelope(MasterKeys({"new": _NEW})).open(stored, "totp") == _SECRET


@pytest.mark.parametrize(
    "given", ["no colon", ":bm90aGluZw==", "name:not base64!", "name:c2hvcnQ=", ""]
)
def test_a_bad_setting_is_said_so(given: str) -> None:
    with pytest.raises(StartupError, match="name:key"):
        MasterKeys.of([SecretStr(given)], SecretStr(""))
