"""Pushes within a bound, and those that wait for room."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import redeque
import redeque.asyncio
from conftest import SECONDS, eventually, eventually_in_loop, run_python
from redeque import Store
from test_blocking import started
from test_tasks import one


def test_a_push_within_a_bound(store: Store) -> None:
    assert store.rpush_bounded("k", 3, "a") == 1
    assert store.lpush_bounded("k", 3, b"b") == 2
    assert store.rpush_bounded("k", 3, 7) == 3
    assert (store.rpush_bounded("k", 3, "x"), store.lpush_bounded("k", 3, "x")) == (None, None)
    assert store.rpush_bounded("k", 4, 1.5) == 4, "the bound is the call's"
    assert store.lrange("k") == [b"b", b"a", b"7", b"1.5"]


def test_several_are_pushed_all_or_none(store: Store) -> None:
    assert store.rpush_bounded_all("k", 5, ["a", "b"]) == 2
    assert store.lpush_bounded_all("k", 5, (number for number in range(2))) == 4
    assert store.rpush_bounded_all("k", 5, ["x", "y"]) is None
    assert store.lpush_bounded_all("k", 5, ["x", "y"]) is None
    assert store.lrange("k") == [b"1", b"0", b"a", b"b"]
    assert store.rpush_bounded_all("k", 5, [memoryview(b"c")]) == 5
    assert store.rpush_bounded_all("text", 2, "ab") == 1, "a text is one element, and not its letters"
    assert store.lrange("text") == [b"ab"]


NEVER = "ERR there will never be room for that within max_len"

REFUSED: dict[str, tuple[Callable[[Store], Any], str]] = {
    "rpush_bounded": (lambda store: store.rpush_bounded("k", 0, "x"), NEVER),
    "lpush_bounded": (lambda store: store.lpush_bounded("k", 0, "x"), NEVER),
    "rpush_bounded_all": (lambda store: store.rpush_bounded_all("k", 2, ["x", "y", "z"]), NEVER),
    "lpush_bounded_all": (lambda store: store.lpush_bounded_all("k", 2, ["x", "y", "z"]), NEVER),
    "brpush_bounded": (lambda store: store.brpush_bounded("k", 0, "x"), NEVER),
    "blpush_bounded": (lambda store: store.blpush_bounded("k", 0, "x"), NEVER),
    "brpush_bounded_async": (lambda store: asyncio.run(one(store.brpush_bounded_async("k", 0, "x"))), NEVER),
    "blpush_bounded_async": (lambda store: asyncio.run(one(store.blpush_bounded_async("k", 0, "x"))), NEVER),
    "negative": (lambda store: store.rpush_bounded("k", -1, "x"), "ERR value is out of range, must be positive"),
    "no elements": (
        lambda store: store.rpush_bounded_all("k", 2, []),
        "ERR wrong number of arguments for 'rpush' command",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_there_is_never_room_for_is_refused(name: str, store: Store) -> None:
    refused, text = REFUSED[name]
    with pytest.raises(redeque.ResponseError) as raised:
        refused(store)
    assert str(raised.value) == text
    assert store.dbsize() == 0


def test_arguments_of_a_wrong_type(store: Store) -> None:
    for refused in (
        lambda: store.rpush_bounded("k", 2, None),  # type: ignore[arg-type]
        lambda: store.rpush_bounded_all("k", 2, ["a", None]),  # type: ignore[list-item]
        lambda: store.brpush_bounded("k", 2, None),  # type: ignore[arg-type]
        lambda: store.brpush_bounded_async("k", 2, None),  # type: ignore[arg-type]
    ):
        with pytest.raises(TypeError, match="not 'NoneType'"):
            refused()
    with pytest.raises(TypeError):
        store.rpush_bounded("k", "2", "a")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="timeout"):
        store.brpush_bounded("k", 2, "a", -1)
    assert store.dbsize() == 0


def test_a_push_that_finds_room_does_not_wait(store: Store) -> None:
    assert store.brpush_bounded("k", 2, "a") == 1
    assert store.blpush_bounded("k", 2, "b", timeout=0) == 2
    assert store.lrange("k") == [b"b", b"a"]


def test_a_timeout_ends_a_wait_and_pushes_nothing(store: Store) -> None:
    store.rpush("k", "a")
    begun = time.monotonic()
    assert store.brpush_bounded("k", 1, "x", 0.1) is None
    assert store.blpush_bounded("k", 1, "x", 0.1) is None
    assert 0.2 <= time.monotonic() - begun < SECONDS
    assert store.brpush_bounded("k", 1, "x", 0) is None, "zero does not wait here"
    store.delete("k")
    assert store.blocked_clients() == 0
    assert store.dbsize() == 0


ROOM: dict[str, tuple[Callable[[Store], Any], list[bytes]]] = {
    "lpop": (lambda store: store.lpop("k"), [b"b", b"new"]),
    "rpop": (lambda store: store.rpop("k", 1), [b"a", b"new"]),
    "lmpop": (lambda store: store.lmpop("k", "LEFT", 2), [b"new"]),
    "blpop": (lambda store: store.blpop(["none", "k"]), [b"b", b"new"]),
    "lmove": (lambda store: store.lmove("k", "l", "LEFT", "LEFT"), [b"b", b"new"]),
    "blmovem": (lambda store: store.blmovem("k", "l", "LEFT", "LEFT", 2, exactly=True), [b"new"]),
    "lrem": (lambda store: store.lrem("k", 0, "a"), [b"b", b"new"]),
    "ltrim": (lambda store: store.ltrim("k", 0, 0), [b"a", b"new"]),
    "delete": (lambda store: store.delete("k"), [b"new"]),
    "rename": (lambda store: store.rename("k", "l"), [b"new"]),
    "flushall": (lambda store: store.flushall(), [b"new"]),
    "transaction": (lambda store: store.transaction([("LPOP", "k"), ("LPOP", "k")]), [b"new"]),
    "Session": (lambda store: store.connect().execute("RPOP", "k"), [b"a", b"new"]),
    "Redis": (lambda store: redeque.Redis(store=store).lpop("k"), [b"b", b"new"]),
}


@pytest.mark.parametrize("name", ROOM)
def test_whatever_makes_room_serves_a_thread_that_waits(name: str, store: Store) -> None:
    make_room, left = ROOM[name]
    store.rpush("k", "a", "b")
    thread, results = started(lambda: store.brpush_bounded("k", 2, "new"))
    eventually(lambda: store.blocked_clients() == 1)
    assert store.lrange("k") == [b"a", b"b"]
    make_room(store)
    thread.join(SECONDS)
    assert results == [len(left)]
    assert store.lrange("k") == left


async def by_a_thread(store: Store) -> None:
    popper = threading.Thread(target=store.lpop, args=("k",))
    popper.start()
    await eventually_in_loop(lambda: not popper.is_alive())


async def by_a_task(store: Store) -> None:
    assert store.lpop("k") is not None


@pytest.mark.parametrize("make_room", [by_a_thread, by_a_task])
@pytest.mark.parametrize(("name", "left"), [("brpush_bounded_async", [b"b", b"new"]), ("blpush_bounded_async", [b"new", b"b"])])
async def test_a_task_waits_for_room_and_the_loop_goes_on(name: str, left: list[bytes], make_room: Any, store: Store) -> None:
    store.rpush("k", "a", "b")
    threads = threading.active_count()
    task = asyncio.create_task(one(getattr(store, name)("k", 2, "new")))
    await eventually_in_loop(lambda: store.blocked_clients() == 1)
    assert threading.active_count() == threads, "it takes no thread"
    await make_room(store)
    assert await asyncio.wait_for(task, SECONDS) == 2
    assert store.lrange("k") == left
    assert store.blocked_clients() == 0


async def test_the_time_limits_of_tasks(store: Store) -> None:
    loop = asyncio.get_running_loop()
    store.rpush("k", "a")
    begun = loop.time()
    assert await store.brpush_bounded_async("k", 1, "x", 0.1) is None
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(one(store.blpush_bounded_async("k", 1, "x")), 0.1)
    assert 0.2 <= loop.time() - begun < SECONDS
    assert await store.brpush_bounded_async("k", 1, "x", 0) is None
    store.delete("k")
    assert store.dbsize() == 0
    wait = store.brpush_bounded_async("k", 1, "b")
    assert store.dbsize() == 0, "it begins when it is awaited"
    assert await wait == 1
    with pytest.raises(redeque.ClosedError):
        await wait
    assert store.lrange("k") == [b"b"]


def test_one_who_cannot_be_served_holds_up_nobody(store: Store) -> None:
    store.rpush("k", "a", "b", "c")
    small, of_small = started(lambda: store.brpush_bounded("k", 1, "small"))
    eventually(lambda: store.blocked_clients() == 1)
    large = []
    for number in range(2):
        large.append(started(lambda number=number: store.brpush_bounded("k", 3, f"large {number}")))
        eventually(lambda number=number: store.blocked_clients() == number + 2)
    store.lpop("k")
    large[0][0].join(SECONDS)
    assert (large[0][1], large[1][1], of_small) == ([3], [], [])
    store.delete("k")
    small.join(SECONDS)
    large[1][0].join(SECONDS)
    assert (of_small, large[1][1]) == ([1], [2])
    assert store.lrange("k") == [b"small", b"large 1"]


async def test_a_push_that_nobody_has_seen_is_taken_back(store: Store) -> None:
    store.rpush("k", "a")
    first, second = (asyncio.create_task(one(store.brpush_bounded_async("k", 1, name))) for name in ("first", "second"))
    await eventually_in_loop(lambda: store.blocked_clients() == 2)
    store.lpop("k")
    assert store.lrange("k") == [b"first"], "it is served and has not run"
    first.cancel()
    assert await asyncio.wait_for(second, SECONDS) == 1
    assert first.cancelled()
    assert store.lrange("k") == [b"second"]


async def test_cancelled_pushes_leave_nothing_and_others_lose_nothing(store: Store) -> None:
    """Pops, cancellations and the loop's steps in an order of its own each time."""
    script = random.Random("bounded")
    pushed: set[bytes] = set()
    cancelled: set[bytes] = set()
    taken: list[bytes] = []

    async def push(element: bytes) -> None:
        if await store.brpush_bounded_async("k", 1, element) is not None:
            # No step of the loop lies in between.
            pushed.add(element)

    def pop() -> None:
        element = store.lpop("k")
        if element is not None:
            taken.append(element)

    for number in range(10_000):
        element = str(number).encode()
        task = asyncio.create_task(push(element))
        deeds: list[Callable[[], Any]] = [pop, task.cancel]
        script.shuffle(deeds)
        for deed in deeds:
            for _ in range(script.randrange(6)):
                await asyncio.sleep(0)
            deed()
        try:
            await asyncio.wait_for(task, SECONDS)
        except asyncio.CancelledError:
            cancelled.add(element)
        assert store.llen("k") <= 1
        assert not cancelled.intersection(store.lrange("k")), "what is cancelled and not taken is not there"
    found = taken + store.lrange("k")
    assert len(found) == len(set(found)), "an element came twice"
    assert pushed <= set(found), "an element is lost"
    assert len(pushed) > 1000
    assert len(cancelled) > 1000
    assert store.blocked_clients() == 0


def test_a_queue_between_threads_is_never_longer_than_its_bound(store: Store) -> None:
    room, producers, consumers, each = 8, 3, 3, 3000
    lengths: list[int] = []
    taken: list[list[bytes]] = [[] for _ in range(consumers)]

    def produce(producer: int) -> None:
        for number in range(each):
            length = store.brpush_bounded("k", room, producer * each + number)
            assert length is not None
            lengths.append(length)

    def consume(mine: list[bytes]) -> None:
        while (popped := store.blpop("k")) is not None and popped[1] != b"end":
            mine.append(popped[1])

    making = [threading.Thread(target=produce, args=(producer,)) for producer in range(producers)]
    using = [threading.Thread(target=consume, args=(mine,)) for mine in taken]
    for thread in making + using:
        thread.start()
    for thread in making:
        thread.join(SECONDS)
    for _ in using:
        store.brpush_bounded("k", room, "end")
    for thread in using:
        thread.join(SECONDS)
    assert sorted(int(element) for mine in taken for element in mine) == list(range(producers * each))
    assert len(lengths) == producers * each
    assert max(lengths) <= room
    assert store.dbsize() == 0


SERVING: dict[str, Callable[[Store], Any]] = {
    "rpush_bounded": lambda store: store.rpush_bounded("k", 2, "a"),
    "lpush_bounded": lambda store: store.lpush_bounded("k", 2, "a"),
    "rpush_bounded_all": lambda store: store.rpush_bounded_all("k", 2, ["a"]),
    "lpush_bounded_all": lambda store: store.lpush_bounded_all("k", 2, ["a"]),
    "brpush_bounded": lambda store: store.brpush_bounded("k", 2, "a"),
    "blpush_bounded": lambda store: store.blpush_bounded("k", 2, "a"),
    "lmove": lambda store: store.lmove("from", "k"),
    "lmovem": lambda store: store.lmovem("from", "k", "LEFT", "RIGHT"),
    "blmove": lambda store: store.blmove("from", "k"),
    "blmovem": lambda store: store.blmovem("from", "k", "LEFT", "RIGHT"),
    "brpoplpush": lambda store: store.brpoplpush("from", "k"),
    "brpush_bounded_async": lambda store: asyncio.run(store.brpush_bounded_async("k", 2, "a")),
    "blmove_async": lambda store: asyncio.run(store.blmove_async("from", "k")),
    "blmovem_async": lambda store: asyncio.run(store.blmovem_async("from", "k", "LEFT", "RIGHT")),
}


@pytest.mark.parametrize("name", SERVING)
def test_what_a_signal_raises_in_a_waker_is_raised_by_who_serves_it(name: str, store: Store) -> None:
    store.rpush("from", "a")
    wait = store.blpop_async("k")
    raises = [RuntimeError("of a handler")]

    def ring() -> None:
        if raises:
            raise raises.pop()

    assert not wait.poll(ring)
    with pytest.raises(RuntimeError, match="of a handler"):
        SERVING[name](store)
    assert store.rpush("l", "b") == 1, "it is raised once"
    assert wait.poll(ring), "the wait is left alone, and is rung"
    assert wait.result() == (b"k", b"a")


def flat(popped: Any) -> list[Any]:
    """What is in it, however deep."""
    return [item for part in popped for item in flat(part)] if isinstance(popped, (list, tuple)) else [popped]


async def in_a_task(pop: Callable[[Any], Any], store: Store) -> Any:
    return await pop(redeque.asyncio.Redis(store=store))


POPPING: dict[str, Callable[[Store], Any]] = {
    "blpop": lambda store: store.blpop("k"),
    "blmpop": lambda store: store.blmpop("k", "LEFT"),
    "blpop_async": lambda store: asyncio.run(store.blpop_async("k")),
    "transaction": lambda store: store.transaction([("LPOP", "k"), ("LLEN", "l")]),
    "Session": lambda store: store.connect().execute("LPOP", "k"),
    "Session, count": lambda store: store.connect().execute("LPOP", "k", 1),
    "Session, BLPOP": lambda store: store.connect().execute("BLPOP", "k", 0),
    "Redis": lambda store: redeque.Redis(store=store).lpop("k"),
    "Redis, blpop": lambda store: redeque.Redis(store=store).blpop("k"),
    "Redis, transaction": lambda store: redeque.Redis(store=store).pipeline().lpop("k").llen("l").execute(),
    "Redis, pipeline": lambda store: redeque.Redis(store=store).pipeline(False).llen("l").lpop("k").llen("l").execute(),
    "Redis, then blpop": lambda store: redeque.Redis(store=store).pipeline(False).lpop("k").blpop("l", 0.01).execute(),
    "asyncio.Redis": lambda store: asyncio.run(in_a_task(lambda conn: conn.lpop("k"), store)),
    "asyncio.Redis, blpop": lambda store: asyncio.run(in_a_task(lambda conn: conn.blpop("k"), store)),
    "asyncio.Redis, then blpop": lambda store: asyncio.run(
        in_a_task(lambda conn: conn.pipeline(False).lpop("k").blpop("l", 0.01).execute(), store)
    ),
}


@pytest.mark.parametrize("name", POPPING)
def test_what_a_signal_raises_in_a_waker_takes_no_element_from_who_pops(name: str, store: Store) -> None:
    store.rpush("k", "a")
    wait = store.brpush_bounded_async("k", 1, "b")
    raises = [RuntimeError("of a handler")]

    def ring() -> None:
        if raises:
            raise raises.pop()

    assert not wait.poll(ring)
    popped = POPPING[name](store)
    assert b"a" in flat(popped)
    with pytest.raises(RuntimeError, match="of a handler"):
        store.rpush("l", "c")
    assert wait.poll(ring)
    assert store.lrange("k") == [b"b"]


def test_ctrl_c_ends_a_wait_and_pushes_nothing() -> None:
    run_python("""
import os, signal, socket, threading, time
import redeque
import redeque.asyncio

signal.signal(signal.SIGINT, signal.default_int_handler)
told, tell = socket.socketpair()
tell.setblocking(False)
signal.set_wakeup_fd(tell.fileno())
store = redeque.Store()

def interrupt_and_make_room():
    while not store.blocked_clients(): time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGINT)
    # The signal has come when this is told; who waits has not looked for it.
    told.recv(1)
    store.lpop("k")

for _ in range(10):
    store.rpush("k", "a")
    thread = threading.Thread(target=interrupt_and_make_room)
    thread.start()
    length = None
    try:
        length = store.brpush_bounded("k", 1, "b")
        # Where the push came first, the interruption still comes.
        time.sleep(10)
    except KeyboardInterrupt:
        pass
    thread.join()
    assert store.blocked_clients() == 0
    assert store.lrange("k") == ([] if length is None else [b"b"]), (length, store.lrange("k"))
    store.flushall()
""")
