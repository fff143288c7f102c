"""The tokens of a document: who they act as, what they may, and until when."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from fake_server.errors import did_you_mean
from fake_server.moment import Instant
from fake_server.resources import SCOPES
from fake_server.seeds.rows import brief, word
from fake_server.seeds.values import Values, Wrong, is_text
from fake_server.token_text import is_token

FIELDS = ("token", "user", "scopes", "integration", "expires_at")


class SeededToken(NamedTuple):
    """A token that belongs to a seed. `user` is a key; None for the rest: as for unregistered tokens."""

    text: str
    user: int
    integration: str | None = None
    scopes: frozenset[str] | None = None
    expires_at: Instant | None = None


def read_token(row: Mapping[Any, Any], values: Values) -> SeededToken:
    """A token of a document's row; Wrong where there can be none."""
    if not {"token", "user"} <= set(row) <= set(FIELDS):
        raise Wrong(f"a token is {{token, user, scopes?, integration?, expires_at?}}, {unfit(row)}")
    text, integration, expires = row["token"], row.get("integration"), row.get("expires_at")
    refuse_text(text)
    if integration is not None and not is_text(integration):
        raise Wrong(f"the integration of a token is a text, its slug, not {brief(integration)}")
    scopes = read_scopes(row.get("scopes"))
    user = values.ref("user", "user", row["user"])
    return SeededToken(text, user, integration, scopes, None if expires is None else values.instant(expires))


def unfit(row: Mapping[Any, Any]) -> str:
    """What such a row has too much, or lacks."""
    for name in row:
        if name not in FIELDS:
            return f"and has no field {word(name)}; {did_you_mean(word(name), FIELDS)}"
    return f"and lacks the {'user' if 'token' in row else 'token'}"


def refuse_text(text: Any) -> None:
    if not is_text(text) or not is_token(text):
        raise Wrong(f"a token is a text of 1 to 4096 printable ASCII characters without spaces, not {brief(text)}")


def read_scopes(found: Any) -> frozenset[str] | None:
    """None: every scope."""
    if found is None:
        return None
    if not isinstance(found, list) or not all(map(is_text, found)):
        raise Wrong(f"the scopes of a token are a list of texts, not {brief(found)}")
    for scope in found:
        if scope not in SCOPES:
            raise Wrong(f"there is no scope {word(scope)}; {did_you_mean(scope, SCOPES)}")
    return frozenset(found)
