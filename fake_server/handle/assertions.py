"""What was expected of requests, what was seen instead, and how that is told. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from json import dumps
from typing import Any, NamedTuple
from urllib.parse import unquote

from fake_server.errors import did_you_mean

LAST = 10
"""Requests that a message shows."""
LONGEST = 160
"""Characters that are shown of a value."""
Rows = Sequence[Any]


class Difference(NamedTuple):
    """A field, what was expected there, and what there was."""

    field: str
    expected: str
    was: str

    def __str__(self) -> str:
        return f"{self.field}: expected {self.expected}, {self.was}"


class Expected(NamedTuple):
    """A request as it should have been; None: anything will do."""

    operation: str | None
    method: str | None
    path: str | None
    json: Any
    query: Mapping[str, Any] | None
    status: int | str | None

    def filters(self) -> dict[str, Any]:
        """What the fake itself looks for, and refuses where there is no such thing."""
        return {"operation": self.operation, "method": self.method, "path": self.path}

    def differences(self, request: Any) -> list[Difference]:
        found: list[Difference] = []
        if self.status is not None and not same_status(self.status, request["status"]):
            was = "there was no answer" if request["status"] is None else f"was {request['status']}"
            found.append(Difference("status", str(self.status), was))
        if self.json is not None:
            found += compare("json", self.json, request["body"])
        if self.query is not None:
            found += compare("query", nested(self.query), request["query"])
        return found

    def __str__(self) -> str:
        name = self.operation or " ".join(part for part in (self.method, self.path) if part) or "A request"
        own = self.operation and [("method", self.method), ("path", self.path)]
        given = [*(own or ()), ("json", self.json), ("query", self.query), ("status", self.status)]
        told = [f"{field} {shown(value)}" for field, value in given if value is not None]
        return f"{name} with {', '.join(told)}" if told else name


def same_status(expected: int | str, was: int | None) -> bool:
    """Whether a status is the one, or of the class such as 4xx."""
    text, seen = str(expected).lower(), str(was)
    return seen == text or (text.endswith("xx") and len(seen) == 3 and seen[0] == text[0])


def compare(field: str, expected: Any, was: Any) -> Iterator[Difference]:
    """Where something lacks what is expected: of objects the fields given must be there, all else must be equal."""
    if not isinstance(expected, Mapping):
        if not equal(expected, was):
            yield Difference(field, shown(expected), f"was {shown(was)}")
    elif not isinstance(was, Mapping):
        yield Difference(field, shown(expected), f"was {shown(was)}")
    else:
        for name, value in expected.items():
            if name in was:
                yield from compare(f"{field}.{name}", value, was[name])
            else:
                instead = f"; {did_you_mean(name, was)}" if was else ""
                yield Difference(f"{field}.{name}", shown(value), f"was not sent{instead}")


def equal(expected: Any, was: Any) -> bool:
    """As JSON: true is not 1. What compares in a way of its own, such as mock.ANY, may do so."""
    if isinstance(expected, bool) or isinstance(was, bool):
        plain = isinstance(expected, bool | int | float | str | None)
        return expected is was if plain else bool(expected == was)
    if isinstance(expected, list | tuple) and isinstance(was, list):
        return len(expected) == len(was) and all(map(equal, expected, was))
    if isinstance(expected, dict) and isinstance(was, dict):
        return expected.keys() == was.keys() and all(equal(value, was[name]) for name, value in expected.items())
    return bool(expected == was)


def nested(query: Mapping[str, Any]) -> Any:
    """Parameters as the service reads them: texts, `page[size]` inside of `page`."""
    tree: dict[str, Any] = {}
    for name, value in query.items():
        *path, last = name.replace("]", "").split("[")
        place = tree
        for part in path:
            place = place.setdefault(part, {})
        place[last] = nested(value) if isinstance(value, Mapping) else sent(value)
    return tree


def sent(value: Any) -> Any:
    """A value as a parameter has it."""
    if isinstance(value, list | tuple):
        return [sent(one) for one in value]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def in_order(operations: Sequence[str], requests: Rows) -> int:
    """How many of the operations, from the first on, were called one after the other."""
    done = 0
    for request in requests:
        done += done < len(operations) and request["operation"] == operations[done]
    return done


class Report(NamedTuple):
    """What is said about a journal that is not as expected."""

    page: Any
    elsewhere: str = ""
    """What is known of requests that went to another world."""

    def called(self, expected: Expected, times: int | None, near: Rows, fitting: Rows) -> str:
        """`near`: of the same operation; `fitting`: as expected."""
        wanted = "at least once" if times is None else "never" if times == 0 else often(times)
        lines = [f"{expected} was expected {wanted}, but was seen {often(len(fitting))}."]
        if times is not None and len(fitting) > times:
            lines += [f"  {line(one)}" for one in fitting[-LAST:]]
        else:
            others = [one for one in near if one not in fitting]
            lines += self.nearest(expected, others)
        return "\n".join([*lines, *self.tail()])

    def nearest(self, expected: Expected, others: Rows) -> Iterator[str]:
        """Of those with the fewest differences the last one, and what differs."""
        if others:
            differing = [(expected.differences(one), one) for one in others]
            found, request = min(reversed(differing), key=lambda one: len(one[0]))
            yield f"The nearest of {often(len(others), 'other such request')}: {line(request)}"
            yield from (f"  {one}" for one in found)

    def sequence(self, operations: Sequence[str], requests: Rows) -> str:
        done = in_order(operations, requests)
        missing = operations[done]
        lines = [f"Step {done + 1} of {len(operations)} is missing: {missing}."]
        after = position(operations[:done], requests)
        earlier = [one for one in requests[:after] if one["operation"] == missing]
        rest = requests[after:]
        where = f"After step {done}, {line(requests[after - 1])}," if done else "At the beginning"
        came = ", ".join(str(one["operation"] or one["method"]) for one in rest[:LAST])
        more = " and more" if len(rest) > LAST else ""
        lines.append(f"{where} came {came or 'nothing'}{more}.")
        lines += [f"It was called earlier only: {line(earlier[-1])}"] if earlier else []
        return "\n".join([*lines, *self.tail()])

    def tail(self) -> Iterator[str]:
        """The last requests, one per line."""
        rows, total = self.page["data"], self.page["total"]
        yield f"The last {LAST} of {total} requests:" if total > LAST else f"All requests ({total}):"
        yield from (f"  {line(one)}" for one in rows[-LAST:])
        if self.page["forgotten"]:
            yield f"The journal is bounded: it has forgotten {often(self.page['forgotten'], 'older request')}."
        if self.elsewhere:
            yield self.elsewhere


def position(operations: Sequence[str], requests: Rows) -> int:
    """Behind the request with which the operations were complete."""
    return next(
        count for count in range(len(requests) + 1) if in_order(operations, requests[:count]) == len(operations)
    )


def often(count: int, what: str = "time") -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def line(request: Any) -> str:
    """A request in a line."""
    asked = f"#{request['id']} {request['method']} {unquote(request['path'])}"
    extra = [f"{name} {shown(request[name])}" for name in ("query", "body") if request[name]]
    status = request["status"] or ("under way" if request["duration"] is None else "no answer")
    fault = f", fault {request['fault']}" if request["fault"] else ""
    return " ".join([asked, *extra, f"-> {status} ({request['operation'] or 'no such route'}{fault})"])


def shown(value: Any) -> str:
    """A value as JSON writes it, cut where it is long."""
    text = dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
