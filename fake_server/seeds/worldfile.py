"""A world's document, YAML or JSON, read so that whatever is wrong can be said with its place."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, NoReturn

import orjson
import yaml

Form = Literal["yaml", "json"]
Place = int | str
"""A line of YAML, from 1; of JSON what leads there, such as tasks[3]."""


class SeedError(Exception):
    """A world that cannot be loaded: where, and why."""


class Row(dict[str, Any]):
    """A mapping that knows its place, and those of its keys."""

    place: Place = ""
    places: Mapping[Any, Place]

    def within(self, key: Any, number: int) -> Place:
        """Where the list under a key has the row of that number."""
        place = self.places.get(str(key), self.place)
        return place + 1 + number if isinstance(place, int) else f"{place}[{number}]"


class Loader(yaml.CSafeLoader):
    """YAML's safe types, with lines."""


def construct_row(loader: Any, node: Any) -> Row:
    row = Row(loader.construct_mapping(node, deep=True))
    row.place = node.start_mark.line + 1
    lines: dict[Any, Place] = {}
    for key, _ in node.value:
        if key.value in lines:
            raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands twice", key.start_mark)
        lines[key.value] = key.start_mark.line + 1
    row.places = lines
    return row


# A date stays the text that it is: YAML's own reading of an impossible one fails without a line.
Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_constructor("tag:yaml.org,2002:map", construct_row)


def refuse(source: str, place: Place, why: str) -> NoReturn:
    raise SeedError(f"{source}{f':{place}' if place != '' else ''}: {ended(why)}") from None


def ended(clause: str) -> str:
    """A clause as a sentence."""
    return clause if clause.endswith((".", "?")) else f"{clause}."


def read(path: Path) -> Row:
    try:
        text = path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError) as error:
        refuse(str(path), "", str(error))
    return parse(text, str(path), "json" if path.suffix == ".json" else "yaml")


def parse(text: str, source: str, form: Form) -> Row:
    """A document as rows; `source` is what messages call it. Raises SeedError."""
    return parse_json(text, source) if form == "json" else parse_yaml(text, source)


def parse_yaml(text: str, source: str) -> Row:
    try:
        data = yaml.load(text, Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        why = str(getattr(error, "problem", None) or error)
        refuse(source, mark.line + 1 if mark else "", f"{why} (column {mark.column + 1})" if mark else why)
    if not isinstance(data, Row):
        refuse(source, 1, "a world is a mapping from kinds of record to rows")
    return data


def parse_json(text: str, source: str) -> Row:
    try:
        # The first reads strictly and knows where it failed; the second sees keys that stand twice.
        orjson.loads(text)
        return placed(json.loads(text, object_pairs_hook=once), source)
    except json.JSONDecodeError as error:
        refuse(source, f"{error.lineno}:{error.colno}", error.msg)
    except (ValueError, RecursionError) as error:
        refuse(source, "", str(error))


def once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    pairs = list(pairs)
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)} stands twice in one object")
    return found


def placed(data: Any, source: str) -> Row:
    """An object as JSON gives it, its rows with their places. Raises SeedError."""
    if not isinstance(data, Mapping):
        refuse(source, "", "a world is a mapping from kinds of record to rows")
    row = Row({key: held(value, str(key)) for key, value in data.items()})
    row.places = {key: str(key) for key in data}
    return row


def held(value: Any, place: str) -> Any:
    if isinstance(value, list):
        return [at(one, f"{place}[{number}]") if isinstance(one, dict) else one for number, one in enumerate(value)]
    return at(value, place) if isinstance(value, dict) else value


def at(value: Mapping[str, Any], place: str) -> Row:
    row = Row(value)
    row.place, row.places = place, {}
    return row
