"""What is installed: its names, their documentation and types, and what PyPI shows of it."""

from __future__ import annotations

import doctest
import importlib.metadata
import inspect
import pydoc
import sys
import typing
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
import redis
import redis.asyncio

import redeque
import redeque.asyncio
from conftest import run_python

OWN = ("store", "path", "fsync", "clock", "max_memory")
"""What a client is told that redis-py's is not."""

CLIENTS: dict[str, Any] = {"redis": redeque.Redis, "redis.asyncio": redeque.asyncio.Redis}


def public(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Everything that has a name without an underscore, and is the module's own."""
    for name in dir(module):
        value = getattr(module, name)
        if name.startswith("_") or not getattr(value, "__module__", "").startswith("redeque"):
            continue
        yield name, value
        if isinstance(value, type):
            yield from ((f"{name}.{of}", getattr(value, of)) for of in vars(value) if not of.startswith("_"))


def test_everything_public_is_documented() -> None:
    found = [*public(redeque), *public(redeque.asyncio)]
    assert len(found) > 100
    assert [name for name, value in found if not (inspect.getdoc(value) or "").strip()] == []


def test_the_examples_of_docstrings_show_what_happens() -> None:
    finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner()
    for name in ("Store", "Session", "Wait", "ManualClock"):
        for example in finder.find(getattr(redeque, name), name):
            example.globs = {"redeque": redeque, "store": redeque.Store()}
            runner.run(example)
    assert runner.failures == 0
    assert runner.tries >= 1


def test_help_shows_how_a_method_is_called() -> None:
    assert "lmove(self, /, first_list, second_list, src='LEFT', dest='RIGHT')" in pydoc.plain(pydoc.render_doc(redeque.Store))
    shown = pydoc.plain(pydoc.render_doc(redeque.Store.transaction))
    assert "transaction(self, /, commands)" in shown
    assert ">>> store.transaction([" in shown


@pytest.mark.parametrize("name", CLIENTS)
def test_help_shows_what_a_client_is_made_with(name: str) -> None:
    theirs = inspect.signature(sys.modules[name].Redis).parameters
    ours = inspect.signature(CLIENTS[name]).parameters
    assert list(ours) == [*theirs, *OWN]
    assert (ours["socket_timeout"].default, ours["host"].default) == (None, "localhost")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python does not keep overloads")
@pytest.mark.parametrize("name", CLIENTS)
def test_what_a_client_is_made_with_has_types_and_is_redis_pys(name: str) -> None:
    theirs = inspect.signature(sys.modules[name].Redis).parameters
    by_address, by_pool = (inspect.signature(overload).parameters for overload in typing.get_overloads(CLIENTS[name].__init__))
    for typed in (by_address, by_pool):
        told = {of: argument for of, argument in typed.items() if of not in ("self", *OWN, "others")}
        assert [of for of in told if of not in theirs] == []
        assert [of for of, argument in told.items() if argument.annotation in (inspect.Parameter.empty, "Any")] == []
    for of in ("host", "port", "db", "password", "unix_socket_path", "decode_responses", "max_connections", "client_name"):
        assert by_address[of].default == theirs[of].default, of
    by_place = [of for of, argument in by_address.items() if argument.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    assert (
        by_place[1:]
        == [of for of, argument in theirs.items() if argument.kind is argument.POSITIONAL_OR_KEYWORD][: len(by_place) - 1]
    )


def test_a_move_takes_the_arguments_of_redis_py() -> None:
    ours = inspect.signature(redeque.Store.lmove).parameters.values()
    theirs = inspect.signature(redis.Redis.lmove).parameters.values()
    assert [(of.name, of.default) for of in ours] == [(of.name, of.default) for of in theirs]
    waiting = inspect.signature(redeque.Store.blmove).parameters
    assert set(waiting) == set(inspect.signature(redis.Redis.blmove).parameters)


def test_a_move_by_default_is_from_left_to_right(store: redeque.Store) -> None:
    store.rpush("k", "a", "b", "c")
    store.rpush("l", "x")
    assert (store.lmove("k", "l"), store.blmove("k", "l", timeout=0)) == (b"a", b"b")
    assert store.lmove("k", "l", dest="LEFT") == b"c"
    assert store.lrange("l") == [b"c", b"x", b"a", b"b"]


TYPED = """
import asyncio
import redeque
import redeque.asyncio

redeque.Redis("localhost", 6379, 0, None, None, store=redeque.Store(), decode_responses=True, ssl=True)
redeque.Redis(port="first")
redeque.Redis(decode_responses="second")
redeque.asyncio.Redis(store="third")
async def main() -> tuple[bytes, bytes] | None:
    task = asyncio.create_task(redeque.Store().blpop_async("k", 0))
    return await task
asyncio.run(redeque.Store().lmove("k", "l", src="fourth"))
"""


def test_a_checker_of_types_sees_wrong_arguments() -> None:
    """And no others."""
    api = pytest.importorskip("mypy.api")
    said, errors, _ = api.run(["--config-file=", "--strict", "--no-incremental", "-c", TYPED])
    wrong = [line.split(":")[1] for line in said.splitlines() if ": error: " in line]
    # No overload fits, no overload fits, no overload fits, and no end of a list and nothing to run.
    assert wrong == ["7", "8", "9", "13", "13"], said + errors


def test_the_module_for_tasks_is_there_without_being_imported() -> None:
    done = run_python("""
import sys
import redeque
assert {"Connection", "Redis", "asyncio"} <= set(dir(redeque))
assert "redis" not in sys.modules and "redeque.asyncio" not in sys.modules
assert redeque.asyncio.Redis.__module__ == "redeque.asyncio"
import redeque.asyncio as imported
assert redeque.asyncio is imported
""")
    assert done.stderr == ""


def test_without_redis_py_the_rest_is_there() -> None:
    run_python("""
import pydoc, sys
sys.modules["redis"] = None
import redeque
assert redeque.Store().rpush("k", "a") == 1
assert "Store" in dir(redeque) and "Redis" not in dir(redeque) and "asyncio" not in dir(redeque)
assert "class Store" in pydoc.plain(pydoc.render_doc(redeque))
for name in ("Redis", "Connection", "asyncio"):
    try:
        getattr(redeque, name)
    except ModuleNotFoundError as error:
        assert "pip install 'redeque[redis]'" in str(error), error
    else:
        raise AssertionError(name)
""")


def test_what_pypi_shows_is_of_this_package() -> None:
    shown = importlib.metadata.metadata("redeque")
    description = shown.get("Description") or shown.get_payload()
    assert isinstance(description, str)
    assert description.lstrip().startswith("# redeque for Python")
    assert shown["License-Expression"] == "MIT OR Apache-2.0"
    assert {name.rpartition("/")[2] for name in shown.get_all("License-File", [])} == {"LICENSE-APACHE", "LICENSE-MIT"}
    assert shown["Requires-Python"] == ">=3.10"
    assert shown.get_all("Project-URL") is None


def test_what_is_installed_has_its_types_and_no_tests() -> None:
    installed = importlib.metadata.files("redeque") or []
    if any(file.suffix == ".pth" for file in installed):
        pytest.skip("this is where it is developed")
    files = {file.as_posix() for file in installed if not file.parts[0].endswith(".dist-info")}
    assert {"redeque/py.typed", "redeque/_native.pyi"} <= files
    assert {file.split("/")[0] for file in files} == {"redeque"}


def test_encryption_is_not_looked_at(store: redeque.Store) -> None:
    assert redeque.Redis(store=store, ssl=True, ssl_ca_certs="/nowhere").rpush("k", "a") == 1
    assert redeque.Redis.from_url("rediss://localhost", store=store).llen("k") == 1
    at_address = redeque.Redis.from_url("rediss://encrypted:7000")
    assert at_address.store is redeque.store_at("encrypted", 7000)
    assert redeque.asyncio.Redis(host="encrypted", port=7000, ssl=True).store is at_address.store
