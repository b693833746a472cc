"""Stores that are kept in a directory."""

from __future__ import annotations

import asyncio
import gc
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
from typing import Any

import pytest
import redis

import redeque
import redeque.asyncio
from conftest import SECONDS, run_python

FILE = "appendonly.aof.1.incr.aof"


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "queues"


def lists(path: pathlib.Path) -> dict[bytes, list[bytes]]:
    with redeque.Store(path) as store:
        return {key: store.lrange(key) for key in sorted(store.keys())}


@pytest.mark.parametrize("fsync", ["always", "everysec", "no", None])
def test_what_was_there_is_there_again(path: pathlib.Path, fsync: Any) -> None:
    with redeque.Store(path, fsync=fsync) as store:
        assert (store.recovery.keys, store.recovery.commands, store.recovery.cut) == (0, 0, None)
        assert store.rpush("k", "a", "b", "c") == 3
        assert store.lpop("k") == b"a"
    with redeque.Store(str(path), fsync=fsync) as store:
        assert (store.recovery.keys, store.recovery.commands, store.recovery.bytes_cut) == (1, 2, 0)
        assert store.recovery.bytes > 50 and 0 <= store.recovery.seconds < SECONDS
        assert "keys 1, commands 2" in repr(store.recovery)
        assert store.lrange("k") == [b"b", b"c"]


def test_every_command_that_changes_something_is_in_the_log(path: pathlib.Path) -> None:
    with redeque.Store(path, fsync="always") as store:
        store.rpush("a", 1, 2, 3, 4, 5, 6, 7, 8, 9)
        store.lpush("a", 0)
        store.lpushx("a", -1), store.rpushx("a", 10)
        store.lpop("a"), store.rpop("a"), store.lpop("a", 1), store.rpop("a", 2)
        store.lmpop(["none", "a"], "LEFT")
        store.lmove("a", "b"), store.rpoplpush("a", "b"), store.lmovem("a", "b", count=2)
        store.lset("a", 0, "x"), store.linsert("a", "AFTER", "x", "y"), store.linsert("a", "BEFORE", "x", "w")
        store.lrem("a", 1, "y"), store.ltrim("a", 0, 1)
        store.rpush_bounded("c", 1, "c"), store.lpush_bounded_all("c", 3, ["d", "e"])
        store.lpush_bounded("c", 4, "f"), store.rpush_bounded_all("c", 5, ["g"])
        store.rename("c", "d"), store.renamenx("d", "e"), store.copy("e", "f"), store.copy("e", "f", replace=True)
        store.rpush("g", 1), store.delete("g"), store.rpush("g", 1), store.unlink("g")
        store.transaction([("RPUSH", "h", "1", "2"), ("LPOP", "h")])
        store.connect().execute("RPUSH", "h", "3")
        assert store.blpop("h", timeout=0) == (b"h", b"2")
        assert store.brpush_bounded("h", 2, "4", timeout=0) == 2
        kept = {key: store.lrange(key) for key in sorted(store.keys())}
    assert kept == {
        b"a": [b"w", b"x"],
        b"b": [b"7", b"2", b"3", b"4"],
        b"e": [b"f", b"e", b"d", b"c", b"g"],
        b"f": [b"f", b"e", b"d", b"c", b"g"],
        b"h": [b"3", b"4"],
    }
    assert lists(path) == kept
    with redeque.Store(path) as store:
        store.flushall()
    assert lists(path) == {}


def test_a_store_that_is_shut_down_reads_and_has_given_up_its_directory(path: pathlib.Path) -> None:
    store = redeque.Store(path)
    store.rpush("k", "a")
    store.shutdown()
    store.shutdown()
    assert store.is_closed()
    assert store.lrange("k") == [b"a"]
    with pytest.raises(redeque.ClosedError):
        store.rpush("k", "b")
    with pytest.raises(redeque.ClosedError):
        store.lpop("k")
    with pytest.raises(redeque.ClosedError):
        store.connect().execute("RPUSH", "k", "b")
    assert lists(path) == {b"k": [b"a"]}


def test_a_store_that_nobody_has_any_more_has_given_up_its_directory(path: pathlib.Path) -> None:
    session = redeque.Store(path).connect()
    session.execute("RPUSH", "k", "a")
    with pytest.raises(redeque.InUseError):
        redeque.Store(path)
    del session
    gc.collect()
    assert lists(path) == {b"k": [b"a"]}


def test_a_directory_is_open_once(path: pathlib.Path) -> None:
    with redeque.Store(path):
        with pytest.raises(redeque.InUseError, match="is locked: the log in there is open") as raised:
            redeque.Store(path)
        assert isinstance(raised.value, redeque.OpenError) and isinstance(raised.value, redeque.Error)
        opens = "import sys, redeque\ntry: redeque.Store(sys.argv[1])\nexcept redeque.InUseError: print('in use')"
        assert run_python(opens, str(path)).stdout == "in use\n"
    redeque.Store(path).shutdown()


def test_what_does_not_load_says_so(path: pathlib.Path) -> None:
    path.mkdir()
    (path / "letter").write_text("Dear Ada")
    with pytest.raises(redeque.OpenError, match="letter: the directory has this file and no manifest") as raised:
        redeque.Store(path)
    assert not isinstance(raised.value, redeque.InUseError)
    assert str(path) in str(raised.value)


def test_what_the_system_refuses_is_an_os_error(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="directory") as raised:
        redeque.Store(tmp_path / "file" / "queues")
    assert raised.value.errno is not None and raised.value.filename == str(tmp_path / "file" / "queues")


def test_arguments_that_make_no_sense_are_refused(path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="'always', 'everysec' or 'no', not 'sometimes'"):
        redeque.Store(path, fsync="sometimes")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="none was given"):
        redeque.Store(fsync="always")
    with pytest.raises(TypeError):
        redeque.Store(7)  # type: ignore[arg-type]
    for make in (redeque.Redis, redeque.asyncio.Redis):
        with pytest.raises(TypeError, match="no path was given"):
            make(fsync="always")
        with pytest.raises(TypeError, match="are two stores"):
            make(path=path, store=redeque.Store())
        with pytest.raises(TypeError, match="a pool has its store already"):
            make(path=path, connection_pool=make().connection_pool)
    assert not path.exists()


def test_what_a_crash_has_torn_is_cut_off(path: pathlib.Path) -> None:
    with redeque.Store(path) as store:
        for element in "ab":
            store.rpush("k", element)
            store.sync()
    whole = (path / FILE).read_bytes()
    (path / FILE).write_bytes(whole[:-3])
    with redeque.Store(path) as store:
        cut = store.recovery.cut
        assert cut is not None and cut.startswith(f"{FILE}: the last {store.recovery.bytes_cut} bytes")
        assert 0 < store.recovery.bytes_cut < len(whole)
        assert store.lrange("k") == [b"a"]


def test_a_store_without_a_log_has_no_barrier(store: redeque.Store) -> None:
    assert store.recovery is None
    for call in (store.sync, store.rewrite_log, lambda: asyncio.run(store.sync_async())):
        with pytest.raises(redeque.ResponseError, match="ERR this store has no log"):
            call()
    store.shutdown()
    assert store.is_closed()


def test_a_rewritten_log_is_shorter(path: pathlib.Path) -> None:
    with redeque.Store(path) as store:
        for _ in range(500):
            store.rpush("k", "element")
            store.lpop("k")
        store.rpush("k", "last")
        store.sync()
        before = sum(file.stat().st_size for file in path.iterdir())
        store.rewrite_log()
        assert sum(file.stat().st_size for file in path.iterdir()) < before / 10
    assert lists(path) == {b"k": [b"last"]}


async def test_the_forms_for_tasks(path: pathlib.Path) -> None:
    async with redeque.Store(path, fsync="always") as store:
        store.rpush("k", "a")
        assert await store.sync_async() is None
        assert await asyncio.create_task(store.sync_async()) is None
        assert await store.blpop_async("k", 0) == (b"k", b"a")
        assert await store.blpop_async("k", 0.001) is None
        assert await store.brpush_bounded_async("k", 1, "b") == 1
        assert await store.blmove_async("k", "l") == b"b"
    assert store.is_closed()
    assert lists(path) == {b"l": [b"b"]}


def test_clients_of_one_path_have_one_store_and_the_last_to_close_ends_it(path: pathlib.Path) -> None:
    with redeque.Redis(path=path, fsync="always") as conn:
        assert conn.rpush("k", "a") == 1
        other = redeque.Redis(path=os.path.join(path, "..", path.name), decode_responses=True)
        third = redeque.Redis.from_url("redis://localhost", path=path, fsync="always")
        assert other.store is conn.store is third.store
        with pytest.raises(ValueError, match="is open with fsync='always', not 'no'"):
            redeque.Redis(path=path, fsync="no")
        third.close()
    assert other.lpop("k") == "a"
    other.close()
    other.close()
    with pytest.raises(redeque.ClosedError):
        other.rpush("k", "b")
    with redeque.Redis(path=path) as conn:
        assert conn.store is not other.store
        assert conn.rpush("k", "c") == 1
    assert lists(path) == {b"k": [b"c"]}


async def test_the_same_with_clients_for_tasks(path: pathlib.Path) -> None:
    async with redeque.asyncio.Redis(path=path, fsync="always") as conn:
        other = redeque.asyncio.Redis.from_url("redis://localhost", path=path)
        assert other.store is conn.store is redeque.Redis(path=path).store
        gc.collect()
        assert await conn.rpush("k", "a", "b") == 2
        assert await conn.blpop("k", 1) == (b"k", b"a")
        async with conn.pipeline() as pipeline:
            assert await pipeline.lpush("k", 1).lpush("k", 2).lpop("k").execute() == [2, 3, b"2"]
        async with conn.pipeline(transaction=False) as pipeline:
            assert await pipeline.lpush("k", 3).lpop("k").llen("k").execute() == [3, b"3", 2]
    assert await other.lpop("k") == b"1"
    await other.aclose()
    assert lists(path) == {b"k": [b"b"]}


def test_a_client_that_nobody_has_any_more_leaves_the_store_to_its_pipeline(path: pathlib.Path) -> None:
    pipeline = redeque.Redis(path=path).pipeline()
    gc.collect()
    assert pipeline.rpush("k", "a").execute() == [1]
    del pipeline
    gc.collect()
    assert lists(path) == {b"k": [b"a"]}


def test_the_closed_store_of_a_directory_is_a_server_that_is_gone(path: pathlib.Path) -> None:
    conn = redeque.Redis(path=path)
    conn.rpush("k", "a")
    conn.store.shutdown()
    with pytest.raises(redis.ConnectionError, match="the store is closed"):
        conn.rpush("k", "b")
    assert conn.llen("k") == 1


AT_THE_END = """
import os, pathlib, sys, threading, redeque
store = redeque.Store(sys.argv[1], fsync="no")
# A thread has it to the end.
threading.Thread(target=store.blpop, args=("none",), daemon=True).start()
while not store.blocked_clients():
    pass
store.rpush("k", "a")
if "FAILING_DISK" in os.environ:
    pathlib.Path(os.environ["FAILING_DISK"]).touch()
"""


def test_an_interpreter_that_ends_brings_what_is_open_to_disk(path: pathlib.Path, slow_disk: dict[str, str]) -> None:
    assert run_python(AT_THE_END, str(path)).stderr == ""
    assert lists(path) == {b"k": [b"a"]}
    # Nobody is left to raise it to.
    failing = {**slow_disk, "FAILING_DISK": str(path.parent / "failing")}
    assert "redeque.ResponseError: MISCONF Errors writing" in run_python(AT_THE_END, str(path), env=failing).stderr


FORKS = """
import os, sys, redeque
store = redeque.Store(sys.argv[1], fsync="always")
conn = redeque.Redis(path=sys.argv[2])
store.rpush("k", "parent"), conn.rpush("k", "parent")
child = os.fork()
if child == 0:
    for call in (lambda: store.rpush("k", "child"), lambda: conn.rpush("k", "child"), store.sync):
        try:
            call()
        except redeque.ForkError:
            continue
        os._exit(1)
    for path in sys.argv[1:]:
        for opens in (redeque.Store, lambda path: redeque.Redis(path=path)):
            try:
                opens(path)
            except redeque.InUseError:
                continue
            os._exit(2)
    store.shutdown(), conn.close()
    del store, conn
    sys.exit(3)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
assert store.rpush("k", "again") == 2
store.shutdown(), conn.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks")
def test_a_child_neither_writes_nor_ends_what_its_parent_has_open(tmp_path: pathlib.Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    run_python(FORKS, str(one), str(two))
    assert lists(one) == {b"k": [b"parent", b"again"]}
    assert lists(two) == {b"k": [b"parent"]}


KILLED = """
import sys, redeque
store = redeque.Store(sys.argv[1], fsync="always")
for number in range(10**9):
    store.rpush("k", number)
    print(number, flush=True)
"""


def test_what_returned_is_there_after_a_kill(path: pathlib.Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(50):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    returned = 50 + len(process.stdout.read().splitlines())
    process.wait()
    kept = lists(path)[b"k"]
    assert kept[:returned] == [str(number).encode() for number in range(returned)]
    assert len(kept) <= returned + 1


@pytest.fixture(scope="session")
def slow_disk(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a program whose disk takes 300 ms to sync, and fails once there is a file of that name."""
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("there is no cc to slow the disk down with")
    made = tmp_path_factory.mktemp("slow")
    source = pathlib.Path(__file__).with_name("slow_disk.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", made / "slow_disk.so", source], check=True)
    return {**os.environ, "LD_PRELOAD": str(made / "slow_disk.so"), "SLOW_DISK": "300"}


THREADS = """
import sys, threading, time, redeque
store = redeque.Store(sys.argv[1], fsync="always")
session = store.connect()
commands = [
    lambda: store.rpush("k", "a"),
    lambda: store.lpop("k"),
    lambda: store.transaction([("RPUSH", "k", "a")]),
    lambda: session.execute("RPUSH", "k", "b"),
    lambda: store.blpop("k", timeout=0),
    lambda: store.lset("k", 0, "c"),
    lambda: redeque.Redis(store=store).lpop("k"),
    store.sync,
    store.shutdown,
]
for number, command in enumerate(commands):
    over, turns = threading.Event(), 0
    def run():
        command()
        over.set()
    began = time.monotonic()
    threading.Thread(target=run).start()
    while not over.wait(0.001):
        turns += 1
    # What is on disk already need not be brought there again.
    if number < 7:
        assert time.monotonic() - began > 0.25, number
        assert turns >= 10, (number, turns)
"""


def test_other_threads_run_while_one_waits_for_the_disk(path: pathlib.Path, slow_disk: dict[str, str]) -> None:
    run_python(THREADS, str(path), env=slow_disk)


TASKS = """
import asyncio, sys, time, redeque, redeque.asyncio

turns, over = 0, False

async def watch():
    global turns
    while not over:
        await asyncio.sleep(0.001)
        turns += 1

async def slow(awaitable):
    # Waits for the disk, while the loop goes on.
    began, before = time.monotonic(), turns
    result = await awaitable
    assert time.monotonic() - began > 0.25
    assert turns - before >= 10, turns - before
    return result

async def main():
    global over
    watching = asyncio.create_task(watch())
    store = redeque.Store(sys.argv[1], fsync="always")
    conn = redeque.asyncio.Redis(store=store)
    assert await slow(conn.rpush("k", "a", "b", "c", "d")) == 4
    assert await slow(conn.lpop("k")) == b"a"
    assert await slow(conn.blpop("k", 0.05)) == (b"k", b"b")
    assert await slow(store.blpop_async("k", 0.05)) == (b"k", b"c")
    assert await slow(store.blpop_async("k", 0)) == (b"k", b"d")
    assert await slow(conn.pipeline().rpush("k", "e").lpop("k").execute()) == [1, b"e"]
    # One fdatasync does for all that come while another runs.
    began = time.monotonic()
    assert sorted(await asyncio.gather(*(conn.rpush("l", number) for number in range(50)))) == list(range(1, 51))
    assert time.monotonic() - began < 5
    # Served at once, and on disk later than its time is over.
    waiting = asyncio.create_task(conn.blpop("m", 0.25))
    other = asyncio.create_task(store.blpop_async("n", 0.25))
    while store.blocked_clients() < 2:
        await asyncio.sleep(0)
    assert await asyncio.gather(conn.rpush("m", "x"), conn.rpush("n", "y")) == [1, 1]
    assert (await waiting, await other) == ((b"m", b"x"), (b"n", b"y"))
    assert await conn.exists("m", "n") == 0
    async with store:
        pass
    async with redeque.asyncio.Redis(path=sys.argv[1], fsync="no") as conn:
        await conn.rpush("k", "f")
        await slow(conn.store.sync_async())
        await conn.rpush("k", "g")
        await slow(conn.aclose())
    store = redeque.Store(sys.argv[1], fsync="no")
    store.rpush("k", "last")
    await slow(store.__aexit__())
    over = True
    await watching

asyncio.run(main())
"""


def test_the_loop_goes_on_while_a_task_waits_for_the_disk(path: pathlib.Path, slow_disk: dict[str, str]) -> None:
    run_python(TASKS, str(path), env=slow_disk)
    assert lists(path)[b"k"] == [b"f", b"g", b"last"]


CANCELLED = """
import asyncio, sys, redeque, redeque.asyncio

async def main():
    store = redeque.Store(sys.argv[1], fsync="always")
    conn = redeque.asyncio.Redis(store=store)
    await conn.rpush("k", "a", "b")
    for pop in (conn.blpop, store.blpop_async):
        task = asyncio.create_task(pop("k", 10))
        while store.llen("k") == 2:
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert store.lrange("k") == [b"a", b"b"], pop
    task = asyncio.create_task(store.brpush_bounded_async("k", 3, "c"))
    while store.llen("k") == 2:
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled() and store.llen("k") == 2
    await asyncio.to_thread(store.shutdown)

asyncio.run(main())
"""


def test_what_a_cancelled_task_had_got_while_it_waited_for_the_disk_goes_back(
    path: pathlib.Path, slow_disk: dict[str, str]
) -> None:
    run_python(CANCELLED, str(path), env=slow_disk)
    assert lists(path) == {b"k": [b"a", b"b"]}


LATE = """
import sys, threading, time, redeque
store = redeque.Store(sys.argv[1], fsync="always")
session = store.connect()
session.send(("BLPOP", "k", "0.1"))
for wait in (session, store.blpop_async("k", 0.1)):
    assert not wait.poll(lambda: None)
    assert 0 < wait.seconds_left() <= 0.1
    threading.Thread(target=store.rpush, args=("k", "a")).start()
    while store.blocked_clients():
        pass
    while wait.seconds_left():
        pass
    # It was served in time, and is not over before the disk has that. Nobody looks at the clock any more.
    assert not wait.poll(lambda: None)
    assert wait.seconds_left() is None
    while not wait.poll(lambda: None):
        time.sleep(0.01)
    result = wait.take() if wait is session else wait.result()
    assert list(result) == [b"k", b"a"]
"""


def test_what_was_served_in_time_comes_when_the_disk_has_it(path: pathlib.Path, slow_disk: dict[str, str]) -> None:
    run_python(LATE, str(path), env={**slow_disk, "SLOW_DISK": "1500"})
    assert lists(path) == {}


FAILS = """
import asyncio, os, pathlib, sys, redeque, redeque.asyncio, redis

store = redeque.Store(sys.argv[1], fsync="always")
conn = redeque.Redis(store=store)
conn.rpush("k", "a")
pathlib.Path(os.environ["FAILING_DISK"]).touch()

def refused(kind, text, call):
    try:
        call()
    except kind as error:
        assert type(error) is kind and text in str(error), repr(error)
    else:
        raise AssertionError("not refused")

refused(redis.ResponseError, "UNKNOWN the log failed", lambda: conn.rpush("k", "b"))
told = "MISCONF Errors writing to the AOF file: Input/output error"
refused(redis.ResponseError, told, lambda: conn.rpush("k", "c"))
refused(redis.ResponseError, told, lambda: conn.lpop("k"))
refused(redis.ResponseError, told, lambda: conn.pipeline(transaction=False).rpush("k", "c").execute())
refused(redis.ResponseError, told, lambda: asyncio.run(redeque.asyncio.Redis(store=store).rpush("k", "c")))
refused(redeque.ResponseError, told, lambda: store.rpush("k", "c"))
refused(redeque.ResponseError, told, lambda: store.connect().execute("RPUSH", "k", "c"))
assert conn.llen("k") == 2
refused(redeque.ResponseError, told, store.shutdown)
"""


def test_a_disk_that_fails_is_told_of_in_a_servers_words(path: pathlib.Path, slow_disk: dict[str, str]) -> None:
    environment = {**slow_disk, "SLOW_DISK": "0", "FAILING_DISK": str(path.parent / "failing")}
    run_python(FAILS, str(path), env=environment)
    assert lists(path)[b"k"][:1] == [b"a"]


def test_threads_share_what_is_synced(path: pathlib.Path) -> None:
    with redeque.Store(path, fsync="always") as store:
        threads = [threading.Thread(target=lambda: [store.rpush("k", 1) for _ in range(50)]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SECONDS)
        assert store.llen("k") == 400
    assert len(lists(path)[b"k"]) == 400
