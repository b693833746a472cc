"""What the README and the examples print."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conftest import SECONDS, run_python

PYTHON = Path(__file__).parent.parent

PRINTED = {
    "queue": [
        *(f"pushed {job}, {waiting} pending" for waiting, job in enumerate("FGHIJ", 1)),
        *(f"popped {job}" for job in "FGHIJ"),
        "nothing left: None",
    ],
    "stack": ["on top: b'article'", "back from article", "back from search", "back from home"],
    "json_jobs": [
        "once more: {'id': 0, 'to': 'ada@example.org', 'tries': 1}",
        "sent: {'id': 1, 'to': 'alan@example.org', 'tries': 0}",
        "sent: {'id': 0, 'to': 'ada@example.org', 'tries': 1}",
    ],
    "bounded_queue": [f"squares: {[number**2 for number in range(12)]}", "jobs left: 0"],
    "thread_workers": [f"done: {list(range(12))}", "keys left: [b'done']"],
    "asyncio_workers": [f"done: {list(range(12))}", "still there: [b'late']"],
}


EXAMPLES = {example.stem: example for example in (PYTHON / "examples").rglob("*.py")}


def test_every_example_is_looked_at() -> None:
    assert set(EXAMPLES) == set(PRINTED)


@pytest.mark.parametrize("name", PRINTED)
def test_an_example_prints_what_it_should(name: str) -> None:
    program = [sys.executable, str(EXAMPLES[name])]
    done = subprocess.run(program, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.stdout.splitlines() == PRINTED[name], done.stderr


@pytest.mark.parametrize("text", ["README.md", "../README.md"])
def test_a_readme_shows_what_happens(text: str) -> None:
    """In a process of its own, whose default store is empty."""
    program = """
import doctest, sys
done = doctest.testfile(sys.argv[1], module_relative=False)
print(done.attempted)
sys.exit(done.failed)
"""
    attempted = int(run_python(program, str(PYTHON / text)).stdout)
    assert attempted >= 5


def test_every_method_of_a_store_is_documented() -> None:
    import redeque

    for kind in (redeque.Store, redeque.Session, redeque.Wait):
        for name, member in vars(kind).items():
            if not name.startswith("_"):
                assert member.__doc__, f"{kind.__name__}.{name}"
