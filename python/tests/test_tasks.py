"""Tasks of asyncio that wait, and that are cancelled."""

from __future__ import annotations

import asyncio
import collections.abc
import contextlib
import gc
import io
import random
import sys
import threading
import weakref
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import redis.asyncio

import redeque
import redeque.asyncio
from conftest import SECONDS, eventually, eventually_in_loop, run_python


@contextlib.contextmanager
def warnings_of_finalisers() -> Iterator[list[Any]]:
    """What Python reports, and cannot raise."""
    reported: list[Any] = []
    hook, sys.unraisablehook = sys.unraisablehook, reported.append
    try:
        yield reported
    finally:
        sys.unraisablehook = hook


Pop = Callable[[], Awaitable[Any]]

WAITS: dict[str, tuple[Callable[[redeque.Store], Awaitable[Any]], Any]] = {
    "Store.blpop_async": (lambda store: store.blpop_async(["urgent", "k"]), (b"k", b"a")),
    "Store.brpop_async": (lambda store: store.brpop_async("k", SECONDS), (b"k", b"a")),
    "Store.blmpop_async": (lambda store: store.blmpop_async("k", "LEFT", 2), (b"k", [b"a"])),
    "Store.blmove_async": (lambda store: store.blmove_async("k", "l", "LEFT", "LEFT"), b"a"),
    "Store.brpoplpush_async": (lambda store: store.brpoplpush_async("k", "l"), b"a"),
    "Redis.blpop": (lambda store: redeque.asyncio.Redis(store=store).blpop(["urgent", "k"]), (b"k", b"a")),
    "Redis.blmove": (lambda store: redeque.asyncio.Redis(store=store).blmove("k", "l", SECONDS), b"a"),
}


async def one(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


@pytest.mark.parametrize("name", WAITS)
@pytest.mark.parametrize("pushed_by", ["task", "thread"])
async def test_a_task_waits_and_the_loop_goes_on(name: str, pushed_by: str, store: redeque.Store) -> None:
    wait, expected = WAITS[name]
    threads = threading.active_count()
    pusher = threading.Thread(target=store.rpush, args=("k", "a"))
    task = asyncio.create_task(one(wait(store)))
    await eventually_in_loop(lambda: store.blocked_clients() == 1)
    assert threading.active_count() == threads, "it takes no thread"
    if pushed_by == "task":
        store.rpush("k", "a")
    else:
        pusher.start()
    assert await asyncio.wait_for(task, SECONDS) == expected
    if pushed_by == "thread":
        pusher.join()
    assert store.blocked_clients() == 0


async def test_the_first_to_wait_is_the_first_to_be_served(store: redeque.Store) -> None:
    tasks = []
    for number in range(20):
        tasks.append(asyncio.create_task(one(store.blpop_async("k"))))
        await eventually_in_loop(lambda number=number: store.blocked_clients() == number + 1)
    store.rpush("k", *range(20))
    assert await asyncio.gather(*tasks) == [(b"k", str(number).encode()) for number in range(20)]


async def test_timeouts(store: redeque.Store) -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    assert await store.blpop_async("k", 0.1) is None
    assert await redeque.asyncio.Redis(store=store).blpop("k", 0.1) is None
    assert 0.2 <= loop.time() - begun < SECONDS
    assert await store.blpop_async("k", 0) is None
    assert store.blocked_clients() == 0
    with pytest.raises(redeque.ResponseError, match="numkeys"):
        await store.blmpop_async([], "LEFT")


async def test_a_timeout_counts_from_when_it_is_awaited(store: redeque.Store) -> None:
    loop = asyncio.get_running_loop()
    wait = store.blpop_async("k", 0.2)
    assert wait.seconds_left() == pytest.approx(0.2, abs=0.01)
    await asyncio.sleep(0.25)
    begun = loop.time()
    assert await wait is None
    assert 0.2 <= loop.time() - begun < SECONDS
    wait = store.blpop_async("k", 0.2)
    await asyncio.sleep(0.25)
    loop.call_later(0.01, store.rpush, "k", "a")
    assert await wait == (b"k", b"a"), "it is not late"


def hurried(name: str, store: redeque.Store) -> Callable[[], Awaitable[Any]]:
    """A command that need not wait."""
    client = redeque.asyncio.Redis(store=store)
    single = redeque.asyncio.Redis(store=store, single_connection_client=True)
    return {
        "Store.blpop_async": lambda: store.blpop_async("many", 1),
        "Redis.rpush": lambda: client.rpush("k", "a"),
        "Redis.blpop": lambda: client.blpop("many", 1),
        "Redis, single connection": lambda: single.llen("k"),
        "Redis, a client each": lambda: redeque.asyncio.Redis(store=store).llen("k"),
        "Redis, pipeline": lambda: client.pipeline().rpush("k", "a").lpop("k").execute(),
    }[name]


HURRIED = [
    "Store.blpop_async",
    "Redis.rpush",
    "Redis.blpop",
    "Redis, single connection",
    "Redis, a client each",
    "Redis, pipeline",
]


@pytest.mark.parametrize("name", HURRIED)
async def test_a_task_that_need_not_wait_lets_the_others_run(name: str, store: redeque.Store) -> None:
    store.rpush("many", *range(2000))
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(take_turns())
    say = hurried(name, store)
    for _ in range(1000):
        assert await say() is not None
    other.cancel()
    assert turns >= 1000 // 40


async def test_a_task_that_is_cancelled_at_its_turn_has_done_nothing(store: redeque.Store) -> None:
    client = redeque.asyncio.Redis(store=store)
    store.rpush("k", *range(1000))
    taken = []

    async def take() -> None:
        while True:
            taken.append(await client.lpop("k"))
            taken.append((await store.blpop_async("k"))[1])

    for _ in range(5):
        task = asyncio.create_task(take())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert [int(element) for element in taken + store.lrange("k")] == list(range(1000))
    assert 10 < len(taken) < 1000


async def test_a_wait_is_awaited_once(store: redeque.Store) -> None:
    store.rpush("k", "a", "b")
    wait = store.blpop_async("k")
    assert store.llen("k") == 2, "it begins when it is awaited"
    assert await wait == (b"k", b"a")
    with pytest.raises(redeque.ClosedError):
        await wait
    assert store.llen("k") == 1
    shared = store.blpop_async("empty")
    task = asyncio.create_task(one(shared))
    await eventually_in_loop(lambda: store.blocked_clients() == 1)
    with pytest.raises(redeque.ClosedError, match="awaited before"):
        await shared
    store.rpush("empty", "c")
    assert await asyncio.wait_for(task, SECONDS) == (b"empty", b"c")


def test_a_wait_is_a_coroutine_to_asyncio(store: redeque.Store) -> None:
    wait = store.blpop_async("k")
    assert isinstance(wait, collections.abc.Coroutine)
    assert asyncio.iscoroutine(wait)
    store.rpush("k", "a")
    assert asyncio.run(wait) == (b"k", b"a")
    assert asyncio.run(store.blpop_async("k", 0)) is None


TASKS: dict[str, Callable[[Awaitable[Any]], Awaitable[Any]]] = {
    "create_task": asyncio.create_task,  # type: ignore[dict-item]
    "ensure_future": asyncio.ensure_future,
    "gather": lambda wait: asyncio.ensure_future(one(asyncio.gather(wait))),
    "wait_for": lambda wait: asyncio.ensure_future(asyncio.wait_for(wait, SECONDS)),
    "shield": asyncio.shield,
}


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("when", ["before", "after"])
async def test_what_takes_a_coroutine_takes_a_wait(name: str, when: str, store: redeque.Store) -> None:
    if when == "before":
        store.rpush("k", "a")
    task = TASKS[name](store.blpop_async("k"))
    if when == "after":
        await eventually_in_loop(lambda: store.blocked_clients() == 1)
        store.rpush("k", "a")
    popped = await asyncio.wait_for(task, SECONDS)
    assert popped == ([(b"k", b"a")] if name == "gather" else (b"k", b"a"))
    assert (store.blocked_clients(), store.llen("k")) == (0, 0)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="there is no TaskGroup")
async def test_a_group_of_tasks_takes_waits(store: redeque.Store) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(store.blpop_async("k")) for _ in range(2)]
        await eventually_in_loop(lambda: store.blocked_clients() == 2)
        store.rpush("k", "a", "b")
    assert [task.result() for task in tasks] == [(b"k", b"a"), (b"k", b"b")]
    with pytest.raises(Exception, match="unhandled errors in a TaskGroup"):
        async with asyncio.TaskGroup() as group:
            task = group.create_task(store.blpop_async("k"))
            await eventually_in_loop(lambda: store.blocked_clients() == 1)
            raise ValueError
    assert task.cancelled()
    assert store.blocked_clients() == 0


async def test_a_wait_that_is_cancelled_before_it_runs_never_waits(store: redeque.Store) -> None:
    store.rpush("k", "a")
    wait = store.blpop_async("k")
    task = asyncio.create_task(wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (store.lrange("k"), store.blocked_clients()) == ([b"a"], 0)
    with pytest.raises(redeque.ClosedError, match="awaited before"):
        await wait


async def test_a_wait_is_one_task(store: redeque.Store) -> None:
    wait = store.blpop_async("k")
    task = asyncio.create_task(wait)
    await eventually_in_loop(lambda: store.blocked_clients() == 1)
    with pytest.raises(redeque.ClosedError, match="awaited before"):
        await wait
    store.rpush("k", "a")
    assert await asyncio.wait_for(task, SECONDS) == (b"k", b"a")
    with pytest.raises(RuntimeError, match="already awaited"):
        await asyncio.create_task(wait)


async def test_a_wait_that_is_closed_ends_its_task(store: redeque.Store) -> None:
    wait = store.blpop_async("k")
    task = asyncio.create_task(wait)
    await eventually_in_loop(lambda: store.blocked_clients() == 1)
    wait.close()
    with pytest.raises(redeque.ClosedError):
        await asyncio.wait_for(task, SECONDS)
    assert store.blocked_clients() == 0


async def test_asyncios_own_time_limits(store: redeque.Store) -> None:
    for pop in (store.blpop_async, redeque.asyncio.Redis(store=store).blpop):
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(one(pop("k")), 0.01)
    store.rpush("k", "a")
    assert store.lrange("k") == [b"a"]


class Script:
    """Elements that must all be somewhere at the end."""

    def __init__(self, store: redeque.Store, seed: str) -> None:
        self.store, self.random = store, random.Random(seed)
        self.taken: list[bytes] = []
        self.pushed = 0
        self.cancelled = 0

    def push(self, count: int) -> None:
        for _ in range(count):
            self.store.rpush("k", self.pushed)
            self.pushed += 1

    async def pop(self, pop: Pop) -> None:
        popped = await pop()
        if popped is not None:
            # No step of the loop lies in between.
            self.taken.append(popped[1])

    async def cancel_somewhere(self, pop: Pop) -> None:
        """Pushes, cancels and lets the loop take steps, in an order of its own each time."""
        task = asyncio.create_task(self.pop(pop))
        deeds = [lambda: self.push(self.random.randrange(2)), task.cancel]
        self.random.shuffle(deeds)
        for deed in deeds:
            for _ in range(self.random.randrange(12)):
                await asyncio.sleep(0)
            deed()
        try:
            await asyncio.wait_for(task, SECONDS)
        except asyncio.CancelledError:
            self.cancelled += 1

    def lost(self) -> list[int]:
        """What is neither taken nor there; also checks that nothing is twice."""
        found = [int(element) for element in self.taken + self.store.lrange("k")]
        assert len(found) == len(set(found)), "an element came twice"
        return sorted(set(range(self.pushed)) - set(found))


def pops(name: str, store: redeque.Store) -> Pop:
    client = redeque.asyncio.Redis(store=store)
    single = redeque.asyncio.Redis(store=store, single_connection_client=True)
    pool = redis.asyncio.BlockingConnectionPool(connection_class=redeque.asyncio.Connection, store=store, max_connections=2)
    behind_pool = redis.asyncio.Redis(connection_pool=pool)

    return {
        "Store": lambda: one(store.blpop_async(["empty", "k"])),
        "Store, limited": lambda: one(store.blpop_async("k", 0.0005)),
        "Redis": lambda: client.blpop(["empty", "k"]),
        "Redis, limited": lambda: client.blpop("k", 0.001),
        "single connection": lambda: single.blpop("k"),
        "blocking pool": lambda: behind_pool.blpop("k"),
    }[name]


CANCELLED = {
    "Store": 10_000,
    "Store, limited": 2000,
    "Redis": 10_000,
    "Redis, limited": 2000,
    "single connection": 2000,
    "blocking pool": 2000,
}


@pytest.mark.parametrize("name", CANCELLED)
async def test_nothing_is_lost_at_any_cancellation(name: str, store: redeque.Store) -> None:
    script = Script(store, name)
    pop = pops(name, store)
    while script.cancelled < CANCELLED[name]:
        await script.cancel_somewhere(pop)
    assert script.lost() == []
    assert len(script.taken) > 100, "some were served"
    assert store.blocked_clients() == 0


async def test_nothing_is_lost_where_a_task_of_a_wait_is_cancelled(store: redeque.Store) -> None:
    script = Script(store, "its own task")
    while script.cancelled < 2000:
        task = asyncio.create_task(store.blpop_async(["empty", "k"]))
        deeds = [lambda: script.push(script.random.randrange(2)), task.cancel]
        script.random.shuffle(deeds)
        for deed in deeds:
            for _ in range(script.random.randrange(6)):
                await asyncio.sleep(0)
            deed()
        await asyncio.wait([task], timeout=SECONDS)
        if task.cancelled():
            script.cancelled += 1
        else:
            script.taken.append(task.result()[1])
    assert script.lost() == []
    assert len(script.taken) > 100, "some were served"
    assert store.blocked_clients() == 0


async def cancel_many(script: Script, pop: Pop) -> None:
    """Some pop, some push, and those who wait are cancelled at the same moment."""
    tasks = [asyncio.create_task(script.pop(pop)) for _ in range(20)]
    for _ in range(script.random.randrange(10)):
        script.push(2)
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_nothing_is_lost_where_many_wait_and_a_thread_pushes(store: redeque.Store) -> None:
    script, elsewhere = Script(store, "many"), Script(store, "elsewhere")
    client = redeque.asyncio.Redis(store=store)
    pusher = threading.Thread(target=script.push, args=(5000,))
    pusher.start()
    while pusher.is_alive() or store.llen("k"):
        tasks = [asyncio.create_task(script.pop(lambda: client.blpop("k"))) for _ in range(20)]
        for _ in range(elsewhere.random.randrange(6)):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert script.lost() == []
    assert len(script.taken) > 100


async def test_nothing_is_lost_where_a_blocking_pool_is_short_of_connections(store: redeque.Store) -> None:
    pool = redis.asyncio.BlockingConnectionPool(connection_class=redeque.asyncio.Connection, store=store, max_connections=5)
    client = redis.asyncio.Redis(connection_pool=pool)
    script = Script(store, "short")
    for _ in range(200):
        await cancel_many(script, lambda: client.blpop("k"))
    assert script.lost() == []
    assert len(script.taken) > 100


async def test_a_cancelled_pipeline_drops_its_replies(store: redeque.Store) -> None:
    """Not ours to mend: redis-py 8 awaits the release of the connection between the replies and their return, and a
    cancellation there drops them, as it does on a server. The README says so."""
    client = redeque.asyncio.Redis(store=store)
    script = Script(store, "pipeline")

    async def from_pipeline() -> Any:
        (popped,) = await client.pipeline(transaction=False).blpop("k").execute()
        return popped

    for _ in range(50):
        await cancel_many(script, from_pipeline)
    assert bool(script.lost()) == (redis.__version__ >= "8")


async def test_an_element_that_was_handed_over_goes_back_to_its_place(store: redeque.Store) -> None:
    task = asyncio.create_task(one(store.blpop_async("k")))
    await eventually_in_loop(lambda: store.blocked_clients() == 1)
    store.rpush("k", "a", "b")
    assert store.lrange("k") == [b"b"], "it is served and has not run"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert store.lrange("k") == [b"a", b"b"]


async def test_what_is_cancelled_goes_to_the_next_who_waits(store: redeque.Store) -> None:
    first, second = (asyncio.create_task(one(store.blpop_async("k"))) for _ in range(2))
    await eventually_in_loop(lambda: store.blocked_clients() == 2)
    store.rpush("k", "a")
    first.cancel()
    assert await asyncio.wait_for(second, SECONDS) == (b"k", b"a")


def dead_waits(store: redeque.Store, count: int, pop: Callable[[], Awaitable[Any]]) -> list[Any]:
    """Coroutines that wait in a loop that is closed: nobody can run them any more."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    coroutines = [one(pop()) for _ in range(count)]
    tasks = [loop.create_task(coroutine) for coroutine in coroutines]
    loop.run_until_complete(eventually_in_loop(lambda: store.blocked_clients() == count))
    loop.close()
    return tasks


@pytest.mark.parametrize(("door", "count"), [("Store", 1), ("Store", 3000), ("Redis", 1)])
@pytest.mark.filterwarnings("ignore")
def test_a_closed_loop_gives_back(door: str, count: int, store: redeque.Store) -> None:
    client = redeque.asyncio.Redis(store=store)
    tasks = dead_waits(store, count, {"Store": lambda: store.blpop_async("k"), "Redis": lambda: client.blpop("k")}[door])
    store.rpush("k", "a")
    assert store.lrange("k") == [b"a"]
    assert store.blocked_clients() == 0
    assert len(tasks) == count
    del tasks
    gc.collect()
    assert store.lrange("k") == [b"a"]


CLOSED: dict[str, Callable[[redeque.Store], Pop]] = {
    "Store.blpop_async": lambda store: lambda: store.blpop_async("k"),
    "Store.blmove_async": lambda store: lambda: store.blmove_async("k", "moved", "LEFT", "LEFT"),
    "Redis.blpop": lambda store: lambda: redeque.asyncio.Redis(store=store).blpop("k"),
    "Redis.blpop, limited": lambda store: lambda: redeque.asyncio.Redis(store=store, socket_timeout=60).blpop("k", 30),
}


@pytest.mark.parametrize("door", CLOSED)
@pytest.mark.parametrize("rounds", [0, 1])
@pytest.mark.filterwarnings("ignore")
def test_a_loop_that_is_closed_after_its_task_was_served_gives_back(door: str, rounds: int, store: redeque.Store) -> None:
    loop = asyncio.new_event_loop()
    task = loop.create_task(one(CLOSED[door](store)()))
    loop.run_until_complete(eventually_in_loop(lambda: store.blocked_clients() == 1))
    store.rpush("k", "a")
    assert store.llen("k") == 0, "it is served and has not run"
    for _ in range(rounds):
        loop.call_soon(loop.stop)
        loop.run_forever()
    assert not task.done()
    loop.close()
    assert store.lrange("k") == [b"a"]
    assert store.llen("moved") == 0
    del task


@pytest.mark.filterwarnings("ignore")
def test_a_loop_that_is_closed_has_its_tasks_served_no_more(store: redeque.Store) -> None:
    """What the first gives back is for the next, whose loop is closed as well: one after the other, not one in the other."""
    loop = asyncio.new_event_loop()
    tasks = [loop.create_task(one(store.blpop_async("k"))) for _ in range(3000)]
    loop.run_until_complete(eventually_in_loop(lambda: store.blocked_clients() == 3000))
    store.rpush("k", *range(2000))
    loop.close()
    assert sorted(map(int, store.lrange("k"))) == list(range(2000))
    assert store.blocked_clients() == 0
    del tasks


def test_a_task_of_a_loop_that_is_closed_keeps_what_it_has(store: redeque.Store) -> None:
    loop = asyncio.new_event_loop()
    task = loop.create_task(one(store.blpop_async("k")))
    loop.run_until_complete(eventually_in_loop(lambda: store.blocked_clients() == 1))
    store.rpush("k", "a")
    assert loop.run_until_complete(task) == (b"k", b"a")
    loop.close()
    assert store.llen("k") == 0


async def ringing(store: redeque.Store, raised: BaseException, monkeypatch: pytest.MonkeyPatch) -> asyncio.Task[Any]:
    """A task that waits in a loop whose next call from elsewhere raises this, as the handler of a signal may."""
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(one(store.blpop_async("k")))
    await eventually_in_loop(lambda: store.blocked_clients() == 1)
    call, raises = loop.call_soon_threadsafe, [raised]

    def call_or_raise(*args: Any) -> Any:
        if raises:
            raise raises.pop()
        return call(*args)

    monkeypatch.setattr(loop, "call_soon_threadsafe", call_or_raise)
    return task


PUSHES: dict[str, Callable[[redeque.Store], Any]] = {
    "rpush": lambda store: store.rpush("k", "a"),
    "lmove": lambda store: store.lmove("source", "k", "LEFT", "LEFT"),
    "lmovem": lambda store: store.lmovem("source", "k", "LEFT", "LEFT"),
    "rpoplpush": lambda store: store.rpoplpush("source", "k"),
    "rename": lambda store: store.rename("source", "k"),
    "renamenx": lambda store: store.renamenx("source", "k"),
    "copy": lambda store: store.copy("source", "k"),
    "transaction": lambda store: store.transaction([("RPUSH", "k", "a")]),
    "import_commands": lambda store: store.import_commands(io.BytesIO(b"*3\r\n$5\r\nRPUSH\r\n$1\r\nk\r\n$1\r\na\r\n")),
    "Session": lambda store: store.connect().execute("RPUSH", "k", "a"),
    "Redis": lambda store: redeque.Redis(store=store).rpush("k", "a"),
    "Redis, pipeline": lambda store: redeque.Redis(store=store).pipeline().rpush("k", "a").execute(),
}


@pytest.mark.parametrize("raised", [KeyboardInterrupt(), RuntimeError("of a handler"), OSError("of a handler")])
@pytest.mark.parametrize("push", PUSHES)
async def test_what_a_signal_raises_in_a_waker_is_raised_by_the_command(
    push: str, raised: BaseException, store: redeque.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.rpush("source", "a")
    task = await ringing(store, raised, monkeypatch)
    with pytest.raises(type(raised)) as seen:
        PUSHES[push](store)
    assert seen.value is raised
    assert await asyncio.wait_for(task, SECONDS) == (b"k", b"a"), "the wait is left alone, and is rung"
    assert store.rpush("l", "b") == 1, "it is raised once"


def test_a_ring_that_always_raises_leaves_the_wait_alone(store: redeque.Store) -> None:
    wait = store.blpop_async("k")

    def ring() -> None:
        raise ZeroDivisionError

    with warnings_of_finalisers() as reported:
        assert not wait.poll(ring)
        with pytest.raises(ZeroDivisionError):
            store.rpush("k", "a")
    assert reported
    assert wait.poll(ring)
    assert wait.result() == (b"k", b"a")


def test_a_ring_that_nobody_hears_gives_back(store: redeque.Store) -> None:
    wait = store.blpop_async("k")
    assert not wait.poll(lambda: False)
    store.rpush("k", "a")
    assert store.lrange("k") == [b"a"]
    with pytest.raises(redeque.ClosedError):
        wait.poll(lambda: False)


@pytest.mark.filterwarnings("ignore")
def test_a_task_that_is_given_up_is_freed_and_gives_back(store: redeque.Store) -> None:
    tasks = dead_waits(store, 5, lambda: store.blpop_async("k"))
    del tasks
    gc.collect()
    eventually(lambda: store.blocked_clients() == 0)
    store.rpush("k", "a")
    assert store.lrange("k") == [b"a"]


@pytest.mark.filterwarnings("ignore")
def test_a_task_of_a_wait_that_is_given_up_is_collected(store: redeque.Store) -> None:
    """It is a cycle: the task, the wait, its coroutine, and the future that wakes the task."""
    loop = asyncio.new_event_loop()
    task = loop.create_task(store.blpop_async("k"))
    loop.run_until_complete(eventually_in_loop(lambda: store.blocked_clients() == 1))
    gone = weakref.ref(task)
    loop.close()
    del task, loop
    gc.collect()
    assert gone() is None
    assert store.blocked_clients() == 0


def test_a_task_may_wait_while_the_interpreter_ends() -> None:
    run_python("""
import asyncio, threading, time
import redeque
store = redeque.Store()
def run():
    asyncio.run(one())
async def one():
    await store.blpop_async("k")
thread = threading.Thread(target=run, daemon=True)
thread.start()
while store.blocked_clients() == 0: time.sleep(0.001)
""")


async def test_ten_thousand_tasks(store: redeque.Store) -> None:
    tasks = [asyncio.create_task(one(store.blpop_async("k"))) for _ in range(10_000)]
    await eventually_in_loop(lambda: store.blocked_clients() == 10_000)
    store.rpush("k", *range(10_000))
    assert [element for _, element in await asyncio.gather(*tasks)] == [str(number).encode() for number in range(10_000)]
