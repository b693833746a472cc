"""One push and one pop, beside what a Python user would take instead.

Every peer takes turns with the others, in many rounds of about a millisecond, and the fastest round of each counts: what else the
machine does can only add to a time. Peers that are not installed are left out, and a line says so. `--check` fails
where a bar is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import contextlib
import queue
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

try:
    import redis
    import redis.asyncio

    import redeque
    import redeque.asyncio
except ModuleNotFoundError as missing:
    sys.exit(
        f"There is no {missing.name}. This needs redeque with redis-py: pip install './python[redis]', at the top of the sources"
    )

# A peer runs this number of pairs.
Run = Callable[[int], None]

BARS = [
    # what is measured, the fewest times as fast as, or the most times as slow as
    ("Store", "redis-py, server", 400),
    ("Store", "fakeredis", 150),
    ("Store", "queue.Queue", 3),
    ("Store", "deque with a lock", 1),
    ("Redis", "redis-py, constants", 1 / 1.3),
    ("Redis, pipeline", "redis-py, constants, pipeline", 1 / 1.3),
    ("asyncio.Redis", "redis-py asyncio, constants", 1 / 1.3),
    ("asyncio.Redis, pipeline", "redis-py asyncio, constants, pipeline", 1 / 1.3),
    ("Redis", "redis-py, server", 6),
    ("Redis, pipeline", "redis-py, server, pipeline", 3),
]

IN_PIPELINE = 50


class Constants(redis.Connection):
    """A connection that sends nothing and answers the same to everything: what redis-py itself costs."""

    def connect(self) -> None: ...
    def can_read(self, timeout: float = 0) -> bool:
        return False

    def send_command(self, *args: Any, **kwargs: Any) -> None: ...
    def pack_commands(self, commands: Any) -> Any:
        return commands

    def send_packed_command(self, command: Any, check_health: bool = True) -> None: ...
    def read_response(self, *args: Any, **kwargs: Any) -> Any:
        return 1

    def disconnect(self, *args: Any, **kwargs: Any) -> None: ...


class AsyncConstants(redis.asyncio.Connection):
    """The same for tasks."""

    async def connect(self) -> None: ...
    async def can_read(self) -> bool:
        return False

    can_read_destructive = can_read

    async def send_command(self, *args: Any, **kwargs: Any) -> None: ...
    def pack_commands(self, commands: Any) -> Any:
        return commands

    async def send_packed_command(self, command: Any, check_health: bool = True) -> None: ...
    async def read_response(self, *args: Any, **kwargs: Any) -> Any:
        return 1

    async def disconnect(self, *args: Any, **kwargs: Any) -> None: ...


def of_methods(store: Any) -> Run:
    def run(pairs: int) -> None:
        push, pop = store.lpush, store.rpop
        for _ in range(pairs):
            push("TEST", "element")
            pop("TEST")

    return run


def of_queue() -> Run:
    jobs: queue.Queue[str] = queue.Queue()

    def run(pairs: int) -> None:
        put, get = jobs.put, jobs.get
        for _ in range(pairs):
            put("element")
            get()

    return run


def of_deque() -> Run:
    lists: dict[str, collections.deque[str]] = {"TEST": collections.deque()}
    lock = threading.Lock()

    def run(pairs: int) -> None:
        for _ in range(pairs):
            with lock:
                lists["TEST"].appendleft("element")
            with lock:
                lists["TEST"].pop()

    return run


def of_pipeline(client: Any) -> Run:
    def run(pairs: int) -> None:
        for _ in range(pairs // IN_PIPELINE):
            pipeline = client.pipeline(transaction=False)
            for _ in range(IN_PIPELINE):
                pipeline.lpush("TEST", "element")
                pipeline.rpop("TEST")
            pipeline.execute()

    return run


def in_loop(loop: asyncio.AbstractEventLoop, pairs_of: Callable[[int], Awaitable[None]]) -> Run:
    return lambda pairs: loop.run_until_complete(pairs_of(pairs))  # type: ignore[arg-type]


def of_tasks(client: Any) -> Callable[[int], Awaitable[None]]:
    async def run(pairs: int) -> None:
        for _ in range(pairs):
            await client.lpush("TEST", "element")
            await client.rpop("TEST")

    return run


def of_task_pipeline(client: Any) -> Callable[[int], Awaitable[None]]:
    async def run(pairs: int) -> None:
        for _ in range(pairs // IN_PIPELINE):
            pipeline = client.pipeline(transaction=False)
            for _ in range(IN_PIPELINE):
                pipeline.lpush("TEST", "element")
                pipeline.rpop("TEST")
            await pipeline.execute()

    return run


@contextlib.contextmanager
def server() -> Iterator[int | None]:
    """A `redis-server` of our own, if there is one."""
    program = shutil.which("redis-server")
    if program is None:
        print("no redis-server: left out")
        yield None
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as directory:
        arguments = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", directory]
        process = subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL)
        try:
            redis.Redis(port=port, retry=redis.retry.Retry(redis.backoff.ConstantBackoff(0.05), 100)).ping()
            yield port
        finally:
            process.terminate()
            process.wait()


def peers(port: int | None, loop: asyncio.AbstractEventLoop) -> dict[str, tuple[Run, int]]:
    """Each with how many pairs a round has."""
    found: dict[str, tuple[Run, int]] = {
        "Store": (of_methods(redeque.Store()), 2000),
        "deque with a lock": (of_deque(), 2000),
        "queue.Queue": (of_queue(), 1000),
    }
    constants = redis.Redis(connection_pool=redis.ConnectionPool(connection_class=Constants))
    ours = redeque.Redis(store=redeque.Store())
    pool = redis.asyncio.ConnectionPool(connection_class=AsyncConstants)
    async_constants = redis.asyncio.Redis(connection_pool=pool)
    async_ours = redeque.asyncio.Redis(store=redeque.Store())
    found |= {
        "redis-py, constants": (of_methods(constants), 50),
        "Redis": (of_methods(ours), 50),
        "redis-py, constants, pipeline": (of_pipeline(constants), 100),
        "Redis, pipeline": (of_pipeline(ours), 100),
        "redis-py asyncio, constants": (in_loop(loop, of_tasks(async_constants)), 50),
        "asyncio.Redis": (in_loop(loop, of_tasks(async_ours)), 50),
        "redis-py asyncio, constants, pipeline": (in_loop(loop, of_task_pipeline(async_constants)), 100),
        "asyncio.Redis, pipeline": (in_loop(loop, of_task_pipeline(async_ours)), 100),
    }
    if port is not None:
        client = redis.Redis(port=port)
        found |= {
            "redis-py, server": (of_methods(client), 10),
            "redis-py, server, pipeline": (of_pipeline(client), 50),
        }
    try:
        import fakeredis
    except ModuleNotFoundError:
        print("no fakeredis: left out")
    else:
        fake = fakeredis.FakeRedis()
        found |= {"fakeredis": (of_methods(fake), 10), "fakeredis, pipeline": (of_pipeline(fake), 50)}
    return found


def measure(found: dict[str, tuple[Run, int]], rounds: int) -> dict[str, float]:
    """Seconds a pair, the fastest of all rounds."""
    best = dict.fromkeys(found, float("inf"))
    for _ in range(rounds):
        for name, (run, pairs) in found.items():
            begun = time.perf_counter()
            run(pairs)
            best[name] = min(best[name], (time.perf_counter() - begun) / pairs)
    return best


def report(best: dict[str, float]) -> int:
    """Prints the times and the bars, and returns how many of these are missed."""
    for name, seconds in sorted(best.items(), key=lambda item: item[1]):
        print(f"{seconds * 1e6:9.3f} µs  {name}")
    missed = 0
    for ours, peer, bar in BARS:
        if ours in best and peer in best:
            times = best[peer] / best[ours]
            missed += times < bar
            said = f"{times:.2f} times as fast as {peer}" if bar >= 1 else f"{1 / times:.2f} times the time of {peer}"
            wanted = f">= {bar}" if bar >= 1 else f"<= {1 / bar:.2f}"
            print(f"{'missed' if times < bar else 'held':>8}  {ours}: {said} ({wanted})")
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--check", action="store_true", help="fail where a bar is missed")
    options = parser.parse_args()
    print(f"Python {sys.version.split()[0]}, redis-py {redis.__version__}, redeque {redeque.__version__}")
    loop = asyncio.new_event_loop()
    with server() as port:
        missed = report(measure(peers(port, loop), options.rounds))
    loop.close()
    return missed if options.check else 0


if __name__ == "__main__":
    sys.exit(main())
