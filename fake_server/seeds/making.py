"""One more record of any kind, with what nobody said of it made up."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from random import Random
from string import ascii_uppercase
from typing import Any, Literal, get_args

from fake_server.api.verbs import creating
from fake_server.declare.attachment import attach
from fake_server.declare.body import Body, Upload
from fake_server.moment import LATEST, Instant, Moment
from fake_server.resources import OPERATIONS
from fake_server.seeds.filling import HOLDERS, content
from fake_server.seeds.values import Hint, Wrong, origin, types
from fake_server.store.kind import Kind, Record
from fake_server.store.store import Store
from fake_server.webhooks.publisher import HOOKS

TIMES = ("created_at", "updated_at")
"""Times that the store itself gives."""
FORMATS = {
    "first_name": "{{first_name}}",
    "last_name": "{{last_name}}",
    "name": "{{company}}",
    "comment": "<p>{{sentence}}</p>",
}
TITLE = "{{catch_phrase}}"


class Making:
    """Makes records for one store at one moment; what is made up comes from a random stream."""

    def __init__(self, store: Store, moment: Moment, random: Random) -> None:
        self.store, self.moment, self.random = store, moment, random

    def make(self, kind: Kind, values: Mapping[str, Any]) -> Record:
        """A record of the given values, as records hold them. Wrong where something cannot be made up."""
        known = dict(values)
        for field in needed(kind):
            if field not in known:
                known[field] = self.made_up(kind, field, known)
        return self.store.make(kind.name, self.moment, known)

    def made_up(self, kind: Kind, field: str, known: Mapping[str, Any]) -> Any:
        target = kind.refs.get(field)
        if target is not None:
            return self.implied(kind, field, known) or self.any(target).key
        hint = types(kind)[field]
        if Instant in hint:
            return self.moment.now
        if date in hint:
            ahead = self.moment.today().toordinal() + self.random.randint(1, 60)
            return date.fromordinal(min(ahead, LATEST.toordinal()))
        return self.text(kind, field, known) if str in hint else simple(hint)

    def implied(self, kind: Kind, field: str, known: Mapping[str, Any]) -> int | None:
        """What a record that was given belongs to itself: a new record beside it belongs there, too."""
        for other, target in kind.refs.items():
            if isinstance(known.get(other), int) and self.store.kinds[target].refs.get(field) == kind.refs[field]:
                return int(getattr(self.store.rows(target)[known[other]], field))
        return None

    def any(self, kind: str) -> Record:
        """The first record of a kind, or a new one where there is none."""
        first = next(iter(self.store.rows(kind).values()), None)
        return first if first is not None else self.make(self.store.kinds[kind], {})

    # texts
    def text(self, kind: Kind, field: str, known: Mapping[str, Any]) -> str:
        if kind.name == HOOKS:
            raise Wrong(f"a {kind.name} needs a {field}: what is sent goes there")
        if field == "color":
            return f"#{self.random.randrange(2**24):06x}"
        if field == "email":
            return self.free(kind, field, ".".join(map(word, self.name(known))), "@example.com")
        if field in ("shortcode", "slug", "uri"):
            letters = "".join(self.random.choices(ascii_uppercase, k=3))
            return self.free(kind, field, letters.lower() if field == "slug" else letters)
        text = self.said(FORMATS.get(field, TITLE))
        return text[:1].upper() + text[1:]

    def name(self, known: Mapping[str, Any]) -> tuple[str, str]:
        first, last = known.get("first_name"), known.get("last_name")
        return first or self.said("{{first_name}}"), last or self.said("{{last_name}}")

    def free(self, kind: Kind, field: str, stem: str, tail: str = "") -> str:
        """A text that no other record of the kind has in a field: numbered where the plain one is taken."""
        number, text = 1, f"{stem}{tail}"
        taken = {getattr(row, field) for row in self.store.rows(kind.name).values()}
        while text in taken:
            number += 1
            text = f"{stem}{number}{tail}"
        return text

    def said(self, format: str) -> str:
        voice = speaker()
        voice.random = self.random
        return str(voice.parse(format))

    # files
    def file(self, given: Mapping[str, Any], holder: tuple[str, int] | None) -> Record:
        """A file on its holder - kind and key - or on the first record that can have one. The holder keeps the
        later of its times."""
        kind, key = holder or (HOLDERS[0], self.any(HOLDERS[0]).key)
        before = self.store.rows(kind)[key]
        name = given.get("file_name") or f"{word(self.said('{{word}}'))}.txt"
        sent = {"content": self.said("{{sentence}}"), **given} if "content_base64" not in given else dict(given)
        moment = self.moment._replace(now=given.get("created_at", self.moment.now))
        file = attach(self.store, moment, before, Upload(name, given.get("mime_type") or mime(name), content(sent)))
        after = self.store.rows(kind)[key]
        if after.updated_at < before.updated_at:
            self.store.put(after._replace(updated_at=before.updated_at))
        return file


@cache
def needed(kind: Kind) -> tuple[str, ...]:
    """The fields without which there is no record, and the one that is what the record is for (a comment's comment);
    of a kind that is built from a few fields, those that its section's own operation asks for."""
    required = [
        name for name in types(kind) if name == kind.name or name not in (*kind.record._field_defaults, *TIMES)
    ]
    if kind.build is None:
        return tuple(required)
    asked = {
        field.at
        for operation in OPERATIONS.values()
        if operation.kind == kind.name and operation.verb is creating and isinstance(operation.body, Body)
        for field in operation.body.fields
        if field.required
    }
    return tuple(name for name in required if name in asked)


def simple(hint: Hint) -> Any:
    """The plainest value of a type."""
    one = hint[0]
    if origin(one) is Literal:
        return get_args(one)[0]
    return () if origin(one) is tuple else (origin(one) or one)()


def word(text: str) -> str:
    """A text as an address may have it."""
    return "".join(letter for letter in text.lower() if letter.isascii() and letter.isalnum()) or "x"


def mime(name: str) -> str:
    # Imported here: it reads the machine's tables, and few ask for it.
    from mimetypes import MimeTypes

    return MimeTypes().guess_type(name)[0] or "application/octet-stream"


@cache
def speaker() -> Any:
    """One Faker for all: its random stream is set before every use."""
    # Imported here: Faker costs more than all the rest of a small world.
    from fake_server.seeds.grow import faker

    return faker({}, 0)
