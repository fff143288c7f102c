"""Schemathesis over the description, in process: every check on, and what it cannot know filled in."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import schemathesis
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder

from contract_tests.described import Asked
from contract_tests.outside.exemptions import Exemption, exempted
from contract_tests.outside.filling import Filling
from contract_tests.outside.fresh import TOKEN, Fresh

EXAMPLES = 40
CONFIG = {
    "headers": {"Authorization": f"Bearer {TOKEN}"},
    "generation": {"deterministic": True, "max-examples": EXAMPLES, "database": "none"},
    # Seconds, the tool's own work included; that an answer takes less than one, properties/test_random_bytes.py says.
    "checks": {"max_response_time": 10},
    "continue-on-failure": True,
    # A busy machine is no finding.
    "suppress-health-check": ["all"],
    "cache": {"enabled": False},
}


class Search:
    """What the tool does to an app, what it finds, and which exemptions that needed."""

    def __init__(self, fresh: Fresh) -> None:
        """Sequences are begun in the seeded world by their own test; here each call is."""
        api = fresh.api()
        self.document = api.control("GET", "/openapi.json")
        self.names = {(method, path): described["operationId"]
                      for path, methods in self.document["paths"].items()
                      for method, described in methods.items()}  # fmt: skip
        self.filling = Filling(api)
        self.used: set[Exemption] = set()
        self.answered: Counter[tuple[str, int]] = Counter()
        config = schemathesis.Config.from_dict({**CONFIG, "phases": {"stateful": {"enabled": not fresh.each}}})
        self.schema = schemathesis.openapi.from_asgi("/_fake/openapi.json", fresh, config=config)
        for hook in (self.map_case, self.before_add_examples, self.filter_failure, self.after_call):
            self.schema.hooks.register_hook_with_name(hook, hook.__name__)

    def name(self, case: Any) -> str:
        return str(self.names[case.operation.method.lower(), case.operation.path])

    def map_case(self, _: Any, case: Any) -> Any:
        return self.filling.fill(self.name(case), case)

    def before_add_examples(self, _: Any, examples: list[Any]) -> None:
        for case in examples:
            self.filling.fill(self.name(case), case)

    def filter_failure(self, _: Any, failure: Any, case: Any, response: Any) -> bool:
        """Whether the finding is one."""
        # A body that is not JSON is none; the tool has a value of its own where nothing is sent.
        body = case.body if isinstance(case.body, dict | list | str | int | float) else None
        asked = Asked(self.document, self.name(case), case.query or {}, body)
        reasons = exempted(type(failure).__name__, asked, response)
        self.used.update(reasons)
        return not reasons

    def after_call(self, _: Any, case: Any, response: Any) -> None:
        self.answered[self.name(case), response.status_code] += 1

    def findings(self, name: str) -> list[str]:
        """Everything that is found out about an operation, one text each."""
        schema = self.schema.include(operation_id=name)
        return [text for event in from_schema(schema).execute() for text in told(event)]


def told(event: Any) -> Iterator[str]:
    if isinstance(event, events.NonFatalError):
        yield f"{event.label}: {event.info.title}: {event.info.message}"
    elif isinstance(event, events.FatalError):
        yield f"The tool itself failed: {event.exception}"
    elif isinstance(event, events.ScenarioFinished):
        yield from failures(event.recorder)


def failures(recorder: ScenarioRecorder) -> Iterator[str]:
    for case_id, checks in recorder.checks.items():
        response = recorder.interactions[case_id].response
        answer = "" if response is None else f"{response.status_code} {response.text[:500]}"
        for check in checks:
            if check.status == Status.FAILURE and check.failure_info is not None:
                failed = check.failure_info
                yield f"{check.name}: {failed.failure.message}\n{failed.code_sample[:1000]}\n{answer}"


def disabled() -> list[str]:
    """The checks of the tool that are not made."""
    load_all_checks()
    checks = schemathesis.Config.from_dict(CONFIG).projects.get_default().checks
    names = [*CHECKS.get_all_names(), "max_response_time"]
    return [name for name in names if not checks.get_by_name(name=name).enabled]
