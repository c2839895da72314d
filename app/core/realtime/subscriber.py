"""One subscription of one client, as the live engine keeps it: small, for there are many."""

import asyncio
from typing import TYPE_CHECKING

from app.core.authentication import Known
from app.core.graph.context import Context
from app.core.realtime.presence import Leave
from app.core.realtime.sink import Sink
from app.core.viewer import Viewer

if TYPE_CHECKING:
    from app.core.realtime.feeds import Feed
    from app.core.realtime.views import View


class Subscriber:
    """Where a client's events go, and which it has had.

    It is of one `view` at a time, and of none while it is being admitted. `place` is that of
    the last event it was told, whatever happens to it in between.
    """

    __slots__ = ("context", "disappear", "feed", "known", "place", "sink", "task", "view")

    def __init__(self, context: Context, sink: Sink) -> None:
        self.context = context
        self.sink = sink
        self.known: Known | None = None
        self.place = -1
        self.feed: Feed | None = None
        self.view: View | None = None
        # Where following is being present: what ends it.
        self.disappear: Leave | None = None
        # What admits it.
        self.task: asyncio.Task[None] | None = None

    @property
    def viewer(self) -> Viewer | None:
        """Who listens."""
        return self.known.viewer if self.known else None

    def stop(self) -> None:
        """The client wants no more of it. A second time does nothing."""
        if self.task is not None:
            self.task.cancel()
            self.task = None
        self.leave()

    def leave(self) -> None:
        """Be told nothing any more."""
        if self.view is not None:
            self.view.remove(self)
        if self.disappear is not None:
            self.disappear()
        feed, self.feed = self.feed, None
        if feed is not None:
            feed.release()
