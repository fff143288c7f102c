"""Whether a delivery that somebody waits for can still come, and what is said where it does not."""

from collections.abc import Iterator, Sequence
from typing import Any

from fake_server.errors import did_you_mean
from fake_server.handle.control import Control, Rows

SHOWN = 10
"""Deliveries that a message shows."""


def own(control: Control, url: str, secret: str) -> Any:
    """The subscription of an inbox, whatever became of its other fields; None where there is none. By its id alone it
    might be another's, after a reset."""
    rows = control.ask("GET", "/webhooks")["data"]
    return next((row for row in rows if (row["url"], row["secret"]) == (url, secret)), None)


def any_of(events: Sequence[str], family: str) -> bool:
    return any(one.startswith(family) for one in events)


class Pending:
    """That of one subscription; the fake is asked what is pending."""

    def __init__(self, control: Control, subscription: Any) -> None:
        self._control, self.subscription = control, subscription

    def hopeless(self, event: str) -> str:
        """Why nothing can come any more by itself; empty where it can."""
        if not self.told_of(event):
            return f"This inbox is not told of {event}; {did_you_mean(event, self.subscription['events'])}"
        if own(self._control, self.subscription["url"], self.subscription["secret"]) is None:
            return (
                "The subscription of this inbox is gone: it ends with what it is limited to, and where somebody else "
                "resets, restores or loads the world. Make another inbox."
            )
        clock = self._control.ask("GET", "/clock")
        return "" if clock["mode"] == "real" else self.standing(clock["now"])

    def told_of(self, event: str) -> bool:
        if event == "*":
            return True
        # An event that does not exist is refused.
        self.log(event=event, limit=0)
        events, family = self.subscription["events"], f"{event.partition(':')[0]}:"
        return event in events or f"{family}*" in events or (event == f"{family}*" and any_of(events, family))

    def standing(self, now: str) -> str:
        """The same where the clock stands: what is due later than now waits for somebody to turn it."""
        due = [one["due_at"] for one in self.log(state="pending")]
        if any(at <= now for at in due):
            return ""
        waiting = "1 delivery is pending" if len(due) == 1 else f"{len(due)} deliveries are pending"
        then = f", due at {min(due)}: advance the clock, or flush()" if due else ": nothing it is told of changed"
        return f"The clock stands at {now}, {waiting}{then}."

    def log(self, **filters: Any) -> Rows:
        query = {"subscription": self.subscription["id"], **filters}
        return list(self._control.ask("GET", "/deliveries", query=query)["data"])

    def told(self, what: str, count: int, why: str, received: Sequence[Any], returned: int) -> str:
        """The whole message; `returned`: how many of those received earlier calls have given already."""
        lines = [f"{what}{'' if count == 1 else f' ({count} times)'} did not come. {why}"]
        before = f", of which earlier calls returned {returned}" if returned else ""
        lines.append(f"Received ({len(received)}{before}):" if received else "Nothing was received.")
        for one in received[-SHOWN:]:
            lines.append(f"  {one.event or 'no payload'} {one.id or ''}, answered {one.answered}")
        return "\n".join([*lines, *self.rest()])

    def rest(self) -> Iterator[str]:
        """What the log has that did not arrive, and why."""
        rows = [one for one in self.log() if one["state"] != "delivered"]
        if rows:
            yield f"Not delivered ({len(rows)}):"
        for one in rows[-SHOWN:]:
            tried = [attempt["error"] or f"answered {attempt['status']}" for attempt in one["attempts"]]
            why = " ".join(text for text in (one["reason"], *tried[-1:]) if text)
            due = f" until {one['due_at']}" if one["state"] == "pending" else ""
            yield f"  {one['event']} {one['resource']['id']} {one['state']}{due}, tries {len(tried)}. {why}".rstrip()
