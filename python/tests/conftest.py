"""Stores, clients and servers for the tests."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
import redis.asyncio
from redis.backoff import NoBackoff
from redis.retry import Retry

import redeque
import redeque.asyncio

SECONDS = 30.0
"""What must happen does so in this time, or the test fails."""


def eventually(condition: Callable[[], bool]) -> None:
    """Waits until it holds."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.001)


async def eventually_in_loop(condition: Callable[[], bool]) -> None:
    """The same, while the loop goes on."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0)


def run_python(program: str, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs a program of its own, and fails where that does."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=SECONDS * 2, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture
def store() -> redeque.Store:
    return redeque.Store()


@pytest.fixture
def client(store: redeque.Store) -> redeque.Redis:
    return redeque.Redis(store=store)


def servers() -> list[str]:
    """The server programs to compare with: those of the variable, or that of the path."""
    return [program for program in os.environ.get("REDEQUE_SERVERS", "redis-server").split(":") if shutil.which(program)]


@pytest.fixture(scope="session", params=servers() or [None], ids=lambda program: str(program).rpartition("/")[2])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server of our own."""
    if request.param is None:
        pytest.skip("there is no redis-server to compare with")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    directory = str(tmp_path_factory.mktemp("server"))
    arguments = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", directory]
    process = subprocess.Popen([request.param, *arguments], stdout=subprocess.DEVNULL)

    def answers() -> bool:
        try:
            return bool(redis.Redis(port=port, retry=Retry(NoBackoff(), 0)).ping())
        except redis.ConnectionError:
            return False

    try:
        eventually(answers)
        yield port
    finally:
        process.terminate()
        process.wait()
