"""Nothing is kept that nobody needs."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import resource
import sys
from collections.abc import Callable
from typing import Any

import pytest

import redeque
import redeque.asyncio

PAIRS = 500_000


def resident() -> int:
    """Bytes of this process in memory."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_is_flat_over_a_million_operations(store: redeque.Store) -> None:
    def run(pairs: int) -> None:
        for number in range(pairs):
            store.rpush("k", "element", number)
            store.lpop("k", 2)

    run(20_000)
    gc.collect()
    before = resident()
    run(PAIRS)
    assert resident() - before < 1 << 20


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_is_flat_through_redis_py(client: redeque.Redis) -> None:
    def run(pairs: int) -> None:
        for number in range(pairs):
            client.rpush("k", "element" * 30, number)
            client.blpop("k", 0)
            client.lrange("k", 0, -1)
            client.delete("k")
            if number % 10 == 0:
                pipe = client.pipeline()
                pipe.rpush("k", "a").execute_command("LSET", "missing", 0, "x")
                pipe.execute(raise_on_error=False)

    run(2000)
    gc.collect()
    before = resident()
    run(10_000)
    gc.collect()
    assert resident() - before < 1 << 20


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_is_flat_where_waits_are_cancelled(store: redeque.Store) -> None:
    async def run(waits: int) -> None:
        for _ in range(waits):
            task = asyncio.ensure_future(store.blpop_async(["k", "l"]))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run(2000))
    gc.collect()
    before = resident()
    asyncio.run(run(20_000))
    gc.collect()
    assert resident() - before < 1 << 20
    assert store.blocked_clients() == 0


def counts(objects: list[Any]) -> list[int]:
    gc.collect()
    return [sys.getrefcount(watched) for watched in objects]


def counted(objects: list[Any], run: Callable[[], None]) -> list[int]:
    """By how much their reference counts grew while it ran a hundred times."""
    run()
    before = counts(objects)
    for _ in range(100):
        run()
    return [after - count for after, count in zip(counts(objects), before, strict=True)]


def test_reference_counts_stay(store: redeque.Store) -> None:
    key, element, text, number = b"key" * 20, b"element" * 20, "text" * 20, 123456789
    watched = [key, element, text, number, store, redeque.ResponseError]

    def run() -> None:
        store.rpush(key, element, text, number)
        store.lpos(key, text)
        store.blpop(key)
        store.lpop(key, 2)
        store.blpop(key, 0)
        store.transaction([("RPUSH", key, element), ("DEL", key)])
        session = store.connect()
        session.execute("RPUSH", key, element)
        session.execute("DEL", key)
        for refused in (lambda: store.lset(key, 0, element), lambda: store.rpush(key, element, store)):
            with contextlib.suppress(redeque.ResponseError, TypeError):
                refused()

    assert counted(watched, run) == [0] * len(watched)


def test_reference_counts_stay_through_redis_py(store: redeque.Store) -> None:
    client = redeque.Redis(store=store)
    key, element = b"key" * 20, "element" * 20
    watched = [key, element, store, client, client.connection_pool]

    def run() -> None:
        client.rpush(key, element)
        client.pipeline().lrange(key, 0, -1).lpop(key).execute()
        redeque.Redis(store=store, decode_responses=True).rpush(key, element)
        client.delete(key)
        connection = redeque.Connection(store=store)
        connection.send_command("BLPOP", key, 0)
        del connection

    assert counted(watched, run) == [0] * len(watched)
    assert store.blocked_clients() == 0


def test_reference_counts_stay_through_waits(store: redeque.Store) -> None:
    key = b"key" * 20

    def ring() -> None: ...

    watched = [key, store, ring]

    def run() -> None:
        wait = store.blpop_async([key])
        assert not wait.poll(ring)
        wait.close()
        other = store.blpop_async([key])
        assert not other.poll(ring)
        store.rpush(key, "a")
        assert other.poll(ring)
        assert other.result() == (key, b"a")

    assert counted(watched, run) == [0, 0, 0]
