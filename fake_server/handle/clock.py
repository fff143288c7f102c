"""The world's clock."""

from datetime import datetime, timedelta
from typing import Any

from fake_server.handle.asker import Asker


class Clock:
    """Read, frozen, turned forward, let go. Instants are texts as the fake prints them, or Python's own."""

    def __init__(self, asker: Asker) -> None:
        self.asker = asker

    @property
    def now(self) -> str:
        return str(self.asker.ask("GET", "/clock")["now"])

    @property
    def mode(self) -> str:
        """`real` or `frozen`."""
        return str(self.asker.ask("GET", "/clock")["mode"])

    def freeze(self, at: str | datetime | None = None) -> Any:
        """Stands still, at an instant or where it is."""
        return self.asker.ask("POST", "/clock/freeze", {} if at is None else {"at": at})

    def advance(
        self, by: str | float | timedelta | None = None, *, days: float = 0, hours: float = 0, minutes: float = 0,
        seconds: float = 0,
    ) -> Any:  # fmt: skip
        """Forward, by seconds, by a text such as `2d`, or by so many days, hours, minutes and seconds. Returns
        when everything that falls due on the way was sent and answered: `fell_due` of the answer."""
        more = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if (by is None) == (not more):
            raise TypeError("Say how far the clock goes, in one way: advance(days=2), advance('2d') or advance(90).")
        span = more if by is None else by
        wanted = span.total_seconds() if isinstance(span, timedelta) else span
        return self.asker.ask("POST", "/clock/advance", {"by": wanted}, patience=None)

    def resume(self) -> Any:
        """Runs on from where it stands."""
        return self.asker.ask("POST", "/clock/resume")
