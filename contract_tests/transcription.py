"""What fixtures/reference transcribes of the documentation by hand."""

from pathlib import Path
from typing import Any

import yaml

REFERENCE = Path(__file__).parents[1] / "fixtures" / "reference"


def transcribed(name: str) -> Any:
    return yaml.safe_load((REFERENCE / f"{name}.yaml").read_text(encoding="utf-8"))
