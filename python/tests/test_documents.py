"""What the README and the examples print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import redeque
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


# What a cell of the table shows.
SHOWN = re.compile("`([^`]+)` → `([^`]+)`")


def shown() -> list[tuple[str, str]]:
    """What the table from `Redis` to `Store` shows: an expression and its value."""
    rows = [line for line in (PYTHON / "README.md").read_text("utf-8").splitlines() if line.startswith("| ")]
    return [(expression, value) for row in rows for expression, value in SHOWN.findall(row)]


def test_the_table_from_redis_to_store_shows_both() -> None:
    doors = [expression.partition(".")[0] for expression, _ in shown()]
    assert (doors.count("conn"), doors.count("store")) == (13, 15)


@pytest.mark.parametrize(("expression", "value"), shown())
def test_the_table_from_redis_to_store_is_true(expression: str, value: str, store: redeque.Store) -> None:
    store.rpush("k", "a", "b")
    names: dict[str, Any] = {"conn": redeque.Redis(store=store), "store": store}
    assert repr(eval(expression, names)) == value


def test_a_timeout_of_zero_is_forever_to_a_redis_alone(store: redeque.Store) -> None:
    assert store.blpop("none", 0) is None
    connection = redeque.Connection(store=store)
    connection.send_command("BLPOP", "none", 0)
    assert store.blocked_clients() == 1
    store.rpush("none", "a")
    assert connection.read_response() == [b"none", b"a"]


def files_of_the_readme() -> dict[str, str]:
    """By their names, which are their first lines."""
    files: dict[str, str] = {}
    for name, text in re.findall(r"```python\n# (\w+\.py)\n(.*?)```", (PYTHON / "README.md").read_text("utf-8"), re.DOTALL):
        files[name] = files.get(name, "") + text
    return files


def test_the_fixtures_of_the_readme_work(tmp_path: Path) -> None:
    files = files_of_the_readme()
    assert set(files) == {"conftest.py", "test_program.py", "program.py"}
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    # A second run of each finds the lists empty.
    (tmp_path / "test_again.py").write_text("from test_program import *\n", "utf-8")
    pytest_there = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={tmp_path}", str(tmp_path)]
    done = subprocess.run(pytest_there, capture_output=True, text=True, timeout=SECONDS * 2, check=False, cwd=tmp_path)
    assert "6 passed" in done.stdout, done.stdout + done.stderr


def test_the_other_names_of_a_client_can_be_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    import redis
    import redis.asyncio

    import redeque.asyncio

    monkeypatch.setattr("redis.from_url", redeque.Redis.from_url)
    monkeypatch.setattr("redis.asyncio.Redis", redeque.asyncio.Redis)
    assert redis.from_url("redis://of-this-test").rpush("k", "a") == 1
    assert redis.asyncio.Redis(host="of-this-test").store.lrange("k") == [b"a"]


def test_the_readme_stands_by_itself() -> None:
    """On PyPI there is nothing beside it."""
    links = re.findall(r"\]\(([^)]*)\)", (PYTHON / "README.md").read_text("utf-8"))
    assert [link for link in links if not link.startswith("https://")] == []


BENCHMARK = str(PYTHON / "bench" / "pairs.py")


def test_the_benchmark_runs_from_anywhere(tmp_path: Path) -> None:
    program = [sys.executable, BENCHMARK, "--rounds", "1"]
    environment = {"PATH": str(tmp_path), **{name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}}
    done = subprocess.run(
        program, capture_output=True, text=True, timeout=SECONDS * 2, check=False, cwd=PYTHON.parent, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert "no redis-server: left out" in done.stdout
    assert re.search(r"(held|missed)  Store: \S+ times as fast as queue.Queue", done.stdout)


def test_the_benchmark_says_what_it_needs() -> None:
    program = "import runpy, sys; sys.modules['redis'] = None; runpy.run_path(sys.argv[1], run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", program, BENCHMARK], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("There is no redis. This needs redeque with redis-py: pip install './python[redis]'")
