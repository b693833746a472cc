"""Moves of several elements that wait until there are enough."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from typing import Any

import pytest
import redis

import redeque
import redeque.asyncio
from conftest import SECONDS, eventually, eventually_in_loop
from test_blocking import started
from test_tasks import one

ENDS = ("LEFT", "RIGHT")
MANNERS = list(itertools.product([False, True], [False, True]))


def words(exactly: bool, bulk: bool, count: int) -> tuple[str, int, str]:
    return "EXACTLY" if exactly else "COUNT", count, "BULK" if bulk else "OBO"


def contents(store: redeque.Store) -> dict[bytes, list[bytes]]:
    return {key: store.lrange(key) for key in store.keys("*")}


def filled(store: redeque.Store) -> redeque.Store:
    store.rpush("k", "1", "2", "3")
    store.rpush("l", "x")
    return store


@pytest.mark.parametrize(("exactly", "bulk"), MANNERS)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_batch_that_is_there_is_what_the_command_takes(exactly: bool, bulk: bool, count: int, store: redeque.Store) -> None:
    for from_, to, destination in itertools.product(ENDS, ENDS, ["k", "l", "new"]):
        store.flushall()
        filled(store)
        said = filled(redeque.Store())
        moved = store.blmovem("k", destination, from_, to, count, exactly=exactly, bulk=bulk)  # type: ignore[arg-type]
        reply = said.connect().execute("BLMOVEM", "k", destination, from_, to, 0, *words(exactly, bulk, count))
        assert moved == reply
        assert isinstance(moved, list)
        assert len(moved) == count
        assert contents(store) == contents(said)


def test_the_order_of_a_batch(store: redeque.Store) -> None:
    store.rpush("k", *range(1, 9))
    assert store.blmovem("k", "d", "LEFT", "RIGHT") == [b"1"]
    assert store.blmovem("k", "d", "left", "left", 2) == [b"3", b"2"]
    assert store.blmovem("k", "d", "RIGHT", "RIGHT", 2, exactly=True, bulk=True) == [b"7", b"8"]
    assert store.blmovem("k", "d", "LEFT", "LEFT", 9, bulk=True) == [b"4", b"5", b"6"]
    assert contents(store) == {b"d": [b"4", b"5", b"6", b"3", b"2", b"1", b"7", b"8"]}


def test_a_batch_in_vain_moves_nothing(store: redeque.Store) -> None:
    filled(store)
    begun = time.monotonic()
    assert store.blmovem("k", "l", "LEFT", "LEFT", 4, 0.1, exactly=True) is None
    assert 0.1 <= time.monotonic() - begun < SECONDS
    assert store.blmovem("k", "l", "LEFT", "LEFT", 4, timeout=0, exactly=True) is None
    assert store.blmovem("missing", "l", "LEFT", "LEFT", 2, timeout=0) is None
    assert contents(store) == {b"k": [b"1", b"2", b"3"], b"l": [b"x"]}
    assert store.blocked_clients() == 0


BATCHES: dict[str, Callable[[redeque.Store], Any]] = {
    "Store": lambda store: store.blmovem("k", "batch", "LEFT", "RIGHT", 2, exactly=True, bulk=True),
    "Store, limited": lambda store: store.blmovem("k", "batch", "LEFT", "RIGHT", 2, SECONDS, exactly=True, bulk=True),
    "Session": lambda store: store.connect().execute("BLMOVEM", "k", "batch", "LEFT", "RIGHT", 0, "EXACTLY", 2, "BULK"),
    "Redis": lambda store: redeque.Redis(store=store).execute_command(
        "BLMOVEM", "k", "batch", "LEFT", "RIGHT", 0, "EXACTLY", 2, "BULK"
    ),
}


@pytest.mark.parametrize("name", BATCHES)
def test_a_thread_waits_until_there_are_enough_and_others_are_served_before(name: str, store: redeque.Store) -> None:
    batch, moved = started(lambda: BATCHES[name](store))
    eventually(lambda: store.blocked_clients() == 1)
    second, popped_second = started(lambda: store.blpop("k"))
    eventually(lambda: store.blocked_clients() == 2)
    third, popped_third = started(lambda: store.blpop("k"))
    eventually(lambda: store.blocked_clients() == 3)
    store.rpush("k", "a")
    second.join(SECONDS)
    assert popped_second == [(b"k", b"a")]
    store.rpush("k", "b", "c")
    batch.join(SECONDS)
    assert moved == [[b"b", b"c"]]
    store.rpush("k", "d")
    third.join(SECONDS)
    assert popped_third == [(b"k", b"d")]
    assert contents(store) == {b"batch": [b"b", b"c"]}


async def test_a_task_waits_until_there_are_enough(store: redeque.Store) -> None:
    client = redeque.asyncio.Redis(store=store, decode_responses=True)
    tasks = [asyncio.create_task(one(store.blmovem_async("k", "batch", "LEFT", "LEFT", 3, exactly=True)))]
    await eventually_in_loop(lambda: store.blocked_clients() == 1)
    said = client.execute_command("BLMOVEM", "k", "batch", "RIGHT", "RIGHT", 0, "EXACTLY", 2, "OBO")
    tasks.append(asyncio.create_task(one(said)))
    await eventually_in_loop(lambda: store.blocked_clients() == 2)
    store.rpush("k", *range(5))
    assert await asyncio.wait_for(asyncio.gather(*tasks), SECONDS) == [[b"2", b"1", b"0"], ["4", "3"]]
    assert await store.blmovem_async("k", "batch", "LEFT", "LEFT", 2, 0.01) is None
    await client.aclose()


async def test_a_cancelled_batch_goes_back_to_its_place(store: redeque.Store) -> None:
    task = asyncio.create_task(one(store.blmovem_async("k", "batch", "LEFT", "RIGHT", 2, exactly=True)))
    await eventually_in_loop(lambda: store.blocked_clients() == 1)
    store.rpush("k", "a", "b", "c")
    assert contents(store) == {b"k": [b"c"], b"batch": [b"a", b"b"]}, "it is served and has not run"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert contents(store) == {b"k": [b"a", b"b", b"c"]}


@pytest.mark.parametrize("count", [0, -1])
async def test_what_is_no_count_is_refused(count: int, store: redeque.Store) -> None:
    filled(store)
    for move in (store.lmovem, store.blmovem):
        with pytest.raises(redeque.ResponseError, match=r"ERR .*(greater than 0|positive)"):
            move("k", "l", "LEFT", "LEFT", count)
    with pytest.raises(redeque.ResponseError, match=r"ERR .*(greater than 0|positive)"):
        await store.blmovem_async("k", "l", "LEFT", "LEFT", count)
    with pytest.raises(ValueError, match="timeout"):
        store.blmovem("k", "l", "LEFT", "LEFT", 1, -1)
    assert contents(store) == {b"k": [b"1", b"2", b"3"], b"l": [b"x"]}


SAID: list[tuple[Any, ...]] = [
    *(
        ("LMOVEM", "k", to, from_, whereto, *words(exactly, bulk, count))
        for (exactly, bulk), count, from_, whereto, to in itertools.product(MANNERS, [1, 2, 4], ENDS, ENDS, ["k", "l", "new"])
    ),
    *(
        ("BLMOVEM", "k", "l", from_, whereto, 0.01, *words(exactly, bulk, count))
        for (exactly, bulk), count, from_, whereto in itertools.product(MANNERS, [1, 2, 4], ENDS, ENDS)
    ),
    ("LMOVEM", "k", "l", "LEFT", "RIGHT"),
    ("BLMOVEM", "k", "l", "RIGHT", "RIGHT", 0),
    ("LMOVEM", "missing", "l", "LEFT", "RIGHT"),
    ("BLMOVEM", "missing", "l", "LEFT", "RIGHT", 0.01),
    ("LMOVEM", "k", "l", "UP", "RIGHT"),
    ("LMOVEM", "k", "l", "LEFT", "RIGHT", "COUNT", 2),
    ("LMOVEM", "k", "l", "LEFT", "RIGHT", "COUNT", 2, "BOTH"),
    ("LMOVEM", "k", "l", "LEFT", "RIGHT", "COUNT", 0, "OBO"),
    ("BLMOVEM", "k", "l", "LEFT", "RIGHT", 0, "EXACTLY", -1, "BULK"),
]


async def test_a_task_of_a_batch_results_in_a_list(store: redeque.Store) -> None:
    store.rpush("k", "a", "b")
    one_alone = asyncio.create_task(store.blmovem_async("k", "l", "LEFT", "RIGHT"))
    assert await one_alone == [b"a"]
    assert await store.blmovem_async("k", "l", "LEFT", "RIGHT", 5) == [b"b"]
    assert await asyncio.create_task(store.blmovem_async("k", "l", "LEFT", "RIGHT", timeout=0)) is None


def outcome(client: redis.Redis, said: tuple[Any, ...]) -> tuple[Any, list[Any]]:
    client.flushall()
    client.rpush("k", "1", "2", "3")
    client.rpush("l", "x")
    try:
        reply: Any = client.execute_command(*said)
    except redis.ResponseError as error:
        reply = str(error)
    return reply, [client.lrange(key, 0, -1) for key in ("k", "l", "new")]


@pytest.mark.parametrize("protocol", [2, 3])
def test_another_implementation_moves_the_same(protocol: int, store: redeque.Store) -> None:
    """No server at hand knows these commands; fakeredis does."""
    fakeredis = pytest.importorskip("fakeredis")
    theirs = fakeredis.FakeRedis(version=(8, 10), protocol=protocol)
    ours = redeque.Redis(store=store, protocol=protocol)
    for said in SAID:
        assert outcome(ours, said) == outcome(theirs, said), said


@pytest.mark.skipif(not hasattr(redis.Redis, "blmovem"), reason="this redis-py has no method for it")
def test_redis_pys_own_methods(client: redeque.Redis) -> None:
    client.rpush("k", "a", "b", "c", "d")
    assert client.lmovem("k", "l", "LEFT", "LEFT", 2, "EXACTLY", "OBO") == [b"b", b"a"]
    assert client.blmovem("k", "l", 0, "LEFT", "RIGHT", 2, "COUNT", "BULK") == [b"c", b"d"]
    assert client.blmovem("k", "l", 0.01) is None
    assert client.lrange("l", 0, -1) == [b"b", b"a", b"c", b"d"]
