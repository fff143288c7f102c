"""A server for the time of a function."""

import functools
import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

PARAMETER = "fake"


def decorated(begin: Callable[[], AbstractContextManager[Any]], function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, each call of which has a server of its own; a parameter named `fake` is given its handle."""
    if not inspect.isroutine(function):
        raise TypeError("A FakeServer decorates a function; for a class use it in a fixture, or in setUp.")
    signature = inspect.signature(function)
    names = list(signature.parameters)
    place = names.index(PARAMETER) if PARAMETER in names else None

    def run(fake: Any, arguments: tuple[Any, ...], more: dict[str, Any]) -> Any:
        if place is None:
            return function(*arguments, **more)
        if len(arguments) > place:
            return function(*arguments[:place], fake, *arguments[place:], **more)
        return function(*arguments, **more, **{PARAMETER: fake})

    @functools.wraps(function)
    def call(*arguments: Any, **more: Any) -> Any:
        with begin() as fake:
            return run(fake, arguments, more)

    @functools.wraps(function)
    async def call_and_wait(*arguments: Any, **more: Any) -> Any:
        with begin() as fake:
            return await run(fake, arguments, more)

    made: Callable[..., Any] = call_and_wait if inspect.iscoroutinefunction(function) else call
    # Test runners look for a fixture for each parameter that they see.
    seen = [one for name, one in signature.parameters.items() if name != PARAMETER]
    made.__signature__ = signature.replace(parameters=seen)  # type: ignore[attr-defined]
    return made
