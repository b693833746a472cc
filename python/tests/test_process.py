"""Forks, and what is left at the end of a process."""

from __future__ import annotations

import os
import sys

import pytest

from conftest import run_python

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")


FORK = """
import asyncio, gc, os, sys, threading, time
import redeque, redeque.asyncio

def in_child(run):
    child = os.fork()
    if child == 0:
        try:
            run()
            gc.collect()
            sys.stdout.flush()
            os._exit(0)
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0

def refused(run):
    try:
        run()
    except redeque.ForkError as error:
        assert "forked" in str(error)
    else:
        raise AssertionError("it was not refused")
"""


def test_what_the_parent_made_is_refused_in_the_child_and_changes_nothing() -> None:
    run_python(
        FORK
        + """
store = redeque.Store()
session = store.connect()
wait = store.blpop_async("k")
client = redeque.Redis()
client.rpush("k", "a")

def child():
    refused(lambda: store.rpush("k", "b"))
    refused(lambda: store.blpop("k", 0))
    refused(lambda: session.execute("PING"))
    refused(lambda: wait.poll(print))
    wait.close()
    refused(lambda: store.connect())
    refused(lambda: redeque.Session(store))
    refused(lambda: client.rpush("k", "b"))
    refused(lambda: redeque.Redis().rpush("k", "b"))
    assert repr(store) == "<redeque.Store of another process>"
    mine = redeque.Store()
    mine.rpush("k", "c")
    assert redeque.Redis(store=mine).lpop("k") == b"c"
    assert redeque.Redis(port=7777).rpush("k", "d") == 1
    async def wait_in_child():
        return await mine.blpop_async("k", 0.01)
    assert asyncio.run(wait_in_child()) is None

in_child(child)
assert client.lrange("k", 0, -1) == [b"a"]
assert store.rpush("k", "b") == 1
"""
    )


def test_the_childs_finalisers_touch_no_lock() -> None:
    """Another thread is in the midst of a long command under all locks when the process forks, so these are held forever in the
    child."""
    run_python(
        FORK
        + """
store = redeque.Store()
for number in range(2000):
    # Long keys take long to copy, which is done under the locks.
    store.rpush("k" * 30_000 + str(number), "a")
stop = threading.Event()

def hold_the_locks():
    while not stop.is_set():
        store.keys("nothing")

holder = threading.Thread(target=hold_the_locks)
holder.start()
for _ in range(10):
    connections = [redeque.Connection(store=store) for _ in range(3)]
    for connection in connections:
        connection.send_command("WATCH", "k")
        connection.read_response()
        connection.send_command("BLPOP", "never", 0)
    waits = [store.blpop_async(["never", "ever"]) for _ in range(3)]
    for wait in waits:
        assert not wait.poll(print)
    sessions = [store.connect() for _ in range(3)]
    for session in sessions:
        session.execute("WATCH", "k")
    # By now the other thread has none of the locks, since it wants the GIL. Let it have both.
    time.sleep(0.02)

    def child():
        global store, connections, connection, waits, wait, sessions, session
        connection.disconnect()
        session.close()
        del store, connections, connection, waits, wait, sessions, session
        gc.collect()

    in_child(child)
stop.set()
holder.join()
"""
    )


def test_a_hook_from_before_the_import_is_refused_what_the_parent_made() -> None:
    run_python("""
import os
seen = []
def hook():
    try:
        seen.append(store.rpush("k", "b"))
    except redeque.ForkError:
        seen.append("refused")
    # What it makes itself is the child's own.
    mine.append(redeque.Store())
mine = []
os.register_at_fork(after_in_child=hook)
import redeque
store = redeque.Store()
child = os.fork()
if child == 0:
    os._exit(0 if seen == ["refused"] and mine[0].rpush("k", "a") == 1 else 1)
assert os.waitpid(child, 0)[1] == 0
assert store.rpush("k", "a") == 1
""")


def test_the_same_where_threads_fork_at_the_same_time() -> None:
    run_python("""
import os, random, threading, time
seen, ends = [], []
def hook():
    try:
        seen.append(store.rpush("k", "b"))
    except redeque.ForkError:
        seen.append("refused")
# Each dawdles in the midst of its fork, and others fork meanwhile.
os.register_at_fork(before=lambda: time.sleep(random.random() / 500), after_in_child=hook)
import redeque
store = redeque.Store()
def fork():
    for _ in range(10):
        child = os.fork()
        if child == 0:
            os._exit(0 if seen == ["refused"] else 1)
        ends.append(os.waitpid(child, 0)[1])
threads = [threading.Thread(target=fork) for _ in range(10)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert ends == [0] * 100, ends
assert store.rpush("k", "a") == 1
""")


def test_a_fork_while_another_thread_makes_the_store_of_an_address() -> None:
    run_python(
        FORK
        + """
import signal
from redeque import _registry
begun, forked = threading.Event(), threading.Event()
def slow(**settings):
    begun.set()
    forked.wait()
    return redeque.Store(**settings)
_registry.Store = slow
maker = threading.Thread(target=redeque.store_at, kwargs={"port": 1})
maker.start()
begun.wait()
_registry.Store = redeque.Store

def child():
    # A child that waits for the lock of a thread that it does not have ends by this.
    signal.alarm(10)
    assert redeque.Redis(port=2).rpush("k", "a") == 1

try:
    in_child(child)
finally:
    forked.set()
    maker.join()
"""
    )


def test_a_fork_of_a_fork() -> None:
    run_python(
        FORK
        + """
def child():
    mine = redeque.Store()
    mine.rpush("k", "a")
    def grandchild():
        refused(lambda: mine.llen("k"))
        assert redeque.Store().rpush("k", "a") == 1
    in_child(grandchild)
    assert mine.llen("k") == 1
in_child(child)
"""
    )


def test_multiprocessing() -> None:
    run_python(
        FORK
        + """
import multiprocessing
store = redeque.Store()
redeque.Redis().rpush("k", "a")
def work(queue):
    try:
        redeque.Redis().rpush("k", "b")
    except redeque.ForkError:
        queue.put("refused")
context = multiprocessing.get_context("fork")
queue = context.Queue()
process = context.Process(target=work, args=(queue,))
process.start()
assert queue.get(timeout=30) == "refused"
process.join()
"""
    )


def test_the_end_of_a_program_in_the_midst_of_it_all() -> None:
    run_python("""
import threading, time, atexit
import redeque
store = redeque.Store()
clients = [redeque.Redis(store=store) for _ in range(10)]
for client in clients:
    client.rpush("k", "a")
    client.connection_pool.get_connection().send_command("BLPOP", "never", 0)
cycle = [store, clients]
cycle.append(cycle)
atexit.register(lambda: store.rpush("never", *range(20)))
""")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python does not refuse it")
def test_a_subinterpreter_cannot_import_it() -> None:
    done = run_python("""
import sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
program = f"import sys; sys.path[:] = {sys.path!r}; import redeque._native"
try:
    raised = interpreters.run_string(interpreters.create(), program)
except interpreters.RunFailedError as error:
    raised = error
print(raised)
""")
    assert "does not support loading in subinterpreters" in done.stdout
