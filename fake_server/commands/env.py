"""env: what points a program to a running fake, as `eval "$(kanbert-fake env)"` takes it."""

import sys
from collections.abc import Mapping, Sequence
from shlex import quote
from typing import TYPE_CHECKING

from fake_server.commands.asking import Said, ask, report
from fake_server.commands.switches import add_world, flags, parse

if TYPE_CHECKING:
    from fake_server.handle.world import Handle

NAMES = ("KANBERT_BASE_URL", "KANBERT_TOKEN", "KANBERT_WEBHOOK_SECRET")
"""What programs of a user read: where the API is, with which token, and what signs its webhooks."""


def env(arguments: Sequence[str], variables: Mapping[str, str]) -> int:
    known = flags("env")
    add_world(known)
    known.add_argument("--unset", action="store_true", help="print what undoes it; no server is asked")
    wanted = parse(known, arguments)
    if wanted.unset:
        return report(unset, wanted.json)
    return ask(wanted, variables, exports)


def exports(handle: "Handle") -> Said:
    values = dict(zip(NAMES, (handle.url, handle.token, secret(handle)), strict=True))
    text = "\n".join(f"export {name}={quote(value)}" for name, value in values.items())
    return Said(values, text, advice("kanbert-fake env"))


def secret(handle: "Handle") -> str:
    """What signs the world's webhooks: the secret of its subscriptions where they all have one, else that of the
    server. A program that checks signatures is told of what it will receive."""
    known = {row["secret"] for row in handle.webhooks.list()}
    if len(known) == 1:
        return str(known.pop())
    return next(str(row["webhook_secret"]) for row in handle.worlds.list() if row["name"] == handle.name)


def unset() -> Said:
    return Said(
        dict.fromkeys(NAMES), "\n".join(f"unset {name}" for name in NAMES), advice("kanbert-fake env --unset")
    )


def advice(command: str) -> str:
    """For whoever looks at it, instead of having a shell read it."""
    return f'Your shell takes it by eval "$({command})".' if sys.stdout is not None and sys.stdout.isatty() else ""
