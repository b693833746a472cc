"""Keys that expire, by a clock that is turned: nothing here sleeps to see one go."""

from __future__ import annotations

import asyncio
import gc
import itertools
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import redis

import redeque
import redeque.asyncio
from conftest import SECONDS, eventually, eventually_in_loop, run_python
from redeque import ManualClock, Redis, Store
from test_blocking import started
from test_commands import shown
from test_tasks import one

BEGINNING = 1_700_000_000
"""What a clock shows first, in seconds since 1970."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(BEGINNING)


@pytest.fixture
def store(clock: ManualClock) -> Store:
    return Store(clock=clock)


def test_a_key_is_there_up_to_its_deadline(clock: ManualClock, store: Store) -> None:
    assert (store.ttl("k"), store.pttl("k"), store.expiretime("k"), store.pexpiretime("k")) == (-2, -2, -2, -2)
    store.rpush("k", "a", "b")
    assert (store.ttl("k"), store.pttl("k"), store.expiretime("k"), store.pexpiretime("k")) == (-1, -1, -1, -1)
    assert store.expire("k", 60) is True
    clock.advance(20)
    assert (store.ttl("k"), store.pttl("k")) == (40, 40_000)
    assert (store.expiretime("k"), store.pexpiretime("k")) == (BEGINNING + 60, (BEGINNING + 60) * 1000)
    clock.advance(40)
    assert (store.exists("k"), store.pttl("k")) == (1, 0)
    assert (store.stats()["keys_with_deadline"], store.stats()["expired"]) == (1, 0)
    clock.advance(0.001)
    assert (store.exists("k"), store.ttl("k"), store.dbsize()) == (0, -2, 0)
    assert (store.stats()["keys_with_deadline"], store.stats()["expired"]) == (0, 1)


def test_an_expired_key_is_absent_from_every_method(clock: ManualClock, store: Store) -> None:
    calls: list[tuple[Callable[[], Any], Any]] = [
        (lambda: store.llen("k"), 0),
        (lambda: store.lrange("k"), []),
        (lambda: store.lindex("k", 0), None),
        (lambda: store.lpop("k"), None),
        (lambda: store.blpop("k", 0), None),
        (lambda: store.lmove("k", "l"), None),
        (lambda: store.rpushx("k", "x"), 0),
        (lambda: store.type("k"), "none"),
        (lambda: store.keys("*"), []),
        (lambda: store.delete("k"), 0),
        (lambda: store.persist("k"), False),
        (lambda: store.expire("k", 10), False),
        (lambda: store.copy("k", "l"), False),
    ]
    for call, expected in calls:
        store.rpush("k", "a")
        store.expire("k", 1)
        clock.advance(2)
        assert call() == expected


def test_pushes_after_the_deadline_begin_anew(clock: ManualClock, store: Store) -> None:
    store.rpush("k", "old")
    store.expire("k", 1)
    clock.advance(2)
    assert store.rpush("k", "new") == 1
    assert (store.lrange("k"), store.ttl("k")) == ([b"new"], -1)


def test_what_changes_a_list_leaves_its_deadline_alone(clock: ManualClock, store: Store) -> None:
    store.rpush("k", "a", "b", "c")
    store.expire("k", 60)
    store.rpush("k", "d")
    store.lset("k", 0, "x")
    store.ltrim("k", 0, 2)
    store.lmove("k", "l")
    assert (store.ttl("k"), store.ttl("l")) == (60, -1)
    assert store.copy("k", "copied")
    store.rename("k", "renamed")
    assert (store.ttl("copied"), store.ttl("renamed")) == (60, 60)
    store.lpop("renamed", 2)
    assert store.rpush("renamed", "e") == 1
    assert store.ttl("renamed") == -1, "it went with the list that was emptied"
    assert (store.persist("copied"), store.persist("copied"), store.ttl("copied")) == (True, False, -1)
    clock.advance(100)
    assert sorted(store.keys()) == [b"copied", b"l", b"renamed"]


def test_a_ttl_is_the_nearest_second(store: Store) -> None:
    store.rpush("k", "a")
    for millis, seconds in ((1499, 1), (1500, 2), (400, 0)):
        store.pexpire("k", millis)
        assert (store.ttl("k"), store.pttl("k")) == (seconds, millis)
    store.pexpireat("k", BEGINNING * 1000 + 1500)
    assert store.expiretime("k") == BEGINNING + 2


IN_UTC = datetime(2030, 5, 6, 7, 8, 9, 123_987, tzinfo=timezone.utc)


def test_times_of_python(store: Store) -> None:
    store.rpush("k", "a")
    moment = 1_904_281_689
    store.expireat("k", IN_UTC)
    assert store.pexpiretime("k") == moment * 1000
    store.pexpireat("k", IN_UTC)
    assert store.pexpiretime("k") == moment * 1000 + 123
    store.pexpireat("k", IN_UTC.astimezone(timezone(timedelta(hours=5))))
    assert store.pexpiretime("k") == moment * 1000 + 123
    store.pexpireat("k", IN_UTC.astimezone().replace(tzinfo=None))
    assert store.pexpiretime("k") == moment * 1000 + 123, "one without a zone is local"
    store.expire("k", timedelta(minutes=1, milliseconds=999))
    assert store.pttl("k") == 60_000
    store.pexpire("k", timedelta(minutes=1, microseconds=1999))
    assert store.pttl("k") == 60_001


METHODS = ("expire", "pexpire", "expireat", "pexpireat")
FROM_NOW = [0, -1, 50, 100, 200_000, -(2**63), 2**63 - 1, 2**62, timedelta(seconds=200), timedelta(seconds=-1.5)]
AT = [0, -1, BEGINNING, (BEGINNING + 50) * 1000, BEGINNING + 10_000, -(2**63), 2**63 - 1, IN_UTC]


def outcome(door: Any, method: str, key: str, when: Any, asked: dict[str, bool]) -> Any:
    """What it returned or refused, and the deadline after it."""
    try:
        replied = getattr(door, method)(key, when, **asked)
    except (redeque.ResponseError, redis.ResponseError) as error:
        replied = str(error).removeprefix("ERR ")
    return replied, door.pexpiretime(key)


@pytest.mark.parametrize("method", METHODS)
def test_both_doors_do_the_same(method: str, clock: ManualClock) -> None:
    """Whatever the time, what is asked of the deadline, and whether there is one."""
    doors = Store(clock=clock), Redis(store=Store(clock=clock))
    results = []
    for key, when, said in itertools.product(
        ("missing", "plain", "due"), AT if method.endswith("at") else FROM_NOW, itertools.product([False, True], repeat=4)
    ):
        for door in doors:
            door.rpush("plain", "a")
            door.rpush("due", "a")
            door.persist("plain")
            door.expire("due", 100)
        asked = dict(zip(("nx", "xx", "gt", "lt"), said, strict=True))
        ours, text = (outcome(door, method, key, when, asked) for door in doors)
        assert ours == text, (key, when, asked)
        results.append(ours[0])
    expected = {
        True,
        False,
        "NX and XX, GT or LT options at the same time are not compatible",
        "GT and LT options at the same time are not compatible",
    }
    if method != "pexpireat":
        expected.add(f"invalid expire time in '{method}' command")
    assert set(results) == expected


def test_a_deadline_of_this_moment_is_not_earlier_than_one_that_is_past(clock: ManualClock, store: Store) -> None:
    store.rpush("k", "a")
    store.expire("k", 1)
    clock.advance(1)
    assert not store.expire("k", 0, lt=True)
    assert store.expire("k", -1, lt=True)
    assert store.exists("k") == 0


def test_what_is_no_time_is_refused(store: Store) -> None:
    store.rpush("k", "a")
    for wrong in ("1", 1.5, None, b"1"):
        for method in METHODS:
            with pytest.raises(TypeError):
                getattr(store, method)("k", wrong)
    with pytest.raises(TypeError):
        store.expire("k", IN_UTC)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        store.expireat("k", timedelta(1))  # type: ignore[arg-type]
    with pytest.raises(redeque.ResponseError, match="ERR value is not an integer or out of range"):
        store.expire("k", 2**64)
    assert store.ttl("k") == -1


def test_a_transaction_aborts_when_a_watched_key_expires(clock: ManualClock, store: Store) -> None:
    client = Redis(store=store)
    client.rpush("k", "a")
    client.expire("k", 10)
    with client.pipeline() as pipe:
        pipe.watch("k")
        clock.advance(11)
        pipe.multi()
        pipe.rpush("other", "b")
        with pytest.raises(redis.WatchError):
            pipe.execute()
    assert client.exists("other") == 0


def test_a_pipeline_has_what_the_methods_have(clock: ManualClock, store: Store) -> None:
    client = Redis(store=store)
    for transaction in (False, True):
        pipe = client.pipeline(transaction=transaction).rpush("k", "a").expire("k", timedelta(seconds=60)).ttl("k")
        assert pipe.persist("k").ttl("k").pexpire("k", 1500, nx=True).pttl("k").execute() == [1, True, 60, True, -1, True, 1500]
        clock.advance(2)
    assert store.transaction([("RPUSH", "k", "a"), ("EXPIRE", "k", 60), ("TTL", "k")]) == [1, 1, 60]


async def test_tasks_have_it_too(clock: ManualClock) -> None:
    client = redeque.asyncio.Redis(clock=clock)
    await client.rpush("k", "a")
    assert await client.expire("k", timedelta(minutes=1)) is True
    assert (await client.ttl("k"), await client.expiretime("k")) == (60, BEGINNING + 60)
    async with client.pipeline() as pipe:
        await pipe.watch("k")
        clock.advance(61)
        pipe.multi()
        pipe.rpush("k", "b")
        with pytest.raises(redis.WatchError):
            await pipe.execute()
    assert (await client.exists("k"), await client.ttl("k")) == (0, -2)
    await client.aclose()


@pytest.mark.parametrize("push", ["brpush_bounded", "blpush_bounded"])
def test_a_thread_that_waits_for_room_is_served_when_the_clock_is_turned(push: str, clock: ManualClock, store: Store) -> None:
    store.rpush("k", "a")
    store.expire("k", 60)
    thread, results = started(lambda: getattr(store, push)("k", 1, "b"))
    eventually(lambda: store.blocked_clients() == 1)
    clock.advance(60)
    assert store.blocked_clients() == 1
    clock.advance(1)
    thread.join(SECONDS)
    assert results == [1]
    assert (store.lrange("k"), store.ttl("k")) == ([b"b"], -1)


async def test_a_task_that_waits_for_room_is_served_when_the_clock_is_turned(clock: ManualClock, store: Store) -> None:
    store.rpush("k", "a")
    store.expire("k", 60)
    task = asyncio.create_task(one(store.brpush_bounded_async("k", 1, "b")))
    await eventually_in_loop(lambda: store.blocked_clients() == 1)
    clock.advance(61)
    assert await asyncio.wait_for(task, SECONDS) == 1
    assert store.lrange("k") == [b"b"]


@pytest.mark.parametrize("push", ["brpush_bounded", "blpush_bounded"])
def test_a_thread_that_waits_for_room_wakes_itself_by_the_clock_of_the_system(push: str) -> None:
    store = Store()
    store.rpush("k", "a")
    store.pexpire("k", 300)
    thread, results = started(lambda: getattr(store, push)("k", 1, "b"))
    thread.join(SECONDS)
    assert results == [1]
    assert store.lrange("k") == [b"b"]


async def test_a_task_that_waits_for_room_is_served_by_reaping() -> None:
    store = Store()
    store.rpush("k", "a")
    store.expire("k", 1000)
    task = asyncio.create_task(one(store.brpush_bounded_async("k", 1, "b")))
    await eventually_in_loop(lambda: store.blocked_clients() == 1)
    store.pexpire("k", 1)
    deadline = time.monotonic() + SECONDS
    while store.reap() == 0 and store.blocked_clients():
        assert time.monotonic() < deadline
    assert await asyncio.wait_for(task, SECONDS) == 1


def test_reaping_frees_the_memory_of_what_has_expired() -> None:
    store = Store()
    for number in range(100):
        store.rpush(number, bytes(1000))
        store.pexpire(number, 1)
    assert store.used_memory() > 100_000
    reaped: list[int] = []
    eventually(lambda: reaped.append(store.reap()) is None and store.dbsize() == 0)
    assert sum(reaped) <= 100, "some went with the pushes"
    assert store.used_memory() < 30_000
    assert store.reap() == 0


def test_a_timeout_is_real_time_all_the_same(store: Store) -> None:
    assert store.blpop("k", 0.01) is None
    assert Redis(store=store).blpop("k", 0.01) is None


def test_a_snapshot_goes_by_the_clock_of_its_store(clock: ManualClock, store: Store) -> None:
    store.rpush("k", "a")
    store.expire("k", 60)
    snapshot = store.snapshot()
    clock.advance(30)
    assert snapshot.ttl("k") == 30
    clock.advance(31)
    assert snapshot.dbsize() == 0


def test_a_deadline_is_there_again_when_a_log_is_opened(clock: ManualClock, tmp_path: Path) -> None:
    with Store(tmp_path, clock=clock) as store:
        store.rpush("k", "a")
        store.rpush("l", "a")
        store.expire("k", 60)
        store.expire("l", 10)
    clock.advance(30)
    with Store(tmp_path, clock=clock) as store:
        assert (store.ttl("k"), store.exists("l")) == (30, 0)
        clock.advance(31)
        assert store.exists("k") == 0


def test_what_a_clock_shows() -> None:
    assert ManualClock(BEGINNING).now() == datetime(2023, 11, 14, 22, 13, 20, tzinfo=timezone.utc)
    for shown_, expected in (
        (IN_UTC, IN_UTC.replace(microsecond=123_000)),
        (IN_UTC.timestamp(), IN_UTC.replace(microsecond=124_000)),
        (datetime(2030, 1, 1), datetime(2030, 1, 1).astimezone()),
        (datetime(1950, 1, 1, tzinfo=timezone.utc), datetime(1950, 1, 1, tzinfo=timezone.utc)),
        (-1.5, datetime(1969, 12, 31, 23, 59, 58, 500_000, tzinfo=timezone.utc)),
    ):
        now = ManualClock(shown_).now()
        assert (now, now.utcoffset()) == (expected, timedelta(0))
    before = datetime.now(timezone.utc) - timedelta(milliseconds=1)
    assert before <= ManualClock().now() <= datetime.now(timezone.utc)
    assert repr(ManualClock(1.5)) == "redeque.ManualClock(1.5)"


def test_what_a_clock_is_turned_by(clock: ManualClock) -> None:
    for by in (1, 0.25, timedelta(days=1, microseconds=1999), 0, 0.0009):
        clock.advance(by)
    assert clock.now() == datetime.fromtimestamp(BEGINNING, timezone.utc) + timedelta(days=1, seconds=1, milliseconds=251)
    for wrong in (-1, -0.001, float("nan"), timedelta(microseconds=-1)):
        with pytest.raises(ValueError, match="forwards, by zero or more seconds"):
            clock.advance(wrong)
    for wrong in ("1", None, IN_UTC):
        with pytest.raises(TypeError):
            clock.advance(wrong)  # type: ignore[arg-type]
    for wrong in (float("inf"), 1e300, 10**400):
        with pytest.raises(OverflowError):
            clock.advance(wrong)
        with pytest.raises(OverflowError):
            ManualClock(wrong)
    with pytest.raises(ValueError, match="not nan"):
        ManualClock(float("nan"))
    for wrong in ("1", timedelta(1)):
        with pytest.raises(TypeError):
            ManualClock(wrong)  # type: ignore[arg-type]


def test_a_clock_beyond_the_calendar_of_python_goes_on(clock: ManualClock, store: Store) -> None:
    store.rpush("k", "a")
    store.expire("k", 10**12)
    clock.advance(10**12)
    assert store.pttl("k") == 0
    with pytest.raises(OverflowError):
        clock.now()
    assert repr(clock).startswith("redeque.ManualClock(100")


def test_several_stores_go_by_one_clock(clock: ManualClock) -> None:
    stores = [Store(clock=clock) for _ in range(3)]
    for seconds, store in enumerate(stores):
        store.rpush("k", "a")
        store.expire("k", seconds + 1)
    clock.advance(2.5)
    assert [store.dbsize() for store in stores] == [0, 0, 1]


def test_a_clock_is_turned_without_the_gil() -> None:
    """Or another thread would never run: none has the GIL taken away from it here."""
    run_python("""
import sys, threading, time
import redeque
clock = redeque.ManualClock()
store = redeque.Store(clock=clock)
# What is imported at its first use is, which gives up the GIL as well.
store.expire("none", 1)
clock.advance(1)
begun, held, ran = threading.Event(), threading.Lock(), []
held.acquire()
def other():
    begun.set()
    with held:
        ran.append(True)
thread = threading.Thread(target=other, daemon=True)
sys.setswitchinterval(1000)
thread.start()
begun.wait()
held.release()
deadline = time.monotonic() + 20
while not ran and time.monotonic() < deadline:
    for number in range(1000):
        store.rpush(number, "a")
        store.expire(number, 1)
    clock.advance(2)
    assert store.dbsize() == 0
assert ran
""")


@pytest.mark.parametrize("package", [redeque, redeque.asyncio], ids=["threads", "tasks"])
def test_a_clock_has_stores_of_its_own(package: Any) -> None:
    clock, other = ManualClock(), ManualClock()
    client = package.Redis(port=1234, clock=clock)
    assert package.Redis(port=1234, clock=clock).store is client.store
    assert package.Redis.from_url("redis://localhost:1234", clock=clock).store is client.store
    assert package.Redis.from_url("redis://localhost:1234", clock=clock, single_connection_client=True).store is client.store
    assert redeque.store_at(port=1234, clock=clock) is client.store
    strangers = [
        package.Redis(port=1234).store,
        package.Redis(port=1235, clock=clock).store,
        package.Redis(port=1234, clock=other).store,
        package.Redis(unix_socket_path="/a/socket", clock=clock).store,
    ]
    assert len({client.store, *strangers}) == 5
    assert package.Redis.from_url("unix:///a/socket", clock=clock).store is strangers[-1]
    client.store.rpush("k", "a")
    client.store.expire("k", 10)
    clock.advance(11)
    assert client.store.dbsize() == 0


def test_the_stores_of_a_clock_go_with_it() -> None:
    from redeque import _registry

    gc.collect()
    before = len(_registry._by_clock)
    clock = ManualClock()
    client = Redis(clock=clock)
    client.rpush("k", "a")
    assert len(_registry._by_clock) == before + 1
    del clock
    gc.collect()
    assert len(_registry._by_clock) == before
    assert client.llen("k") == 1, "who has one keeps it"


@pytest.mark.parametrize("package", [redeque, redeque.asyncio], ids=["threads", "tasks"])
def test_what_contradicts_the_clock_of_a_client_is_refused(package: Any, clock: ManualClock, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"a store has its clock .* already"):
        package.Redis(store=Store(), clock=clock)
    with pytest.raises(TypeError, match=r"a store has its clock .* already"):
        package.Redis.from_url("redis://localhost", store=Store(), max_memory=1)
    with pytest.raises(TypeError, match=r"clock is a redeque.ManualClock, not 'float'"):
        package.Redis(clock=time.time())
    with pytest.raises(TypeError, match=r"clock is a redeque.ManualClock, not 'str'"):
        package.Redis.from_url("redis://localhost", clock="now")
    pool = package.Redis(store=Store()).connection_pool
    with pytest.raises(TypeError, match="a pool has its store already"):
        package.Redis(connection_pool=pool, clock=clock)


def test_the_store_of_a_directory_has_the_clock_of_the_first_client(clock: ManualClock, tmp_path: Path) -> None:
    with Redis(path=tmp_path, clock=clock, max_memory=1000) as client:
        client.rpush("k", "a")
        client.expire("k", 10)
        assert Redis(path=tmp_path).store is client.store
        assert Redis(path=tmp_path, clock=clock, max_memory=1000).store is client.store
        with pytest.raises(ValueError, match="is open with clock="):
            Redis(path=tmp_path, clock=ManualClock())
        with pytest.raises(ValueError, match="is open with max_memory=1000, not 2000"):
            Redis(path=tmp_path, max_memory=2000)
        clock.advance(11)
        assert client.exists("k") == 0
        client.rpush("k", bytes(2000))
        with pytest.raises(redis.exceptions.OutOfMemoryError):
            client.rpush("k", "a")


def test_a_clock_of_another_process_is_refused() -> None:
    run_python("""
import os, redeque
clock = redeque.ManualClock()
child = os.fork()
if child == 0:
    refused = 0
    for use in (clock.now, lambda: clock.advance(1), lambda: redeque.Store(clock=clock)):
        try:
            use()
        except redeque.ForkError:
            refused += 1
    repr(clock)
    os._exit(refused)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
""")


def test_redis_py_is_told_the_same_by_both(clock: ManualClock) -> None:
    """What it makes of the replies, by type."""
    client = Redis(clock=clock, protocol=3)
    client.rpush("k", "a")
    replies = [client.expire("k", 60), client.expire("missing", 60), client.persist("k"), client.ttl("k"), client.pttl("none")]
    assert shown(replies) == [True, False, True, -1, -2]
    assert [type(reply) for reply in replies] == [bool, bool, bool, int, int]
