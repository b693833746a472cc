"""A store that is closed: who waits is told, nothing comes in, and everything can be taken out."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import redis
import redis.asyncio

import redeque
import redeque.asyncio
from conftest import SECONDS, eventually, eventually_in_loop, run_python
from redeque import Store
from test_blocking import started
from test_tasks import one

CLOSED = "CLOSED the store is closed"


@pytest.fixture
def closed(store: Store) -> Store:
    store.rpush("k", "1", "2", "3")
    store.close()
    return store


def refused(run: Callable[[], Any]) -> BaseException:
    """What it raises."""
    with pytest.raises(redeque.ClosedError) as raised:
        run()
    return raised.value


async def refused_to_a_task(awaitable: Awaitable[Any]) -> BaseException:
    with pytest.raises(redeque.ClosedError) as raised:
        await awaitable
    return raised.value


WAITS: dict[str, Callable[[Store], Any]] = {
    "blpop": lambda store: store.blpop(["none", "neither"]),
    "brpop": lambda store: store.brpop("none", SECONDS),
    "blmpop": lambda store: store.blmpop(["none"], "LEFT", 3),
    "blmove": lambda store: store.blmove("none", "l", "LEFT", "RIGHT"),
    "blmovem": lambda store: store.blmovem("one", "l", "LEFT", "RIGHT", 2, exactly=True),
    "brpoplpush": lambda store: store.brpoplpush("none", "l"),
    "brpush_bounded": lambda store: store.brpush_bounded("one", 1, "x"),
    "blpush_bounded": lambda store: store.blpush_bounded("one", 1, "x", SECONDS),
    "Session": lambda store: store.connect().execute("BLPOP", "none", "0"),
    "Session, BLMOVEM": lambda store: store.connect().execute("BLMOVEM", "one", "l", "LEFT", "LEFT", 0, "EXACTLY", 2, "BULK"),
    "Redis": lambda store: redeque.Redis(store=store).blpop(["none", "neither"]),
    "Redis, limited": lambda store: redeque.Redis(store=store, socket_timeout=SECONDS).blmove("none", "l", 0),
}


@pytest.mark.parametrize("name", WAITS)
def test_a_thread_that_waits_is_woken(name: str, store: Store) -> None:
    store.rpush("one", "1")
    thread, results = started(lambda: refused(lambda: WAITS[name](store)))
    eventually(lambda: store.blocked_clients() == 1)
    store.close()
    thread.join(SECONDS)
    assert [isinstance(error, redis.ConnectionError) for error in results] == [name.startswith("Redis")]
    assert store.blocked_clients() == 0
    assert store.lrange("one") == [b"1"]


TASKS: dict[str, Callable[[Store], Awaitable[Any]]] = {
    "blpop_async": lambda store: store.blpop_async(["none", "neither"]),
    "brpop_async": lambda store: store.brpop_async("none", SECONDS),
    "blmpop_async": lambda store: store.blmpop_async("none", "LEFT", 2),
    "blmove_async": lambda store: store.blmove_async("none", "l", "LEFT", "LEFT"),
    "blmovem_async": lambda store: store.blmovem_async("one", "l", "LEFT", "RIGHT", 2, exactly=True),
    "brpoplpush_async": lambda store: store.brpoplpush_async("none", "l"),
    "brpush_bounded_async": lambda store: store.brpush_bounded_async("one", 1, "x"),
    "blpush_bounded_async": lambda store: store.blpush_bounded_async("one", 1, "x", SECONDS),
    "Redis": lambda store: redeque.asyncio.Redis(store=store).blpop(["none", "neither"]),
    "Redis, limited": lambda store: redeque.asyncio.Redis(store=store, socket_timeout=SECONDS).blmove("none", "l", 0),
}


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("closed_by", ["task", "thread"])
async def test_a_task_that_waits_is_woken(name: str, closed_by: str, store: Store) -> None:
    store.rpush("one", "1")
    task = asyncio.create_task(refused_to_a_task(TASKS[name](store)))
    await eventually_in_loop(lambda: store.blocked_clients() == 1)
    if closed_by == "task":
        store.close()
    else:
        closer = threading.Thread(target=store.close)
        closer.start()
        closer.join(SECONDS)
    error = await asyncio.wait_for(task, SECONDS)
    assert isinstance(error, redis.ConnectionError) == name.startswith("Redis")
    assert store.blocked_clients() == 0


async def test_all_who_wait_are_woken(store: Store) -> None:
    threads = [started(lambda: refused(lambda: store.blpop("none"))) for _ in range(10)]
    tasks = [asyncio.create_task(refused_to_a_task(store.blpop_async(["none", "neither"]))) for _ in range(1000)]
    await eventually_in_loop(lambda: store.blocked_clients() == 1010)
    store.close()
    errors = await asyncio.wait_for(asyncio.gather(*tasks), SECONDS)
    assert {str(error) for error in errors} == {CLOSED}
    for thread, results in threads:
        thread.join(SECONDS)
        assert [str(error) for error in results] == [CLOSED]


NEW: dict[str, Callable[[Store], Any]] = {
    "lpush": lambda store: store.lpush("k", "x"),
    "rpush": lambda store: store.rpush("new", "x", "y"),
    "lpushx": lambda store: store.lpushx("k", "x"),
    "rpushx": lambda store: store.rpushx("none", "x"),
    "linsert": lambda store: store.linsert("k", "BEFORE", "1", "x"),
    "copy": lambda store: store.copy("k", "new"),
    "lpush_bounded": lambda store: store.lpush_bounded("k", 9, "x"),
    "rpush_bounded_all": lambda store: store.rpush_bounded_all("new", 9, ["x"]),
    "brpush_bounded": lambda store: store.brpush_bounded("k", 9, "x"),
    "brpush_bounded_async": lambda store: asyncio.run(one(store.brpush_bounded_async("k", 9, "x"))),
    "blpop": lambda store: store.blpop(["none", "neither"]),
    "blpop, limited": lambda store: store.blpop("none", 0),
    "blpop_async": lambda store: asyncio.run(one(store.blpop_async("none"))),
    "blmovem": lambda store: store.blmovem("k", "d", "LEFT", "LEFT", 4, exactly=True),
    "Session": lambda store: store.connect().execute("RPUSH", "k", "x"),
    "Session, SORT": lambda store: store.connect().execute("SORT", "k", "STORE", "new"),
    "Session, BLPOP": lambda store: store.connect().execute("BLPOP", "none", "0"),
}


@pytest.mark.parametrize("name", NEW)
def test_what_is_new_is_refused_at_once_and_changes_nothing(name: str, closed: Store) -> None:
    assert str(refused(lambda: NEW[name](closed))) == CLOSED
    assert {key: closed.lrange(key) for key in closed.keys("*")} == {b"k": [b"1", b"2", b"3"]}
    assert closed.blocked_clients() == 0


def test_all_else_goes_on(closed: Store) -> None:
    closed.lset("k", 0, "zero")
    assert closed.blpop(["none", "k"]) == (b"k", b"zero")
    assert closed.blmove("k", "d", "LEFT", "LEFT") == b"2"
    assert closed.lmovem("k", "d", "LEFT", "RIGHT", 2) == [b"3"]
    assert closed.transaction([("LLEN", "d"), ("RPOP", "d"), ("BLPOP", "k", 0)]) == [2, b"3", None]
    file = io.BytesIO()
    assert closed.export(file) == 1
    with pytest.raises(redeque.TransferError, match=CLOSED):
        closed.import_(io.BytesIO(file.getvalue()))
    assert closed.lrem("d", 0, "2") == 1
    assert closed.dbsize() == 0


def test_in_a_transaction_the_refusal_is_a_reply(closed: Store) -> None:
    popped, pushed, length = closed.transaction([("LPOP", "k"), ("RPUSH", "k", "x"), ("LLEN", "k")])
    assert (popped, type(pushed), length) == (b"1", redeque.ClosedError, 2)


def test_closing_again_changes_nothing(store: Store) -> None:
    assert not store.is_closed()
    store.close()
    assert store.is_closed()
    store.close()
    assert store.is_closed()
    assert isinstance(refused(lambda: store.rpush("k", "a")), redeque.Error)


async def test_what_a_cancelled_wait_was_given_comes_back(store: Store) -> None:
    task = asyncio.create_task(one(store.blpop_async("k")))
    await eventually_in_loop(lambda: store.blocked_clients() == 1)
    store.rpush("k", "a")
    store.close()
    assert store.lrange("k") == []
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert store.lrange("k") == [b"a"]


def test_with_closes_the_store_at_its_end() -> None:
    with Store() as store:
        store.rpush("k", "a")
        assert not store.is_closed()
    assert store.is_closed()
    assert store.lpop("k") == b"a"
    with pytest.raises(KeyError, match="of the program"), Store() as store:
        raise KeyError("of the program")
    assert store.is_closed()


async def test_async_with_closes_the_store_at_its_end() -> None:
    async with Store() as store:
        task = asyncio.create_task(refused_to_a_task(store.blpop_async("k")))
        await eventually_in_loop(lambda: store.blocked_clients() == 1)
    assert store.is_closed()
    assert str(await asyncio.wait_for(task, SECONDS)) == CLOSED
    with pytest.raises(KeyError, match="of the program"):
        async with Store() as store:
            raise KeyError("of the program")
    assert store.is_closed()


class NoPatience(redis.backoff.AbstractBackoff):
    """Fails where anything is tried again."""

    def compute(self, failures: int) -> float:
        raise AssertionError("it is tried again")


def retries_forever() -> dict[str, Any]:
    return {"retry": redis.retry.Retry(NoPatience(), -1)}


def retries_forever_in_tasks() -> dict[str, Any]:
    return {"retry": redis.asyncio.retry.Retry(NoPatience(), -1)}


REDIS: dict[str, Callable[[Any], Any]] = {
    "rpush": lambda client: client.rpush("k", "x"),
    "blpop": lambda client: client.blpop("none"),
    "BLMOVEM": lambda client: client.execute_command("BLMOVEM", "none", "k", "LEFT", "LEFT", 0),
    "sort": lambda client: client.sort("k", store="new"),
    "pipeline": lambda client: client.pipeline(transaction=False).lpop("k").rpush("k", "x").lpop("k").execute(),
    "transaction": lambda client: client.pipeline().lpop("k").rpush("k", "x").lpop("k").execute(),
}


@pytest.mark.parametrize("name", REDIS)
@pytest.mark.parametrize("protocol", [2, 3])
def test_a_client_is_told_that_the_connection_is_gone_and_tries_nothing_again(name: str, protocol: int, closed: Store) -> None:
    for client in (
        redeque.Redis(store=closed, protocol=protocol, **retries_forever()),
        redeque.Redis(store=closed, protocol=protocol, retry_on_error=[redis.ResponseError], **retries_forever()),
        redis.Redis(connection_pool=redis.ConnectionPool(connection_class=redeque.Connection, store=closed, **retries_forever())),
    ):
        before = closed.llen("k")
        with pytest.raises(redis.ConnectionError, match="the store is closed") as raised:
            REDIS[name](client)
        assert isinstance(raised.value, redeque.ClosedError)
        # Both pops of a pipeline were run, and once.
        assert before - closed.llen("k") == (min(before, 2) if name in ("pipeline", "transaction") else 0)


@pytest.mark.parametrize("name", REDIS)
async def test_a_client_of_tasks_is_told_the_same(name: str, closed: Store) -> None:
    async with redeque.asyncio.Redis(store=closed, **retries_forever_in_tasks()) as client:
        with pytest.raises(redis.ConnectionError, match="the store is closed") as raised:
            await REDIS[name](client)
        assert isinstance(raised.value, redeque.ClosedError)
        assert closed.llen("k") == (1 if name in ("pipeline", "transaction") else 3)


def test_a_retry_that_a_client_is_given_later_tries_nothing_again_either(closed: Store) -> None:
    client = redeque.Redis(store=closed)
    assert client.llen("k") == 3
    client.set_retry(redis.retry.Retry(NoPatience(), -1))
    with pytest.raises(redis.ConnectionError, match="the store is closed"):
        client.rpush("k", "x")


def test_the_policy_of_a_client_stays_as_it_was_given(store: Store) -> None:
    policy = redis.retry.Retry(redis.backoff.NoBackoff(), 2)
    pool = redeque.Redis(store=store, retry=policy).connection_pool
    connection = pool.get_connection()
    assert (connection.retry.get_retries(), connection.retry) == (2, policy)
    tries: list[int] = []

    def fail() -> None:
        tries.append(1)
        raise redis.ConnectionError("of a network")

    with pytest.raises(redis.ConnectionError, match="of a network"):
        connection.retry.call_with_retry(fail, lambda error: None)
    assert len(tries) == 3


@pytest.mark.parametrize("transaction", [False, True])
async def test_the_replies_of_a_pipeline_are_not_lost(transaction: bool, closed: Store) -> None:
    def filled(client: Any) -> Any:
        return client.pipeline(transaction=transaction).lpop("k").rpush("k", "x").execute(raise_on_error=False)

    async with redeque.asyncio.Redis(store=closed) as client:
        for number, (popped, error) in enumerate((filled(redeque.Redis(store=closed)), await filled(client)), 1):
            assert popped == str(number).encode()
            assert isinstance(error, redis.ConnectionError)
    assert closed.lrange("k") == [b"3"]


def test_a_client_drains_a_closed_store_over_the_same_connection(closed: Store) -> None:
    client = redeque.Redis(store=closed)
    number = client.client_id()
    with pytest.raises(redis.ConnectionError):
        client.rpush("k", "x")
    drained = []
    while (popped := client.blpop("k")) != (b"k", b"3"):
        drained.append(popped)
    assert drained == [(b"k", b"1"), (b"k", b"2")]
    assert client.client_id() == number
    with pytest.raises(redis.ConnectionError):
        client.blpop("k")


async def test_a_client_that_is_closed_leaves_the_store_open(store: Store) -> None:
    with redeque.Redis(store=store) as client:
        client.rpush("k", "a")
    redeque.Redis(store=store).close()
    async with redeque.asyncio.Redis(store=store) as tasks:
        await tasks.rpush("k", "b")
    assert not store.is_closed()
    assert store.rpush("k", "c") == 3


def test_the_store_of_an_address_stays_closed() -> None:
    client = redeque.Redis(port=7373)
    client.store.close()
    with pytest.raises(redis.ConnectionError):
        redeque.Redis(port=7373).rpush("k", "x")
    assert redeque.store_at(port=7373).is_closed()


def test_what_a_signal_raises_in_a_waker_is_raised_by_close(store: Store) -> None:
    wait = store.blpop_async("k")
    raises = [RuntimeError("of a handler")]

    def ring() -> None:
        if raises:
            raise raises.pop()

    assert not wait.poll(ring)
    with pytest.raises(RuntimeError, match="of a handler"):
        store.close()
    assert wait.poll(ring)
    refused(wait.result)


def test_a_waker_may_use_the_store_and_close_it() -> None:
    run_python("""
import faulthandler
import redeque
faulthandler.dump_traceback_later(20, exit=True)
store = redeque.Store()
rung = []

def ring():
    rung.append(store.is_closed())
    store.close()
    store.keys()
    store.transaction([("LLEN", "k")])
    assert store.blocked_clients() == 0

first, second = store.blpop_async("k"), store.brpush_bounded_async("full", 1, "x")
store.rpush("full", "y")
assert not first.poll(lambda: store.close()) and not second.poll(ring)
store.rpush("k", "a")
assert first.poll(ring) and first.result() == (b"k", b"a")
assert rung == [True]
assert second.poll(ring)
""")


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="there are no forks here")
def test_a_child_leaves_with_without_an_error() -> None:
    run_python("""
import os, sys
import redeque
with redeque.Store() as store:
    child = os.fork()
    if child:
        assert os.waitpid(child, 0)[1] == 0
        assert not store.is_closed()
        assert store.rpush("k", "a") == 1
try:
    assert store.is_closed()
except redeque.ForkError:
    assert child == 0
else:
    assert child
""")
