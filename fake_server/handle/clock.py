"""The world's clock."""

from datetime import datetime, timedelta
from typing import Any

from fake_server.handle.connection import ControlError
from fake_server.handle.control import Control


class Clock:
    """Read, frozen, turned forward, let go. Instants are texts as the fake prints them, or Python's own."""

    def __init__(self, control: Control) -> None:
        self._control = control

    @property
    def now(self) -> str:
        """What time it is in the world, as 2026-03-12T15:30:00.000Z."""
        return str(self._control.ask("GET", "/clock")["now"])

    @property
    def mode(self) -> str:
        """`real` or `frozen`."""
        return str(self._control.ask("GET", "/clock")["mode"])

    def freeze(self, at: str | datetime | None = None) -> Any:
        """Stands still, at an instant or where it is."""
        return self._control.ask("POST", "/clock/freeze", {} if at is None else {"at": at})

    def advance(
        self, by: str | float | timedelta | None = None, *, days: float = 0, hours: float = 0, minutes: float = 0,
        seconds: float = 0,
    ) -> Any:  # fmt: skip
        """Forward, by seconds, by a text such as `2d`, or by so many days, hours, minutes and seconds. Returns
        when everything that falls due on the way was sent and answered: `fell_due` of the answer."""
        try:
            more = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        except (ValueError, OverflowError):
            why = "Days, hours, minutes and seconds are finite numbers, of less than a billion days together."
            raise ControlError(422, "Invalid span", why) from None
        if (by is None) == (not more):
            raise TypeError("Say how far the clock goes, in one way: advance(days=2), advance('2d') or advance(90).")
        span = more if by is None else by
        wanted = span.total_seconds() if isinstance(span, timedelta) else span
        return self._control.ask("POST", "/clock/advance", {"by": wanted}, patience=None)

    def resume(self) -> Any:
        """Runs on from where it stands."""
        return self._control.ask("POST", "/clock/resume")
