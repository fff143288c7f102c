"""Files of worlds: one that is good, and what others are made of."""

from pathlib import Path

from contract_tests.client import NOW
from fake_server.app import Fake
from fake_server.settings import Settings

PEOPLE = """\
spaces:
  - {ref: home, name: Own}
users:
  - {ref: bot, first_name: A, last_name: B, email: bot@example.com, type: integration, space: home}
integrations:
  - {ref: fake, slug: own, user: bot}
"""
"""The least that a world has."""
GOOD = (
    PEOPLE
    + """\
clients:
  - {ref: client, name: C}
projects:
  - {ref: project, client: client, title: P, shortcode: P}
tasks:
  - {ref: task, project: project, title: T, watchers: [bot], due_date: +1d, created_at: -2d 09:30}
"""
)


def added(kind: str, *rows: str) -> str:
    """The good world with rows of a kind after everything else."""
    return GOOD + f"{kind}:\n" + "".join(f"  - {row}\n" for row in rows)


def one_task(more: str) -> str:
    return GOOD + f"  - {{project: project, title: X, {more}}}\n"


def grow(title: str) -> str:
    formats = f"{{task.title: ['{title}'], task.description: [x]}}"
    return f"grow: {{tasks: 5, words: {{verb: [Do]}}, formats: {formats}}}\n"


def loaded(path: Path) -> None:
    Fake(Settings(world=str(path), now=NOW)).seed()
