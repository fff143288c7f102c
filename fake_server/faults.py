"""Faults on demand: which requests are struck, and by what. Pure: whoever answers carries it out."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

Ailment = Literal["reset", "empty", "cut", "slow", "rate_limit"]
AILMENTS: tuple[Ailment, ...] = get_args(Ailment)
Place = Literal["before_commit", "after_commit", "response_lost"]
PLACES: tuple[Place, ...] = get_args(Place)

MOST_FAULTS = 1000


class Target(NamedTuple):
    """The requests that a fault fits, and how it was asked for."""

    operation: str | None
    path: str | None
    method: str | None
    names: frozenset[str]
    """The operations that it fits."""
    parts: tuple[str | None, ...] | None = None
    """The segments of its path, None for any; None: every path of those operations."""

    def fits(self, name: str, method: str, segments: list[str]) -> bool:
        return (
            name in self.names
            and self.method in (None, method)
            and (self.parts is None or fits_path(self.parts, segments))
        )


def fits_path(parts: tuple[str | None, ...], segments: list[str]) -> bool:
    return len(parts) == len(segments) and all(
        part is None or part == segment for part, segment in zip(parts, segments, strict=True)
    )


class Effect(NamedTuple):
    """What happens to a request that is struck. Times in seconds."""

    status: int | None = None
    """Answered instead of the service."""
    kind: Ailment | None = None
    latency: float = 0.0
    """Real time before the answer; for `slow` over which its body is spread."""
    retry_after: int | None = None
    place: Place = "before_commit"

    @property
    def answers(self) -> bool:
        """Whether it changes more than when the answer comes."""
        return self.status is not None or self.kind is not None or self.place == "response_lost"


class When(NamedTuple):
    """How often a fault strikes among the requests that it fits."""

    times: int | None = None
    after: int = 0
    every: int = 1
    until: float | None = None
    """By the world's clock."""

    def strikes(self, number: int, hits: int) -> bool:
        """Whether the request of that number, from 1, is struck after so many hits."""
        late = number - self.after
        return late > 0 and late % self.every == 0 and (self.times is None or hits < self.times)


@dataclass(slots=True, eq=False)
class Fault:
    """A fault of one world, and what came of it so far."""

    number: int
    target: Target
    effect: Effect
    when: When
    ttl: float | None = None
    lifts_at: float | None = None
    """In real time, so that it lifts itself where nobody remembers it."""
    seen: int = 0
    """Requests that it fitted."""
    hits: int = 0

    def over(self, now: float) -> bool:
        return self.when.until is not None and now >= self.when.until


class Strike(NamedTuple):
    """What hits one request: every latency, and the effect of the first fault that answers."""

    latency: float = 0.0
    fault: Fault | None = None
    """The one that answers."""
    hits: tuple[Fault, ...] = ()
    """All that struck, in the order in which they were added."""

    @property
    def effect(self) -> Effect:
        return NOTHING if self.fault is None else self.fault.effect


NOTHING = Effect()
UNHURT = Strike()


@dataclass(eq=False)
class Faults:
    """The faults of one world, in the order in which they were added."""

    rows: dict[int, Fault] = field(default_factory=dict)
    last: int = 0

    def add(self, target: Target, effect: Effect, when: When, ttl: float | None, real: float) -> Fault:
        """A new fault; `real` is the real time in seconds."""
        self.last += 1
        lifts_at = None if ttl is None else real + ttl
        fault = self.rows[self.last] = Fault(self.last, target, effect, when, ttl, lifts_at)
        return fault

    def alive(self, real: float) -> list[Fault]:
        """Those that have not lifted themselves."""
        for number in [one.number for one in self.rows.values() if one.lifts_at is not None and real >= one.lifts_at]:
            del self.rows[number]
        return list(self.rows.values())

    def strike(self, name: str, method: str, segments: list[str], now: float, real: float) -> Strike:
        """Counts a request, and says what hits it. `now` is the world's time."""
        latency, struck, hits = 0.0, None, list[Fault]()
        for fault in self.fitting(name, method, segments, now, real):
            # A second answer is kept for the next request: nobody would get to see it now.
            if struck is not None and fault.effect.answers:
                continue
            fault.seen += 1
            if fault.when.strikes(fault.seen, fault.hits):
                fault.hits += 1
                hits.append(fault)
                latency += 0.0 if fault.effect.kind == "slow" else fault.effect.latency
                struck = fault if fault.effect.answers else struck
        return Strike(latency, struck, tuple(hits))

    def fitting(self, name: str, method: str, segments: list[str], now: float, real: float) -> Iterator[Fault]:
        for fault in self.alive(real):
            if not fault.over(now) and fault.target.fits(name, method, segments):
                yield fault
