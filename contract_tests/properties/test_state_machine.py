"""A space through long random lives: every answer and every list is what the model of the rulings says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis.stateful import run_state_machine_as_test

from contract_tests.client import Api
from contract_tests.properties.bench import Bench
from contract_tests.properties.effort import share
from contract_tests.properties.space_machine import Beside
from contract_tests.properties.task_machine import Tasks

pytestmark = pytest.mark.proves("T7", "T8", "T10", "T11", "T12", "T13", "T14", "T15", "T16", "T29", "T30")

BOARD = str(Path(__file__).parents[1] / "board.yaml")


class Everything(Tasks, Beside):
    """All that can be written."""


def run(api: Api, zone: str, machine: type[Bench], part: float) -> None:
    class InThisWorld(machine):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            super().__init__(api, zone)

    run_state_machine_as_test(InThisWorld, settings=share(part))


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_every_answer_is_what_the_model_says(connect: Any, zone: str) -> None:
    elsewhere = {} if zone == "UTC" else {"time_zone": zone}
    run(connect(world=BOARD, **elsewhere), zone, Everything, 0.4)


@pytest.mark.proves("C1", "C2", "C3", "C4", "C5", "C6", "W9", "W10", "README: Before and after")
def test_comments_and_webhooks_are_what_the_model_says_through_every_restore(connect: Any) -> None:
    run(connect(world=BOARD), "UTC", Beside, 1)
