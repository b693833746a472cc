"""Threads that wait."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import redeque
from conftest import SECONDS, eventually, run_python


def started(run: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """A thread that runs this, and what it returned."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(run()))
    thread.start()
    return thread, results


WAITS: dict[str, Callable[[redeque.Store], Any]] = {
    "Store.blpop": lambda store: store.blpop(["urgent", "k"]),
    "Store.brpop": lambda store: store.brpop("k", timeout=SECONDS),
    "Store.blmpop": lambda store: store.blmpop(["k"], "LEFT", 3),
    "Store.blmove": lambda store: store.blmove("k", "l", "LEFT", "RIGHT"),
    "Store.brpoplpush": lambda store: store.brpoplpush("k", "l"),
    "Redis.blpop": lambda store: redeque.Redis(store=store).blpop(["urgent", "k"]),
    "Redis.blmove": lambda store: redeque.Redis(store=store).blmove("k", "l", SECONDS),
    "Session": lambda store: store.connect().execute("BLPOP", "k", "0"),
}

RESULTS = {
    "Store.blmpop": (b"k", [b"a"]),
    "Store.blmove": b"a",
    "Store.brpoplpush": b"a",
    "Redis.blmove": b"a",
    "Session": [b"k", b"a"],
}


@pytest.mark.parametrize("name", WAITS)
def test_a_thread_waits_for_an_element_and_the_others_run(name: str, store: redeque.Store) -> None:
    thread, results = started(lambda: WAITS[name](store))
    eventually(lambda: store.blocked_clients() == 1)
    assert not results
    store.rpush("k", "a")
    thread.join(SECONDS)
    assert results == [RESULTS.get(name, (b"k", b"a"))]
    assert store.blocked_clients() == 0


def test_the_first_to_wait_is_the_first_to_be_served(store: redeque.Store) -> None:
    threads = []
    for number in range(5):
        threads.append(started(lambda: store.blpop("k")))
        eventually(lambda number=number: store.blocked_clients() == number + 1)
    store.rpush("k", *range(5))
    for number, (thread, results) in enumerate(threads):
        thread.join(SECONDS)
        assert results == [(b"k", str(number).encode())]


def test_a_timeout_ends_a_wait_and_takes_nothing(store: redeque.Store) -> None:
    begun = time.monotonic()
    assert store.blpop("k", 0.1) is None
    assert redeque.Redis(store=store).blpop("k", 0.1) is None
    assert 0.2 <= time.monotonic() - begun < SECONDS
    assert store.blpop("k", 0) is None, "zero does not wait here"
    store.rpush("k", "a")
    assert store.blpop("k", 0) == (b"k", b"a")
    assert store.blocked_clients() == 0


def test_client_unblock_reaches_a_thread_that_waits(store: redeque.Store) -> None:
    client = redeque.Redis(store=store, single_connection_client=True)
    number = client.client_id()
    thread, results = started(lambda: client.blpop("k"))
    eventually(lambda: store.blocked_clients() == 1)
    assert redeque.Redis(store=store).client_unblock(number)
    thread.join(SECONDS)
    assert results == [None]


def test_client_unblock_with_an_error(store: redeque.Store) -> None:
    session = store.connect()
    number = session.execute("CLIENT", "ID")

    def refused() -> str:
        with pytest.raises(redeque.ResponseError) as raised:
            session.execute("BLPOP", "k", "0")
        return str(raised.value)

    thread, results = started(refused)
    eventually(lambda: store.blocked_clients() == 1)
    assert redeque.Redis(store=store).client_unblock(number, error=True)
    thread.join(SECONDS)
    assert results == ["UNBLOCKED client unblocked via CLIENT UNBLOCK"]


def test_elements_pass_through_many_threads_once_each(store: redeque.Store) -> None:
    total, workers = 20_000, 8
    taken: list[list[bytes]] = [[] for _ in range(workers)]

    def work(mine: list[bytes]) -> None:
        while True:
            popped = store.blpop(["a", "b"])
            if popped is None or popped[1] == b"end":
                return
            mine.append(popped[1])

    threads = [threading.Thread(target=work, args=(mine,)) for mine in taken]
    for thread in threads:
        thread.start()
    for number in range(total):
        store.rpush("ab"[number % 2], number)
    for _ in range(workers):
        store.rpush("b", "end")
    for thread in threads:
        thread.join(SECONDS)
    assert sorted(int(element) for mine in taken for element in mine) == list(range(total))


INTERRUPTED = """
import signal, sys, time
import redeque
# Where this is run in the background of a shell, it is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
store = redeque.Store()
# redis-py is imported before: Python ends by the signal if that comes in an import, whatever catches it.
redeque.Redis(store=store).ping()
wait = {wait}
print("waits", flush=True)
try:
    wait()
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
# Nothing of it is left: what is pushed now stays.
assert store.blocked_clients() == 0
store.rpush("k", "a")
assert store.lrange("k") == [b"a"], store.lrange("k")
"""


@pytest.mark.parametrize(
    "wait",
    [
        "lambda: store.blpop('k')",
        "lambda: store.blmove('k', 'l', 'LEFT', 'LEFT', 60)",
        "lambda: redeque.Redis(store=store).blpop('k', 0)",
        "lambda: redeque.Redis(store=store, socket_timeout=60).blpop('k', 0)",
        "lambda: store.connect().execute('BLPOP', 'k', '0')",
    ],
)
def test_ctrl_c_ends_a_wait_within_a_tenth_of_a_second(wait: str) -> None:
    def interrupted() -> float:
        program = [sys.executable, "-c", INTERRUPTED.format(wait=wait)]
        with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "waits\n"
            # Some of them interrupt the call before it waits, which must end it as well.
            time.sleep(0.1)
            begun = time.monotonic()
            process.send_signal(signal.SIGINT)
            said, raised = process.communicate(timeout=SECONDS)
            assert process.returncode == 0, raised
            return float(said) - begun

    # The best of some: the machine may do something else meanwhile.
    assert min(interrupted() for _ in range(3)) < 0.1


INTERRUPTED_WITH_AN_ELEMENT = """
import os, signal, socket, threading, time
import redeque

signal.signal(signal.SIGINT, signal.default_int_handler)
told, tell = socket.socketpair()
tell.setblocking(False)
signal.set_wakeup_fd(tell.fileno())
store = redeque.Store()

def interrupt_and_push():
    while not store.blocked_clients(): time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGINT)
    # The signal has come when this is told; who waits has not looked for it.
    told.recv(1)
    store.rpush("k", "a")

for _ in range(10):
    thread = threading.Thread(target=interrupt_and_push)
    thread.start()
    taken = None
    try:
        taken = ({wait})()
        # Where it is not lost, the interruption still comes.
        time.sleep(10)
    except KeyboardInterrupt:
        pass
    thread.join()
    assert taken is not None or store.lrange("k") == [b"a"], "it is neither taken nor there"
    store.flushall()
"""


@pytest.mark.parametrize(
    "wait",
    [
        "lambda: store.blpop('k')",
        "lambda: store.brpop('k', 60)",
        "lambda: redeque.Redis(store=store).blpop('k', 0)",
        "lambda: redeque.Redis(store=store, socket_timeout=60).blpop('k', 0)",
        "lambda: store.connect().execute('BLPOP', 'k', '0')",
    ],
)
def test_ctrl_c_loses_no_element_that_comes_right_after_it(wait: str) -> None:
    run_python(INTERRUPTED_WITH_AN_ELEMENT.format(wait=wait))


def test_a_signal_that_raises_nothing_keeps_the_place_in_the_queue() -> None:
    run_python("""
import signal, threading, time
import redeque
store = redeque.Store()
handled = []
signal.signal(signal.SIGALRM, lambda *_: handled.append(1))
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
second = []

def push():
    while store.blocked_clients() < 1: time.sleep(0.001)
    later = threading.Thread(target=lambda: second.append(store.blpop("k")))
    later.start()
    while store.blocked_clients() < 2: time.sleep(0.001)
    while len(handled) < 20: time.sleep(0.001)
    store.rpush("k", "first", "second")

pusher = threading.Thread(target=push)
pusher.start()
assert store.blpop("k") == (b"k", b"first")
signal.setitimer(signal.ITIMER_REAL, 0)
pusher.join()
while not second: time.sleep(0.001)
assert second == [(b"k", b"second")]
""")


def test_daemon_threads_that_wait_do_not_keep_a_program_from_ending() -> None:
    run_python("""
import threading, time
import redeque
store = redeque.Store()
for number in range(20):
    threading.Thread(target=lambda: redeque.Redis(store=store).blpop("k"), daemon=True).start()
    threading.Thread(target=lambda: store.blpop("k"), daemon=True).start()
while store.blocked_clients() < 40: time.sleep(0.001)
store.rpush("k", *range(10))
""")


def test_python_never_runs_under_a_lock() -> None:
    """What the library holds of Python's is dropped and called with no lock held: it may use the store, or push to the very
    list. A thread that waited for itself would never end, and the GIL with it."""
    run_python("""
import asyncio, faulthandler, gc
import redeque, redeque.asyncio
faulthandler.dump_traceback_later(20, exit=True)
store = redeque.Store()
ran = {"ring": 0, "del": 0}

class Ring:
    def use_the_store(self):
        store.rpush("seen", "x")
        store.transaction([("LLEN", "k"), ("LLEN", "seen"), ("RPUSH", "l", "x"), ("LPOP", "l")])
        store.keys()
        store.blocked_clients()

    def __call__(self):
        ran["ring"] += 1
        self.use_the_store()

    def __del__(self):
        ran["del"] += 1
        self.use_the_store()

for make in (
    lambda: store.blpop_async(["k", "other"]),
    lambda: store.blmove_async("k", "moved", "LEFT", "LEFT"),
    lambda: store.blmpop_async("k", "LEFT"),
):
    for end in ("push", "close", "drop", "transaction"):
        wait = make()
        # Each look replaces the one who rings.
        for _ in range(3):
            assert not wait.poll(Ring())
        if end == "push":
            store.rpush("k", "a")
            assert wait.poll(Ring())
        elif end == "transaction":
            store.transaction([("RPUSH", "k", "a"), ("RPUSH", "k", "b"), ("LPOP", "k")])
        elif end == "close":
            wait.close()
        del wait
        gc.collect()
        store.delete("k", "moved")

# A push that serves a move, which serves another who waits.
first, second = store.blmove_async("k", "moved", "LEFT", "LEFT"), store.blpop_async("moved")
assert not first.poll(Ring()) and not second.poll(Ring())
store.rpush("k", "a")
assert first.poll(Ring()) and second.poll(Ring())
del first, second

# Sessions of redis-py, which are dropped while they wait and watch.
for _ in range(3):
    connection = redeque.Connection(store=store)
    connection.send_command("WATCH", "k")
    assert connection.read_response() == b"OK"
    connection.send_command("BLPOP", "k", 0)
    assert not connection._sock.poll(Ring())
    del connection
    gc.collect()
assert ran["ring"] > 5 and ran["del"] > 20, ran
""")
