"""The secret feed: what programs read there, and who can't."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import icalendar
import pytest
from sqlalchemy import update
from sqlmodel import col, select

from app.accounts.models import AccountStatus, User
from app.calendar.models import CalendarFeed
from app.classes.models import ClassStatus, ClassType
from app.core.clock import now
from app.core.graphiql import make_once, run_npm
from app.core.resources import Resources
from app.core.settings import Settings, get_settings
from tests.calendar.planner import calendar, change, day, delete, make
from tests.classes.planning import School
from tests.client import Api
from tests.conftest import serve
from tests.factories import Person, make_person, writing

_PACKAGE = "ical.js@2.2.1"
# Every occurrence between two times, as the package finds them.
_READ = """
import ICAL from "ical.js";
const [text, first, last] = JSON.parse(await new Response(process.stdin).text());
const calendar = new ICAL.Component(ICAL.parse(text));
for (const zone of calendar.getAllSubcomponents("vtimezone"))
  ICAL.TimezoneService.register(new ICAL.Timezone(zone));
const events = calendar.getAllSubcomponents("vevent").map((each) => new ICAL.Event(each));
const found = [];
const put = (event, start, end) => {
  const [from, to] = [start.toJSDate(), end.toJSDate()];
  if (from.getTime() < last && from.getTime() >= first)
    found.push([event.summary, from.toISOString(), (to - from) / 60000]);
};
for (const event of events.filter((each) => !each.isRecurrenceException())) {
  for (const other of events)
    if (other.uid === event.uid && other.isRecurrenceException()) event.relateException(other);
  if (!event.isRecurring()) { put(event, event.startDate, event.endDate); continue; }
  const every = event.iterator();
  for (let next = every.next(), n = 0; next && n < 3000; next = every.next(), n++) {
    if (next.toJSDate().getTime() > last + 40 * 86400000) break;
    const { item, startDate, endDate } = event.getOccurrenceDetails(next);
    put(item, startDate, endDate);
  }
}
console.log(JSON.stringify(found));
"""


async def _url(api: Api, who: Person) -> str:
    document = "mutation { calendarFeedReset { url errors { code } } }"
    url: str = (await api.execute(document, as_=who)).ok()["calendarFeedReset"]["url"]
    return url


async def _read(api: Api, url: str, **headers: str) -> httpx.Response:
    return await api.http.get(url, headers=headers)


def _events(answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 200, answer.text
    return icalendar.Calendar.from_ical(answer.content).walk("VEVENT")


def _package(folder: Path) -> Path:
    made = folder / "reader"
    made.mkdir()
    run_npm(["install", "--no-audit", "--no-fund", "--ignore-scripts", _PACKAGE], cwd=made)
    (made / "read.mjs").write_text(_READ)
    return made


def _by_another(text: str, first: str, last: str) -> list[tuple[str, str, int]]:
    """What an implementation in another language makes of a feed."""
    folder = get_settings().data_dir / "tests" / _PACKAGE
    make_once(folder, _package)
    (folder / "read.mjs").write_text(_READ)
    times = [datetime.fromisoformat(each).replace(tzinfo=UTC).timestamp() for each in (first, last)]
    given = json.dumps([text, *[each * 1000 for each in times]])
    done = subprocess.run(
        ["node", "read.mjs"],
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "TZ": "UTC"},
    )
    return sorted(
        (title, at.replace(".000", ""), minutes) for title, at, minutes in json.loads(done.stdout)
    )


class TestContents:
    async def test_another_program_finds_the_same(self, api: Api, ana: Person) -> None:
        """Across both changes of the clock, with moved and cancelled occurrences and splits."""
        zone = {"timeZone": "Europe/Berlin"}
        start = (now() - timedelta(days=60)).date()
        at = f"{start}T08:00:00Z"
        weekly = await make(api, ana, startsAt=at, recurrence="FREQ=WEEKLY", **zone)
        days = [(start + timedelta(days=7 * each)).isoformat() for each in range(60)]
        (await delete(api, ana, weekly, scope="THIS", occurrence=days[9])).ok()
        moved = {"startsAt": f"{days[11]}T15:00:00Z", "title": "Moved", "minutes": 30}
        (await change(api, ana, weekly, scope="THIS", occurrence=days[10], **moved)).ok()
        (await change(api, ana, weekly, scope="FOLLOWING", occurrence=days[20], title="Later")).ok()
        at_night = {"title": "Night", "startsAt": f"{start}T00:30:00Z", "minutes": 90}
        rule = f"FREQ=DAILY;INTERVAL=2;UNTIL={days[50].replace('-', '')}"
        await make(api, ana, recurrence=rule, timeZone="America/New_York", **at_night)
        await make(api, ana, title="Once", startsAt=f"{day(3)}T12:00:00Z")
        first, last = days[0], (now() + timedelta(days=300)).date().isoformat()
        text = (await _read(api, await _url(api, ana))).text
        ours = sorted(
            (
                each["title"],
                each["startsAt"],
                round(
                    (
                        datetime.fromisoformat(each["endsAt"])
                        - datetime.fromisoformat(each["startsAt"])
                    ).total_seconds()
                    / 60
                ),
            )
            for each in await calendar(api, ana, first, last)
            if first <= each["startsAt"] < last
        )
        assert len(ours) > 150
        assert _by_another(text, first, last) == ours

    async def test_as_rfc_5545_has_it(self, api: Api, ana: Person) -> None:
        title = "Plants; light, and \\ water: " + "\u00e4" * 100
        text = "One\nTwo; three, four\\five \U0001f331" * 10
        id = await make(
            api,
            ana,
            title=title,
            description=text,
            location="Room 5, left",
            timeZone="Europe/Berlin",
            startsAt=f"{day(1)}T08:00:00Z",
            recurrence="FREQ=DAILY;COUNT=4",
        )
        url = await _url(api, ana)
        answer = await _read(api, url)
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
        assert answer.content.count(b"\n") == answer.content.count(b"\r\n")
        [event] = _events(answer)
        assert (str(event["summary"]), str(event["description"])) == (title, text)
        assert str(event["uid"]) == f"event-{id.removeprefix('cev_')}@lyceum"
        assert event["dtstart"].params["TZID"] == "Europe/Berlin"
        [zone] = icalendar.Calendar.from_ical(answer.content).walk("VTIMEZONE")
        assert str(zone["tzid"]) == "Europe/Berlin"
        summer = zone.walk("DAYLIGHT")[0]
        # At one in UTC, when the clocks still show two.
        assert summer["dtstart"].dt.hour == 2
        assert summer["tzoffsetfrom"].td == timedelta(hours=1)
        assert summer["tzoffsetto"].td == timedelta(hours=2)
        sequence = int(event["sequence"])
        (await change(api, ana, id, scope="THIS", occurrence=day(2), title="Other")).ok()
        (await delete(api, ana, id, scope="THIS", occurrence=day(3))).ok()
        master, single = _events(await _read(api, url))
        assert master["uid"] == single["uid"] == event["uid"]
        assert [each.dt.date().isoformat() for each in master["exdate"].dts] == [day(3)]
        assert single["recurrence-id"].dt.date().isoformat() == day(2)
        assert str(single["summary"]) == "Other"
        assert int(master["sequence"]) == int(single["sequence"]) == sequence + 2

    async def test_whole_days_are_days(self, api: Api, ana: Person) -> None:
        given = {"startsAt": None, "startDate": day(4), "days": 2, "timeZone": "Asia/Tokyo"}
        await make(api, ana, **given, recurrence=f"FREQ=WEEKLY;UNTIL={day(60).replace('-', '')}")
        answer = await _read(api, await _url(api, ana))
        [event] = _events(answer)
        assert event["dtstart"].dt.isoformat() == day(4)
        assert event["dtend"].dt.isoformat() == day(6)
        assert f"UNTIL={day(60).replace('-', '')}\r\n" in answer.text
        assert "VTIMEZONE" not in answer.text

    async def test_90_days_back_and_366_ahead(self, api: Api, ana: Person) -> None:
        for ahead in (-92, -89, 365, 368):
            await make(api, ana, title=str(ahead), startsAt=f"{day(ahead)}T12:00:00Z")
        found = _events(await _read(api, await _url(api, ana)))
        assert {str(each["summary"]) for each in found} == {"-89", "365"}

    async def test_what_was_cancelled(
        self, api: Api, school: School, ana: Person, ida: Person
    ) -> None:
        taught = await school.in_status(ClassType.GROUP, ClassStatus.ACTIVE, ana)
        await make(api, ida, classId=taught, startsAt=f"{day(4)}T12:00:00Z")
        given = {
            "title": "Talk",
            "startsAt": f"{day(5)}T12:00:00Z",
            "minutes": 60,
            "capacity": 5,
        }
        lecture = (await api.mutate("lectureCreate", given, "lecture { id }", as_=ida)).ok()
        id = lecture["lecture"]["id"]
        url, other = await _url(api, ida), await _url(api, ana)
        talk = next(each for each in _events(await _read(api, url)) if each["summary"] == "Talk")
        assert "status" not in talk
        assert len(_events(await _read(api, other))) == 1
        (await api.mutate("lectureCancel", {"id": id}, "lecture { id }", as_=ida)).ok()
        gone = next(each for each in _events(await _read(api, url)) if each["summary"] == "Talk")
        assert str(gone["status"]) == "CANCELLED"
        assert gone["uid"] == talk["uid"]
        assert int(gone["sequence"]) >= int(talk["sequence"])


class TestReading:
    async def test_what_is_known_is_not_sent_again(self, api: Api, ana: Person) -> None:
        id = await make(api, ana, startsAt=f"{day(1)}T12:00:00Z")
        url = await _url(api, ana)
        first = await _read(api, url)
        assert first.headers["cache-control"] == "private, no-cache"
        assert "set-cookie" not in first.headers
        tag, since = first.headers["etag"], first.headers["last-modified"]
        for headers in ({"If-None-Match": tag}, {"If-None-Match": f'"x", W/{tag}'}):
            again = await _read(api, url, **headers)
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == tag
        assert (await _read(api, url, **{"If-Modified-Since": since})).status_code == 304
        old = "Thu, 01 Jan 2026 00:00:00 GMT"
        assert (await _read(api, url, **{"If-Modified-Since": old})).status_code == 200
        assert (await _read(api, url)).content == first.content
        (await delete(api, ana, id)).ok()
        changed = await _read(api, url, **{"If-None-Match": tag})
        assert changed.status_code == 200
        assert _events(changed) == []

    async def test_a_reset_ends_the_old_one(
        self, api: Api, ana: Person, resources: Resources
    ) -> None:
        old = await _url(api, ana)
        assert (await _read(api, old)).status_code == 200
        new = await _url(api, ana)
        assert (await _read(api, old)).status_code == 404
        assert (await _read(api, new)).status_code == 200
        token = new.rpartition("/")[2].removesuffix(".ics")
        async with resources.database.read() as session:
            [feed] = await session.all(select(CalendarFeed))
        assert token.encode() not in feed.token_hash

    @pytest.mark.parametrize("token", ["x", "A" * 43, "A" * 44, "%00" * 43, "\u00e4" * 43])
    async def test_no_token(self, api: Api, ana: Person, token: str) -> None:
        await _url(api, ana)
        assert (await _read(api, f"/calendar/{token}.ics")).status_code == 404

    @pytest.mark.parametrize("status", [AccountStatus.SUSPENDED, AccountStatus.DEACTIVATED])
    async def test_an_account_that_cannot_be_used(
        self, api: Api, ana: Person, resources: Resources, status: AccountStatus
    ) -> None:
        url = await _url(api, ana)
        async with writing(resources) as session:
            await session.execute(update(User).where(col(User.id) == ana.key).values(status=status))
        assert (await _read(api, url)).status_code == 404

    async def test_no_more_often_than_is_allowed(
        self, settings: Settings, resources: Resources
    ) -> None:
        who = await make_person(resources)
        async with serve(settings.model_copy(update={"limit_scale": 0.1})) as api:
            url = await _url(api, who)
            found = [(await _read(api, url)).status_code for _ in range(4)]
            assert found == [200, 200, 429, 429]
            assert int((await _read(api, url)).headers["retry-after"]) > 0

    async def test_the_token_is_in_no_log(
        self, api: Api, ana: Person, capsys: pytest.CaptureFixture[str]
    ) -> None:
        url = await _url(api, ana)
        token = url.rpartition("/")[2].removesuffix(".ics")
        await _read(api, url)
        await api.http.post(url)
        await _read(api, url.removesuffix(".ics"))
        captured = capsys.readouterr()
        assert token not in captured.out + captured.err
