"""Who is told what: changes of records -> events -> deliveries, and the payload that each carries."""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import orjson

from fake_server.api.answers import Answers
from fake_server.declare.operation import Event
from fake_server.declare.shape import printed_as
from fake_server.moment import Caller, Clock
from fake_server.store.kind import Record
from fake_server.store.lookups import differing
from fake_server.store.store import Change, Store, Verb
from fake_server.webhooks.delivery import Delivery, Happening, Request
from fake_server.webhooks.outbox import Outbox
from fake_server.webhooks.policy import Policy
from fake_server.webhooks.signature import sign, written

EVERYBODY = Caller(0, False, "", None)
"""For whom payloads are rendered: receivers see what no guest does."""
HOOKS = "webhook"
"""The kind of its subscriptions."""
AGENT = "kanbert-fake-server"

Limits = dict[str, int | None]


class Farewell(NamedTuple):
    """What must be known of a record after it is gone."""

    data: bytes
    limits: Limits


class Publisher:
    """The events of one world's store, and who subscribed to them: its records of the kind HOOKS."""

    def __init__(
        self, store: Store, answers: Answers, events: Collection[Event], outbox: Outbox, clock: Clock
    ) -> None:
        self.store, self.answers, self.outbox, self.clock = store, answers, outbox, clock
        self.events: Mapping[str, Event] = {event.kind: event for event in events}
        store.part = self.part

    @cached_property
    def limiting(self) -> dict[str, dict[str, Callable[[Record], Any]]]:
        """Kind -> how the limits of its events are read from a record."""
        return {
            event.kind: {field: self.store.follow(event.kind, path)[0] for field, path in event.limits.items()}
            for event in self.events.values()
        }

    @property
    def policy(self) -> Policy:
        return self.outbox.policy

    def part(self, kind: str, record: Record) -> Farewell | None:
        """Printed before it goes, and only where somebody might be told."""
        event = self.events.get(kind)
        if event is None or not self.store.rows(HOOKS):
            return None
        return Farewell(self.data(event, record), self.limits(event, record))

    def committed(self, changes: list[Change], caller: Caller) -> None:
        """Changes that stand: each record's is at most one event."""
        if not self.store.rows(HOOKS):
            return
        for change in net(changes):
            event = self.events.get(change.kind)
            if event is not None:
                self.announce(event, change, caller)

    def keep(self, changes: list[Change]) -> None:
        """What went: whatever waits and is not told of that still tells of it, as it was."""
        gone = {(one.kind, one.record.key): one for one in changes if one.after is None}
        if not gone:
            return
        for delivery in self.outbox.pending.values():
            what = delivery.what
            it, by = gone.get(what.resource), gone.get((what.caller.kind, what.caller.user))
            if (it or by) and not delivery.begun:
                data = it.farewell.data if it else what.data
                person = self.person(what, by.record) if by else what.person
                delivery.fix(data, person)
                self.outbox.weigh(delivery)

    def announce(self, event: Event, change: Change, caller: Caller) -> None:
        changed = changed_fields(change)
        verb = verb_of(change, changed - event.silent)
        if verb is None:
            return
        record, gone = change.record, change.farewell
        limits = gone.limits if gone else self.limits(event, record)
        what = Happening(
            f"{event.name}:{verb}", verb, change.kind, record.key, caller, gone.data if gone else None,
            as_printed(changed, event, record), self.store.tables[HOOKS].last,
        )  # fmt: skip
        self.outbox.happened(what, list(self.told(event, what.name, limits)), self.clock.time())

    def trigger(self, event: Event, verb: Verb, record: Record, caller: Caller) -> list[Delivery]:
        """An event about a record as it is, without a change and without a window."""
        what = Happening(f"{event.name}:{verb}", verb, event.kind, record.key, caller, triggered=True)
        now, told = self.clock.time(), self.told(event, what.name, self.limits(event, record))
        return [self.outbox.add(what, hook, now, now) for hook in told]

    def told(self, event: Event, name: str, limits: Limits) -> Iterator[Record]:
        """The subscriptions that want the event of a record with these limits."""
        wanted = {name, event.family}
        for hook in self.store.rows(HOOKS).values():
            if hook.is_active and not wanted.isdisjoint(hook.events):
                own = {field: getattr(hook, field) for field in limits}
                if all(key is None or key == limits[field] for field, key in own.items()):
                    yield hook

    def limits(self, event: Event, record: Record) -> Limits:
        return {field: read(record) for field, read in self.limiting[event.kind].items()}

    # payloads
    def data(self, event: Event, record: Record) -> bytes:
        return self.answers.included(event.shape, event.kind, record, event.includes, EVERYBODY)

    def request(self, delivery: Delivery) -> Request:
        """What is sent, made when it is sent for the first time: the resource as it is now."""
        hook, tricks = delivery.hook, delivery.tricks
        body = written(self.payload(delivery.what))
        secret = hook.secret
        if "old_secret" in tricks:
            secret = tricks["old_secret"].secret or f"old-{secret}"
        signature = sign(body, secret)
        if "wrong_signature" in tricks:
            signature = signature[::-1]
        headers = [("User-Agent", AGENT), ("Content-Type", "application/json")]
        headers.append((self.policy.signature_header, signature))
        if self.policy.id_header:
            headers.append((self.policy.id_header, str(delivery.number)))
        return Request(tuple(headers), body[: len(body) // 2] if "cut_body" in tricks else body)

    def resource(self, what: Happening) -> dict[str, str]:
        return {"type": self.events[what.kind].name, "id": self.store.ids.text(what.kind, what.key)}

    def person(self, what: Happening, found: Record) -> bytes:
        return self.answers.json(self.events[what.kind].person, what.caller.kind, found)

    def payload(self, what: Happening) -> dict[str, Any]:
        event = self.events[what.kind]
        data = what.data or self.data(event, self.store.rows(what.kind)[what.key])
        by = what.caller
        person = what.person or self.person(what, self.store.rows(by.kind)[by.user])
        payload = {
            "event": what.name,
            "resource": self.resource(what),
            "triggered_by": orjson.Fragment(person),
            "data": orjson.Fragment(data),
        }
        if self.policy.check:
            # Imported here: the models are made only where somebody asks for the check.
            from fake_server.api.checking import check_payload

            check_payload(event, orjson.dumps(payload), self.answers.layouts.shapes)
        return payload


def net(changes: list[Change]) -> Iterator[Change]:
    """One change per record: from what it was at first to what it is in the end."""
    found: dict[tuple[str, int], Change] = {}
    for change in changes:
        key = change.kind, change.record.key
        known = found.get(key)
        found[key] = change if known is None else change._replace(before=known.before)
    return (one for one in found.values() if one.before is not None or one.after is not None)


def changed_fields(change: Change) -> frozenset[str]:
    """The record's fields that an update changed."""
    if change.before is None or change.after is None:
        return frozenset()
    return differing(change.before, change.after)


def as_printed(fields: frozenset[str], event: Event, record: Record) -> tuple[str, ...]:
    """Fields of a record as they are printed, in its order; what is not printed keeps the record's name."""
    printed = printed_as(event.shape)
    return tuple(dict.fromkeys(printed.get(name, name) for name in record._fields if name in fields))


def verb_of(change: Change, changed: frozenset[str]) -> Verb | None:
    """What happened to the record; None where it is nothing that anybody is told."""
    if change.before is None:
        return "create"
    if change.after is None:
        return "delete"
    return "update" if changed else None
