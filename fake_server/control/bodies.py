"""Bodies of control calls: JSON objects whose every field is known."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from fake_server.control.problems import Problem
from fake_server.errors import did_you_mean

MOST_BODY = 1024 * 1024
MOST_STATE = 256 * 1024 * 1024
"""Of a body that carries a whole world."""

Wanted = TypeVar("Wanted", bound=BaseModel)


class Nothing(BaseModel):
    """The body of a call that takes none."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


async def read(request: Request, model: type[Wanted]) -> Wanted:
    """The body as the model; Problem says what is wrong with it, in the words of the fields' descriptions."""
    body = await content(request, MOST_STATE if "state" in model.model_fields else MOST_BODY)
    try:
        return model.model_validate_json(body or b"{}")
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        # A misspelt field is what went wrong, also where the right one is then missing.
        first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
        raise Problem(422, "Invalid body", wrong(first, model)) from None


async def content(request: Request, most: int) -> bytes:
    """The body's bytes; Problem where they are too many."""
    pieces, size = [], 0
    async for piece in request.stream():
        pieces.append(piece)
        size += len(piece)
        if size > most:
            raise Problem(413, "Too large", f"A control body may have {most} bytes.")
    return b"".join(pieces)


def wrong(first: Any, model: type[BaseModel]) -> str:
    """What is wrong with a body, in our own words."""
    place = [part for part in first["loc"] if isinstance(part, str)]
    name = place[0][:80] if place else ""
    known = {field.alias or name: field for name, field in model.model_fields.items()}
    if not known:
        return "This call takes no body."
    if first["type"] == "json_invalid":
        return f"body: is no JSON: {first['ctx']['error']}."
    if not name:
        return f"body: must be a JSON object with any of {', '.join(known)}."
    if name not in known:
        return f"There is no field {name}; {did_you_mean(name, known)}"
    if first["type"] == "extra_forbidden":
        return f"{name} has no field {place[-1][:80]}; it must be {known[name].description}."
    return f"{name}: must be {known[name].description}."
