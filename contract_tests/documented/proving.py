"""Which operations a test is about, and which sentences it proves of each."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from contract_tests.documented.reference import OPERATIONS
from contract_tests.sentences import SENTENCES

READS = [name for name, row in OPERATIONS.items() if row["method"] == "GET"]


def of_operations(names: Iterable[str], *sentences: str) -> pytest.MarkDecorator:
    """Runs a test for each operation; `{}` in a sentence's id stands for its name, where there is such a sentence."""
    return pytest.mark.parametrize("operation", [about(name, name, sentences) for name in names])


def of_parts(
    parts: Iterable[tuple[str, str]], name: str, *sentences: str, own: Callable[[str, str], str] = lambda *_: "{}"
) -> pytest.MarkDecorator:
    """Runs a test for each part of an operation, such as a field, of which `own` is the sentence."""
    found = [
        about((operation, part), f"{operation}-{part}", (own(operation, part), *sentences), operation)
        for operation, part in parts
    ]
    return pytest.mark.parametrize(f"operation, {name}", found)


def about(values: Any, id: str, sentences: Iterable[str], operation: str = "") -> Any:
    """A parameter with the sentences that are proved of it: those that speak of the operation, or of none."""
    operation = operation or id
    ids = [sentence.replace("{}", operation) for sentence in sentences]
    if lost := [one for one in sentences if "{}" not in one and one not in SENTENCES]:
        raise pytest.UsageError(f"{id} proves {lost}, which no page says")
    known = [SENTENCES[one] for one in ids if one in SENTENCES]
    told = [one.id for one in known if not one.operations or operation in one.operations]
    return pytest.param(*(values if isinstance(values, tuple) else (values,)), marks=proves(*told), id=id)


def proves(*sentences: str) -> pytest.MarkDecorator:
    return pytest.mark.proves(*sentences)
