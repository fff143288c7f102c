"""The README works as printed: every curl example, in order, against the demo world, and every recipe."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fake_server.fidelity import handle_table
from fake_server.handle.world import Handle
from fake_server.server import FakeServer

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PRINTED = "http://127.0.0.1:5262"
CREATED = re.compile(r"-X POST \S*/_fake/(tokens|webhooks|worlds|faults|snapshots/\S+|records/\S+) ")
BLOCKS = re.findall(r"(?:<!-- answers (\d+) -->\n)?```sh\n(.*?)```", README, re.DOTALL)
COMMANDS = [
    (command, int(status or (201 if CREATED.search(command) else 200)))
    for status, block in BLOCKS
    for command in block.replace("\\\n", "").splitlines()
    if command.startswith("curl")
]
RECIPES = re.findall(r"<!-- pytest -->\n```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.proves(
    "README: On your desk", "README: Look around with curl", "README: Webhooks", "README: Control API"
)
@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_every_curl_example_answers_as_printed() -> None:
    with FakeServer(world="demo") as fake:
        answers = [(command, answered(command, fake.base_url)) for command, _ in COMMANDS]
    assert len(answers) > 12
    assert answers == COMMANDS


def answered(command: str, base_url: str) -> int:
    """The status that a printed command gets from the server at `base_url`."""
    asked = command.replace(PRINTED, base_url) + " -o /dev/null -w '%{http_code}'"
    done = subprocess.run(["bash", "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    return int(done.stdout[-3:])


@pytest.mark.proves("README: In pytest", "README: Recipes")
def test_every_recipe_is_a_test_that_passes(tmp_path: Path) -> None:
    (tmp_path / "test_recipes.py").write_text("".join(RECIPES), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-W", "error", "--strict-markers", "-p", "no:cacheprovider", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    count = sum(recipe.count("\ndef test_") + recipe.startswith("def test_") for recipe in RECIPES)
    assert count > 8
    assert (done.returncode, f"{count} passed" in done.stdout) == (0, True), done.stdout + done.stderr


@pytest.mark.proves("README: Every verb")
def test_every_verb_of_the_handle_is_in_the_table_and_says_what_it_does() -> None:
    rows = [line.strip("|").split(" | ") for line in handle_table().splitlines()[2:]]
    assert {row[0].strip("` ").partition("(")[0].split(".")[1] for row in rows} == {
        name for name in dir(Handle) if not name.startswith("_")
    }
    assert [row for row in rows if not re.fullmatch(r" ?[A-Z`].*\. ?", row[1])] == []
