"""Root queries of the calendar."""

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

import strawberry

from app.accounts.locales import time_zone as known_zone
from app.calendar.series import Window
from app.calendar.service import entries
from app.calendar.types import CalendarEntry, entry_of
from app.core.access import SIGNED_IN
from app.core.errors import BadRequest
from app.core.graph.context import Info
from app.core.graph.fields import question

# As much as a page of what is read with several lists below it.
_COST = 100


@strawberry.type
class CalendarQuery:
    """Look at the calendar."""

    @question(SIGNED_IN, cost=_COST)
    async def calendar(
        self,
        info: Info,
        from_: Annotated[
            date, strawberry.argument(name="from", description="The first day, from 1970 on.")
        ],
        to: Annotated[
            date, strawberry.argument(description="The last day: at most 366 days with the first.")
        ],
        time_zone: Annotated[
            str,
            strawberry.argument(
                description="By whose clocks days begin and end, such as Europe/Berlin."
            ),
        ] = "UTC",
    ) -> list[CalendarEntry]:
        """The viewer's own events and those of their classes and pods, study sessions, class
        meetings, lectures and deadlines, in the order in which they begin: every occurrence that
        takes place on these days, if only partly. More than 2,000 are an error.
        """
        try:
            window = Window(from_, to, ZoneInfo(known_zone(time_zone)))
        except ValueError as error:
            raise BadRequest(str(error)) from None
        found = await entries.entries(info.context.resources, info.context.me, window)
        return [entry_of(each, window) for each in found]
