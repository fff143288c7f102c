"""python -m contract_tests.benchmark.soak: many connections for a minute, with webhooks: no error, no more memory."""

import argparse
import selectors
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from statistics import linear_regression
from typing import Any, NamedTuple

from contract_tests.benchmark.servers import Server
from contract_tests.benchmark.soak_server import LONGEST, SECRET, Answer, Control, Line, receiving, serving
from contract_tests.benchmark.soak_work import Call, Desk, Place, Work, WrongAnswer

WARM = 1 / 2
"""The part of the time after which whatever is bounded is full, and nothing in the world grows any more."""
EVERY = 0.5
"""Seconds between two looks at the server's memory and deliveries."""
MOST_GROWTH = 80.0
"""Bytes that memory may grow with each request: the noise of a minute, and less than an object that stays of each."""
LEAST = 10_000
"""Requests after everything was warm, from which on memory can be judged."""


class Session:
    """A desk at its connection."""

    def __init__(self, desk: Desk, line: Line) -> None:
        self.desk, self.line = desk, line
        self.work: Work = desk.work()
        self.call: Call = next(self.work)

    def send(self) -> None:
        self.began = time.perf_counter()
        self.line.socket.sendall(self.call.text)

    def take(self, answer: Answer) -> None:
        """What was answered; then it is known what is asked next."""
        if answer.status != self.call.status:
            raise WrongAnswer(f"{self.call.kind} answered {answer.status} {answer.body[:300]!r}")
        self.call = self.work.send(answer.body)


class Sample(NamedTuple):
    """How much was answered by then, and what the server took."""

    requests: int
    memory: int
    pending: int


class Soak:
    """What was seen."""

    def __init__(self) -> None:
        self.times: defaultdict[str, list[float]] = defaultdict(list)
        self.samples: list[Sample] = []
        self.findings: list[str] = []
        self.received = 0

    def run(self, server: Server, control: Control, sessions: list[Session], seconds: float) -> None:
        """All sessions side by side; when the time is over each gets its last answer."""
        selector, start = selectors.DefaultSelector(), time.perf_counter()
        for session in sessions:
            selector.register(session.line.socket, selectors.EVENT_READ, session)
            session.send()
        while selector.get_map():
            now = time.perf_counter() - start
            if now >= len(self.samples) * EVERY:
                self.look(server, control)
            ready = selector.select(LONGEST)
            if not ready:
                self.findings.append(f"nothing was answered for {LONGEST} seconds")
                return
            for key, _ in ready:
                if not self.step(key.data, now < seconds):
                    selector.unregister(key.data.line.socket)

    def step(self, session: Session, goes_on: bool) -> bool:
        """Reads what came; False where this session asks no more."""
        kind = session.call.kind
        try:
            answer = session.line.read()
            if answer is None:
                return True
            self.times[kind].append(time.perf_counter() - session.began)
            session.take(answer)
        except (WrongAnswer, OSError) as error:
            self.findings.append(f"connection {session.desk.number}: {error}")
            return False
        if goes_on:
            session.send()
        return goes_on

    def look(self, server: Server, control: Control) -> None:
        pending, failed = (
            control.ask("GET", f"/_fake/deliveries?state={state}&limit=0")["total"] for state in ("pending", "failed")
        )
        self.samples.append(Sample(sum(map(len, self.times.values())), server.memory(), pending))
        if failed and not any("failed" in one for one in self.findings):
            self.findings.append(f"{failed} deliveries failed")

    @property
    def warm(self) -> list[Sample]:
        return self.samples[int(len(self.samples) * WARM) :]

    @property
    def judged(self) -> bool:
        """Whether there was enough to see whether memory grows."""
        return self.warm[-1].requests - self.warm[0].requests >= LEAST

    def growth(self) -> float:
        """Bytes for each request, after everything was warm."""
        return linear_regression([one.requests for one in self.warm], [one.memory for one in self.warm]).slope

    def hold_against(self, worked: list[Desk], report: dict[str, Any]) -> None:
        """What was received must say what the desks did, in the end."""
        self.received = report["received"]
        if report["forged"]:
            self.findings.append(f"{report['forged']} deliveries were not signed as they must be")
        for desk in worked:
            for task in desk.tasks:
                event, title = report["last"].get(task.id, ("nothing", ""))
                if event not in ("task:create", "task:update") or title != task.title:
                    self.findings.append(f"the receiver knows {event} {title!r} of {task.id} {task.title!r}")
            for id in desk.gone:
                # One that went before anybody was told of it is nothing that anybody is told.
                event, _ = report["last"].get(id, ("task:delete", ""))
                if event != "task:delete":
                    self.findings.append(f"the receiver knows {event} of {id}, which is gone")

    def judge(self, log: str) -> None:
        """Memory stays as it is, and the server has nothing to complain of."""
        if self.judged and self.growth() > MOST_GROWTH:
            self.findings.append(f"memory grows by {self.growth():.0f} bytes with each request")
        if log:
            self.findings.append(f"the server said: {log[-2000:]}")

    def table(self) -> Iterator[str]:
        yield f"{'what':10} {'count':>8} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8}"
        everything = sorted(one for times in self.times.values() for one in times)
        for kind, times in (*sorted(self.times.items()), ("all", everything)):
            p50, p99, most = (sorted(times)[int(part * (len(times) - 1))] * 1000 for part in (0.5, 0.99, 1))
            yield f"{kind:10} {len(times):8} {p50:8.1f} {p99:8.1f} {most:8.1f}"
        yield f"deliveries {self.received}, at most {max(one.pending for one in self.samples)} waited at once"
        first, last = (self.warm[place].memory / 2**20 for place in (0, -1))
        yield f"memory {first:.1f} MB when warm, {last:.1f} MB at the end"
        grown = f"{self.growth():.1f}, at most {MOST_GROWTH:.0f}" if self.judged else "not judged: too few requests"
        yield f"memory for each request in bytes: {grown}"


def place(control: Control) -> Place:
    projects, users = (control.ask("GET", f"/api/v1/{path}")["data"] for path in ("projects", "users"))
    return Place(
        [one["id"] for one in projects if one["status"] == "running"],
        [one["id"] for one in users if one["type"] == "user"],
    )


def soaked(seconds: float, connections: int, seed: int) -> Soak:
    soak = Soak()
    with serving() as server, ExitStack() as closing, receiving() as (url, report):
        control = Control(Line(server.port, closing))
        found = place(control)
        for project in found.projects:
            hook = {"url": f"{url}/{project}", "project_id": project, "secret": SECRET}
            control.ask("POST", "/_fake/webhooks", hook)
        sessions = [Session(Desk(number, seed, found), Line(server.port, closing)) for number in range(connections)]
        soak.run(server, control, sessions, seconds)
        control.ask("POST", "/_fake/flush")
        soak.look(server, control)
    soak.hold_against([session.desk for session in sessions], report)
    soak.judge(server.log)
    return soak


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seed", type=int, default=42)
    asked = parser.parse_args()
    soak = soaked(asked.seconds, asked.connections, asked.seed)
    print("\n".join((*soak.table(), *(f"FOUND: {one}" for one in soak.findings))))
    return 1 if soak.findings else 0


if __name__ == "__main__":
    sys.exit(main())
