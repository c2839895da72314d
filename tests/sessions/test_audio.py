"""`audioChunkSubmit`: which audio is taken, and from whom."""

import asyncio
from typing import Any

import pytest

from app.core.resources import Resources
from app.sessions.models import SessionStatus
from app.sessions.service import lifecycle, planning
from tests.client import Answer, Api, Payload
from tests.factories import change_session, make_person, waiting_jobs, withdraw_consent
from tests.sessions.conftest import Speaking
from tests.sessions.recordings import wav


def _payload(answer: Answer) -> Payload:
    return Payload(answer.ok()["audioChunkSubmit"])


async def _send(
    api: Api, speaking: Speaking, sequence: int = 0, audio: bytes | None = None, **more: Any
) -> Payload:
    data = wav() if audio is None else audio
    answer = await api.submit_audio(speaking.session.id, sequence, data, as_=speaking.host, **more)
    return _payload(answer)


async def _nothing_kept(speaking: Speaking) -> None:
    assert await speaking.chunks() == []
    assert speaking.objects() == []
    assert await waiting_jobs(speaking.resources) == []


class TestAccepted:
    async def test_once(self, api: Api, speaking: Speaking) -> None:
        audio = wav()
        chunk = (await _send(api, speaking, audio=audio)).ok()["chunk"]
        assert (chunk["sequence"], chunk["status"], chunk["size"]) == (0, "ACCEPTED", len(audio))
        job = {"session_id": str(speaking.session.key), "speaker_id": str(speaking.host.key)}
        assert await waiting_jobs(speaking.resources) == [("sessions.transcribe_speech", job)]

    async def test_sealed(self, api: Api, speaking: Speaking) -> None:
        audio = wav()
        await _send(api, speaking, audio=audio)
        [stored] = speaking.objects()
        assert len(stored.read_bytes()) == len(audio) + 28
        assert audio[:16] not in stored.read_bytes()
        [row] = await speaking.chunks()
        assert row.object_name == f"audio-in-flight/{stored.name}"
        assert row.object_key is not None
        assert len(row.object_key) == 32

    async def test_again_is_the_first_one(self, api: Api, speaking: Speaking) -> None:
        first = (await _send(api, speaking)).ok()
        again = (await _send(api, speaking, audio=wav(2))).ok()
        assert again == first
        assert len(await speaking.chunks()) == len(speaking.objects()) == 1
        assert len(await waiting_jobs(speaking.resources)) == 1

    async def test_at_the_same_time(self, api: Api, speaking: Speaking) -> None:
        answers = await asyncio.gather(*[_send(api, speaking) for _ in range(5)])
        assert all(answer.ok() == answers[0].ok() for answer in answers)
        assert len(await speaking.chunks()) == len(speaking.objects()) == 1

    async def test_out_of_order(self, api: Api, speaking: Speaking) -> None:
        (await _send(api, speaking, 1)).ok()
        (await _send(api, speaking, 0)).ok()
        assert [chunk.sequence for chunk in await speaking.chunks()] == [0, 1]
        # At once, after the wait for the missing one, and for the missing one itself.
        assert len(await waiting_jobs(speaking.resources)) == 3

    async def test_a_later_slice_has_no_header(self, api: Api, speaking: Speaking) -> None:
        (await _send(api, speaking, 0)).ok()
        (await _send(api, speaking, 1, b"the recording goes on")).ok()
        assert [chunk.sequence for chunk in await speaking.chunks()] == [0, 1]


class TestRefused:
    @pytest.mark.parametrize(
        ("audio", "code"),
        [
            (b"", "AUDIO_EMPTY"),
            (b"hello, this is text", "AUDIO_TYPE_UNSUPPORTED"),
            (b"\x1a\x45\xdf\xa3 and then nothing of it", "AUDIO_UNREADABLE"),
            (wav(31), "AUDIO_TOO_LONG"),
            (wav() + bytes(5 * 1024 * 1024), "AUDIO_TOO_LARGE"),
        ],
    )
    async def test_bytes(self, api: Api, speaking: Speaking, audio: bytes, code: str) -> None:
        refused = await _send(api, speaking, audio=audio)
        assert [(error["code"], error["field"]) for error in refused.errors] == [
            (code, ["input", "audio"])
        ]
        assert refused.errors[0]["message"].endswith(".")
        await _nothing_kept(speaking)

    async def test_far_too_large(self, api: Api, speaking: Speaking) -> None:
        answer = await api.submit_audio(
            speaking.session.id, 0, bytes(7 * 1024 * 1024), as_=speaking.host
        )
        assert (answer.status, answer.codes) == (413, ["REQUEST_TOO_LARGE"])
        await _nothing_kept(speaking)

    async def test_not_a_file(self, api: Api, speaking: Speaking) -> None:
        document = (
            "mutation ($input: AudioChunkSubmitInput!)"
            " { audioChunkSubmit(input: $input) { errors { code } } }"
        )
        given = {"sessionId": speaking.session.id, "sequence": 0, "audio": "text"}
        answer = await api.execute(document, {"input": given}, as_=speaking.host)
        assert answer.codes == ["BAD_REQUEST"]
        await _nothing_kept(speaking)

    @pytest.mark.parametrize("sequence", [-1, 1_000_001])
    async def test_number(self, api: Api, speaking: Speaking, sequence: int) -> None:
        refused = await _send(api, speaking, sequence)
        assert [error["field"] for error in refused.errors] == [["input", "sequence"]]
        await _nothing_kept(speaking)

    async def test_too_far_ahead(self, api: Api, speaking: Speaking) -> None:
        assert (await _send(api, speaking, 20)).codes == ["AUDIO_OUT_OF_ORDER"]
        await _nothing_kept(speaking)
        (await _send(api, speaking, 19)).ok()

    async def test_a_slice_without_a_beginning(self, api: Api, speaking: Speaking) -> None:
        refused = await _send(api, speaking, 1, b"the recording goes on")
        assert refused.codes == ["AUDIO_TYPE_UNSUPPORTED"]
        await _nothing_kept(speaking)

    @pytest.mark.parametrize("state", ["scheduled", "ended", "cancelled"])
    async def test_not_live(self, api: Api, speaking: Speaking, state: str) -> None:
        await change_session(speaking.resources, speaking.session, status=SessionStatus(state))
        assert (await _send(api, speaking)).codes == ["SESSION_WRONG_STATE"]
        await _nothing_kept(speaking)

    async def test_not_in_the_call(self, api: Api, speaking: Speaking) -> None:
        (await api.mutate("sessionLeave", {"sessionId": speaking.session.id}, as_=speaking.host))
        assert (await _send(api, speaking)).codes == ["NOT_IN_SESSION"]
        await _nothing_kept(speaking)

    async def test_listening_off(self, api: Api, speaking: Speaking) -> None:
        await change_session(speaking.resources, speaking.session, ai_listening=False)
        assert (await _send(api, speaking)).codes == ["AI_LISTENING_OFF"]
        await _nothing_kept(speaking)

    async def test_consent_withdrawn(self, api: Api, speaking: Speaking) -> None:
        await withdraw_consent(speaking.resources, speaking.host)
        assert (await _send(api, speaking)).codes == ["CONSENT_MISSING"]
        await _nothing_kept(speaking)

    async def test_never_consented(
        self, api: Api, resources: Resources, speaking: Speaking
    ) -> None:
        ben = await make_person(resources)
        async with resources.begin() as uow:
            await planning.invite(uow, speaking.host.viewer, speaking.session.key, [ben.key], [])
            await lifecycle.join(uow, ben.viewer, speaking.session.key, resources.settings)
        answer = await api.submit_audio(speaking.session.id, 0, wav(), as_=ben)
        assert _payload(answer).codes == ["CONSENT_MISSING"]
        await _nothing_kept(speaking)

    @pytest.mark.parametrize("public", [False, True])
    async def test_a_stranger(
        self, api: Api, resources: Resources, speaking: Speaking, public: bool
    ) -> None:
        await change_session(resources, speaking.session, public=public)
        eve = await make_person(resources, consent=True)
        answer = await api.submit_audio(speaking.session.id, 0, wav(), as_=eve)
        assert _payload(answer).codes == ["NOT_FOUND"]
        await _nothing_kept(speaking)
