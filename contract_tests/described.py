"""A request held against the description, and read as the service reads it, which takes more."""

from typing import Any, NamedTuple

from openapi_schema_validator import OAS31Validator, oas31_format_checker

Json = dict[str, Any]


class Asked(NamedTuple):
    """A request in terms of the description: its query, and its JSON body or None."""

    document: Json
    name: str
    query: Json
    body: Any

    @property
    def described(self) -> Json:
        found = (one for methods in self.document["paths"].values() for one in methods.values())
        return next(one for one in found if one["operationId"] == self.name)

    def is_good(self) -> bool:
        """Whether it fulfils what the description says."""
        known = {one["name"]: one["schema"] for one in self.described["parameters"] if one["in"] == "query"}
        query = all(self.fulfils(known[name], value) for name, value in self.query.items() if name in known)
        return query and self.has_good_body()

    def has_good_body(self) -> bool:
        wanted = self.described.get("requestBody", {"content": {}})
        content = wanted["content"].get("application/json")
        if content is None:
            return True
        return not wanted["required"] if self.body is None else self.fulfils(content["schema"], self.body)

    def fulfils(self, schema: Json, value: Any) -> bool:
        whole = {"components": self.document["components"], **schema}
        return bool(OAS31Validator(whole, format_checker=oas31_format_checker).is_valid(value))

    def as_read(self) -> "Asked":
        """The same in the service's eyes."""
        return self._replace(query=read_query(self.query), body=read_body(self.body))


def read_query(query: Json) -> Json:
    """Empty parameters do not count, nor do empty items of a list; any page size is cast to a number."""
    texts = {name: str(value[-1] if isinstance(value, list) and value else value) for name, value in query.items()}
    read = {name: with_items(name, text.strip()) for name, text in texts.items() if name != "page[size]"}
    return {name: text for name, text in read.items() if text}


def with_items(name: str, text: str) -> str:
    if name not in ("sort", "include"):
        return text
    return ",".join(item for item in text.split(",") if item not in ("", "0"))


def read_body(value: Any) -> Any:
    """Texts are trimmed, and an empty one is null."""
    if isinstance(value, dict):
        return {key: read_body(part) for key, part in value.items()}
    if isinstance(value, list):
        return [read_body(part) for part in value]
    return (value.strip() or None) if isinstance(value, str) else value
