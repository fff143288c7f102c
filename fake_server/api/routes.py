"""Method and path -> operation, without trying one pattern after the other."""

from collections.abc import Iterable

from fake_server.declare.operation import Operation
from fake_server.errors import MethodNotAllowed, NotFound, nearest

PREFIX = "/api/v1"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
Literals = tuple[tuple[int, str], ...]
"""The segments of a path that are no parameters, by their places."""


class Routes:
    """Operations by method and number of path segments; of two that fit, the one with more literal ones."""

    def __init__(self, operations: Iterable[Operation], unfaked: Iterable[str]) -> None:
        self.plain: dict[tuple[str, str], Operation] = {}
        """Those whose paths have no parameters."""
        self.patterns: dict[tuple[str, int], list[tuple[Literals, Operation]]] = {}
        self.paths: list[str] = []
        self.unfaked = tuple(unfaked)
        for operation in operations:
            parts = pattern(operation.path)
            literals = tuple((place, part) for place, part in enumerate(parts) if part is not None)
            self.patterns.setdefault((operation.method, len(parts)), []).append((literals, operation))
            self.paths.append(f"{operation.method} {operation.path}")
            if len(literals) == len(parts):
                self.plain[operation.method, operation.path] = operation
        for patterns in self.patterns.values():
            patterns.sort(key=lambda found: -len(found[0]))

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]]:
        """The operation and its path parameters; NotFound or MethodNotAllowed name the nearest."""
        plain = self.plain.get((method, path))
        if plain is not None:
            return plain, {}
        segments = path.split("/")[1:]
        method = "GET" if method == "HEAD" else method
        operation = self.match(method, segments)
        if operation is None:
            raise self.refusal(method, path, segments)
        return operation, {name: segments[place] for name, place in operation.places.items()}

    def match(self, method: str, segments: list[str]) -> Operation | None:
        if "" in segments:
            return None
        for literals, operation in self.patterns.get((method, len(segments)), ()):
            # Written out, because every request comes by.
            for place, literal in literals:
                if segments[place] != literal:
                    break
            else:
                return operation
        return None

    def allowed(self, path: str) -> list[str]:
        """The methods that a path answers to."""
        segments = path.split("/")[1:]
        found = [method for method in METHODS if self.match(method, segments)]
        return [name for method in found for name in ((method, "HEAD") if method == "GET" else (method,))]

    def refusal(self, method: str, path: str, segments: list[str]) -> NotFound | MethodNotAllowed:
        route, allowed = f"{PREFIX}{path}".strip("/"), ", ".join(self.allowed(path))
        if allowed and not self.is_unfaked(method, segments):
            return MethodNotAllowed(
                f"The {method} method is not supported for route {route}. Supported methods: {allowed}.",
                f"{path[:60]} answers to {allowed}.",
                {"Allow": allowed},
            )
        return NotFound(f"The route {route} could not be found.", self.hint(method, path, segments))

    def is_unfaked(self, method: str, segments: list[str]) -> bool:
        return any(fits(template, method, segments) for template in self.unfaked)

    def hint(self, method: str, path: str, segments: list[str]) -> str:
        if self.is_unfaked(method, segments):
            return f"The service has {method} {path[:60]}, but this fake does not answer it yet."
        if path.endswith("/") and self.allowed(path.rstrip("/")):
            return "Leave out the slash at the end."
        near = nearest(f"{method} {path}", self.paths)
        return f"The service has no such route; did you mean {near}?" if near else "The service has no such route."


def pattern(path: str) -> tuple[str | None, ...]:
    return tuple(None if part.startswith("{") else part for part in path.split("/")[1:])


def fits(template: str, method: str, segments: list[str]) -> bool:
    wanted, path = template.split(" ")
    parts = pattern(path)
    return (
        wanted == method
        and len(parts) == len(segments)
        and all(part is None or part == segment for part, segment in zip(parts, segments, strict=True))
    )
