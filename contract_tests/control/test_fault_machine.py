"""Which requests faults strike, against a model that keeps every request and counts anew each time."""

from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_server.faults import AILMENTS, NOTHING, PLACES, Effect, Fault, Faults, Strike, Target, When

pytestmark = pytest.mark.proves("README: When things go wrong")

OPERATIONS = {
    "tasks.index": ("GET", ["tasks"]),
    "tasks.store": ("POST", ["tasks"]),
    "tasks.show": ("GET", ["tasks", "a"]),
    "tasks.update": ("PATCH", ["tasks", "b"]),
    "users.whoami": ("GET", ["whoami"]),
}
"""Name -> a request that leads there: method and path."""


class Asked(NamedTuple):
    """A request: where it leads, the world's time, and real time."""

    name: str
    now: float
    real: float

    @property
    def request(self) -> tuple[str, str, list[str]]:
        method, segments = OPERATIONS[self.name]
        return self.name, method, segments


class Added(NamedTuple):
    """A fault as it was asked for."""

    target: Target
    effect: Effect
    when: When
    ttl: float | None


times = st.sampled_from([0.0, 0.5, 1.0, 2.0, 5.0])
targets = st.builds(
    Target,
    operation=st.none(),
    path=st.none(),
    method=st.sampled_from([None, "GET", "POST", "PATCH"]),
    names=st.frozensets(st.sampled_from(list(OPERATIONS)), min_size=1),
    parts=st.sampled_from([None, ("tasks",), ("tasks", None), ("tasks", "b"), (None,), (None, None), ()]),
)
effects = st.builds(
    Effect,
    status=st.sampled_from([None, 429, 503]),
    kind=st.sampled_from([None, *AILMENTS]),
    latency=times,
    place=st.sampled_from(PLACES),
)
whens = st.builds(
    When,
    times=st.sampled_from([None, 1, 2]),
    after=st.integers(0, 2),
    every=st.integers(1, 3),
    until=st.none() | times,
)
added = st.builds(Added, targets, effects, whens, st.none() | times)
asked = st.builds(Asked, st.sampled_from(list(OPERATIONS)), times, times)
steps = st.lists(added | asked | st.integers(0, 4), min_size=1, max_size=25)


class Model:
    """Faults as a list of what was asked for and a list of the requests that each one counted."""

    def __init__(self) -> None:
        self.faults: list[dict[str, Any]] = []

    def add(self, one: Added, real: float) -> None:
        self.faults.append({"as": one, "since": real, "seen": 0, "hits": 0, "lifted": False})

    def lift(self, place: int) -> None:
        self.faults[place]["lifted"] = True

    def there(self, real: float) -> list[int]:
        """The places of those that are left; what has lifted itself does not come back."""
        for fault in self.faults:
            ttl = fault["as"].ttl
            fault["lifted"] = fault["lifted"] or (ttl is not None and real - fault["since"] >= ttl)
        return [place for place, fault in enumerate(self.faults) if not fault["lifted"]]

    def strike(self, asked: Asked) -> tuple[float, int | None, list[int]]:
        """The seconds of latency, the place of the fault that answers, and those of all that struck."""
        latency, answering, struck = 0.0, None, []
        for place in self.there(asked.real):
            fault, (_, effect, when, _) = self.faults[place], self.faults[place]["as"]
            speaks = effect.status or effect.kind or effect.place == "response_lost"
            if not self.fits(fault["as"], asked) or (speaks and answering is not None):
                continue
            fault["seen"] += 1
            turns = range(when.after + when.every, fault["seen"] + 1, when.every)
            if fault["seen"] in turns and (when.times is None or fault["hits"] < when.times):
                fault["hits"] += 1
                struck.append(place)
                latency += effect.latency if effect.kind != "slow" else 0
                answering = place if speaks else answering
        return latency, answering, struck

    @staticmethod
    def fits(one: Added, asked: Asked) -> bool:
        name, method, segments = asked.request
        target, until = one.target, one.when.until
        if name not in target.names or (target.method and target.method != method):
            return False
        if target.parts is not None and [p or s for p, s in zip(target.parts, segments, strict=False)] != segments:
            return False
        return (target.parts is None or len(target.parts) == len(segments)) and (until is None or asked.now < until)


@given(steps)
def test_every_request_is_struck_as_the_model_says(steps: list[Added | Asked | int]) -> None:
    faults, model, made, real = Faults(), Model(), list[Fault](), 0.0
    for step in steps:
        if isinstance(step, Added):
            made.append(faults.add(*step, real))
            model.add(step, real)
        elif isinstance(step, Asked):
            real = max(real, step.real)
            asked = step._replace(real=real)
            latency, answering, struck = model.strike(asked)
            expected = Strike(
                latency, None if answering is None else made[answering], tuple(made[place] for place in struck)
            )
            assert faults.strike(*asked.request, asked.now, asked.real) == expected
        elif step in model.there(real):
            model.lift(step)
            del faults.rows[made[step].number]
        assert faults.alive(real) == [made[place] for place in model.there(real)]
        assert [(one.seen, one.hits) for one in made] == [(one["seen"], one["hits"]) for one in model.faults]


@given(st.lists(added, min_size=1, max_size=5), st.lists(asked, max_size=10))
def test_faults_are_numbered_as_they_come_and_no_number_comes_twice(given: list[Added], asked: list[Asked]) -> None:
    faults = Faults()
    first = [faults.add(*one, 0.0).number for one in given]
    for one in asked:
        faults.strike(*one.request, one.now, one.real)
    faults.rows.clear()
    second = [faults.add(*one, 0.0).number for one in given]
    assert first + second == list(range(1, 2 * len(given) + 1))


@given(whens, st.integers(1, 12))
def test_how_often_it_strikes_is_a_matter_of_counting_alone(when: When, requests: int) -> None:
    turns = [number for number in range(1, requests + 1) if number > when.after]
    turns = turns[when.every - 1 :: when.every][: when.times]
    hits = list[int]()
    for number in range(1, requests + 1):
        if when.strikes(number, len(hits)):
            hits.append(number)
    assert hits == turns


@given(st.lists(asked, max_size=5))
def test_without_faults_nothing_is_struck(asked: list[Asked]) -> None:
    faults = Faults()
    struck = [faults.strike(*one.request, one.now, one.real) for one in asked]
    assert struck == [Strike()] * len(asked)
    assert {one.effect for one in struck} <= {NOTHING}
