"""A world's document, YAML or JSON, read so that whatever is wrong can be said with its place."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, NoReturn

import orjson
import yaml

from fake_server.seeds.rows import Place, Row, brief
from fake_server.seeds.yaml_form import LEAST, MOST, Loader

Form = Literal["yaml", "json"]
LONGEST = 600
"""Characters of a clause that says what is wrong."""


class SeedError(Exception):
    """A world that cannot be loaded: where, and why."""


def refuse(source: str, place: Place, why: str) -> NoReturn:
    raise SeedError(f"{source}{f':{place}' if place != '' else ''}: {ended(why)}") from None


def ended(clause: str) -> str:
    """A clause as a sentence."""
    clause = clause if len(clause) <= LONGEST else f"{clause[:LONGEST]}..."
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
    except yaml.reader.ReaderError as error:
        refuse(source, text.count("\n", 0, error.position) + 1, f"{error.reason} (character {error.character})")
    except yaml.MarkedYAMLError as error:
        mark, why = error.problem_mark, error.problem or "this is no YAML"
        refuse(source, mark.line + 1 if mark else "", f"{why} (column {mark.column + 1})" if mark else why)
    except RecursionError:
        refuse(source, "", "it is nested too deeply")
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
    except ValueError as error:
        refuse(source, "", str(error))
    except RecursionError:
        refuse(source, "", "it is nested too deeply")


def once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    pairs = list(pairs)
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{Counter(names).most_common(1)[0][0][:80]} stands twice in one object")
    return found


def placed(data: Any, source: str) -> Row:
    """An object as JSON gives it, its rows with their places. Raises SeedError."""
    if not isinstance(data, Mapping):
        refuse(source, "", "a world is a mapping from kinds of record to rows")
    row = Row({key: held(value, str(key)) for key, value in data.items()})
    row.places = {key: str(key) for key in data}
    for key, value in data.items():
        refuse_large(source, key, value)
    return row


def refuse_large(source: str, place: str, value: Any, deep: bool = False) -> None:
    """No whole number has more bits than answers can print; the place is that of a row."""
    if isinstance(value, int):
        if not LEAST <= value <= MOST:
            refuse(source, place, f"{brief(value)} is a number of more than 64 bits")
    elif isinstance(value, dict):
        for one in value.values():
            # Most are none of these: this is asked of every value there is.
            if isinstance(one, int | dict | list):
                refuse_large(source, place, one, True)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            refuse_large(source, place if deep else f"{place}[{number}]", one, True)


def held(value: Any, place: str) -> Any:
    if isinstance(value, list):
        return [at(one, f"{place}[{number}]") if isinstance(one, dict) else one for number, one in enumerate(value)]
    return at(value, place) if isinstance(value, dict) else value


def at(value: Mapping[str, Any], place: str) -> Row:
    row = Row(value)
    row.place, row.places = place, {}
    return row
