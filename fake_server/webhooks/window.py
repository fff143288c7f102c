"""Debounce: what an event means while an earlier one of the same resource is still held back."""

from typing import Literal

from fake_server.store.store import Verb

Meaning = Literal["apart", "absorbed", "annulled"]
"""Told apart from the earlier one; told by it already; or neither of the two is told."""

RULES: dict[tuple[Verb, Verb], Meaning] = {
    ("create", "update"): "absorbed",
    ("update", "update"): "absorbed",
    ("create", "delete"): "annulled",
    ("update", "delete"): "apart",
}
"""(held back, new) -> what the new one means."""


def meaning(held: Verb | None, new: Verb) -> Meaning:
    return RULES.get((held, new), "apart") if held else "apart"
