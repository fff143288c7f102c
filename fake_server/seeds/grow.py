"""Faker makes more of a world: tasks like its own, and for thousands of them clients and projects too."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any

from faker.config import DEFAULT_LOCALE
from faker.generator import Generator
from faker.providers import BaseProvider, DynamicProvider

from fake_server.moment import Instant, Moment
from fake_server.store.kind import Record
from fake_server.store.store import Store

TASKS_PER_PROJECT = 250
POOL = 3000
"""Texts made per format; Faker is slow, so beyond that many tasks the texts repeat."""
DAY = 86400
STATUSES = {"Backlog": 12, "New": 26, "WIP": 16, "Completed": 16, "Approved": 12, "Closed": 18}
OPEN = ("Backlog", "New", "WIP")
PROVIDERS = ("person", "company", "address", "lorem")


def grown(
    store: Store,
    moment: Moment,
    words: Mapping[str, list[str]],
    formats: Mapping[str, list[str]],
    tasks: int,
    seed: int,
) -> None:
    """Adds tasks (and what they need) until the store has as many as asked for. The same seed adds the same."""
    more = Growth(store, moment, formats, faker(words, seed), Random(seed))
    missing = tasks - len(store.rows("task"))
    more.projects(missing // TASKS_PER_PROJECT)
    more.tasks(missing)


def faker(words: Mapping[str, list[str]], seed: int) -> Generator:
    """A Faker with the few providers that formats use, and the world's own word lists. The whole of Faker
    would take longer to load than everything else."""
    from importlib import import_module

    made = Generator()
    made.add_provider(BaseProvider)
    for name in PROVIDERS:
        module = import_module(f"faker.providers.{name}.{DEFAULT_LOCALE}")
        provider = module.Provider(made)
        provider.__use_weighting__, provider.__lang__ = False, DEFAULT_LOCALE
        made.add_provider(provider)
    for name, elements in words.items():
        made.add_provider(DynamicProvider(name, elements, made))
    made.seed_instance(seed)
    return made


class Growth:
    """One world growing."""

    def __init__(
        self, store: Store, moment: Moment, formats: Mapping[str, list[str]], fake: Generator, random: Random
    ) -> None:
        self.store, self.moment, self.formats, self.fake, self.random = store, moment, formats, fake, random
        self.users = [user.key for user in store.rows("user").values() if user.type == "user"]

    def text(self, name: str) -> str:
        """One text of a format, its first letter a capital."""
        text = self.fake.parse(self.random.choice(self.formats[name]))
        return text[:1].upper() + text[1:]

    def texts(self, name: str, count: int) -> list[str]:
        return [self.text(name) for _ in range(min(count, POOL))]

    def ago(self, days: int) -> Instant:
        """A working hour up to so many days ago."""
        day = self.moment.now - self.random.randint(1, days) * DAY
        return Instant(day - day % DAY + 8 * 3600 + self.random.randint(0, 9 * 3600))

    def make(self, kind: str, **values: Any) -> Record:
        return self.store.make(kind, self.moment, values)

    def pick(self, values: Sequence[Any], share: float = 1.0) -> Any:
        """One of the values, or None: `share` says how often there is one."""
        return self.random.choice(values) if values and self.random.random() < share else None

    def projects(self, count: int) -> None:
        """Projects with phases, a milestone and an epic each, a new client for every second one."""
        types = list(self.store.rows("project_type"))
        client = None
        for number in range(1, count + 1):
            created = self.ago(400)
            if client is None or number % 2:
                client = self.make(
                    "client", name=self.text("client.name"), shortcode=f"C{number:04}", created_at=created,
                    segment=self.random.choice("ABC"), primary_contact=self.pick(self.users),
                )  # fmt: skip
            project = self.make(
                "project", client=client.key, title=self.text("project.title"), shortcode=f"G{number:04}",
                project_type=self.pick(types), created_by=self.pick(self.users), created_at=created,
            )  # fmt: skip
            self.plan(project)

    def plan(self, project: Record) -> None:
        today = self.moment.today()
        for number in range(3):
            start = today + timedelta(days=self.random.randint(-60, 30) + 30 * number)
            self.make("phase", project=project.key, title=self.text("phase.title"), start_date=start,
                      end_date=start + timedelta(days=28), created_at=project.created_at)  # fmt: skip
        date = today + timedelta(days=self.random.randint(-30, 90))
        title = self.text("milestone.title")
        self.make("milestone", project=project.key, title=title, date=date, created_at=project.created_at)
        self.make("epic", project=project.key, title=self.text("epic.title"))

    def tasks(self, count: int) -> None:
        """Tasks spread over the running projects, every sixth or so under another of its project."""
        projects = [row for row in self.store.rows("project").values() if row.status == "running"]
        if not projects:
            raise ValueError("there is no running project for them")
        inside = {row.key: self.contents(row.key) for row in projects}
        titles, descriptions = self.texts("task.title", count), self.texts("task.description", count // 4 + 1)
        statuses = self.random.choices(list(STATUSES), list(STATUSES.values()), k=count)
        tops: dict[int, list[int]] = {}
        for number, status in enumerate(statuses):
            project = self.random.choice(projects).key
            parents = tops.setdefault(project, [])
            title = titles[number] if number < len(titles) else self.random.choice(titles)
            task = self.task(project, title, status, inside[project], self.pick(parents, 0.17), descriptions)
            if task.parent_task is None:
                parents.append(task.key)

    def contents(self, project: int) -> dict[str, list[int]]:
        return {
            kind: [row.key for row in self.store.grouped(kind, "project", project)]
            for kind in ("phase", "milestone", "epic")
        }

    def task(
        self, project: int, title: str, status: str, inside: dict[str, list[int]], parent: int | None,
        descriptions: list[str],
    ) -> Record:  # fmt: skip
        random = self.random
        return self.make(
            "task", project=project, title=title, status=status, created_at=self.ago(300),
            description=self.pick(descriptions, 0.7), parent_task=parent,
            estimated_hours=self.pick((0.5, 1, 2, 3, 4, 6, 8, 12, 16, 24), 0.7), is_onhold=random.random() < 0.04,
            is_public=random.random() < 0.7, due_date=self.due(status), is_hard_deadline=random.random() < 0.1,
            assignee=self.pick(self.users, 0.8), priority=self.pick(list(self.store.rows("priority_option")), 0.4),
            phase=self.pick(inside["phase"], 0.6), milestone=self.pick(inside["milestone"], 0.25),
            epic=self.pick(inside["epic"], 0.3), watchers=tuple(random.sample(self.users, self.watching())),
        )  # fmt: skip

    def watching(self) -> int:
        return min(self.random.choice((0, 0, 0, 1, 1, 2, 3)), len(self.users))

    def due(self, status: str) -> Any:
        """Open tasks are due around now, finished ones were due before."""
        if self.random.random() < 0.2:
            return None
        days = self.random.randint(-6, 40) if status in OPEN else self.random.randint(-250, 5)
        return self.moment.today() + timedelta(days=days)
