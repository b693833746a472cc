"""A session that is used while Python runs in the midst of one of its calls: by another thread, or by what it runs."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from typing import Any

import pytest

import redeque
from conftest import SECONDS, eventually


def waiting_session(session: redeque.Session, store: redeque.Store) -> tuple[threading.Thread, list[Any]]:
    """A thread that waits for an element in it, and what it got."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(session.execute("BLPOP", "k", "0")))
    thread.start()
    eventually(lambda: store.blocked_clients() == 1)
    return thread, results


@pytest.mark.parametrize("several", [False, True])
def test_a_wait_ends_while_another_thread_encodes(several: bool, store: redeque.Store) -> None:
    def encode(word: str) -> bytes:
        if word == "later":
            store.rpush("k", "a")
            thread.join(SECONDS)
        return word.encode()

    session = redeque.Session(store, encode=encode)
    thread, results = waiting_session(session, store)
    if several:
        session.send_all([("ECHO", "later"), ("ECHO", "b")])
    else:
        session.send(("ECHO", "later"))
    assert results == [[b"k", b"a"]]
    assert session.take() == b"later"
    assert session.pending == several


def test_two_threads_that_share_a_session_lose_nothing(store: redeque.Store) -> None:
    """One is refused while the other waits, and the other's element is its own."""
    session = store.connect()
    for _ in range(200):
        thread, results = waiting_session(session, store)
        pusher = threading.Thread(target=store.rpush, args=("k", "a"))
        pusher.start()
        refused = 0
        while thread.is_alive():
            for use in (lambda: session.execute("PING"), session.read, session.take, lambda: session.poll(lambda: None)):
                try:
                    use()
                except RuntimeError as error:
                    refused += "for one thread at a time" in str(error)
                if not thread.is_alive():
                    break
        pusher.join()
        thread.join()
        assert results == [[b"k", b"a"]]
        assert store.exists("k") == 0
        while session.pending:
            session.take()


def test_a_thread_is_refused_while_another_waits_in_the_session(store: redeque.Store) -> None:
    session = store.connect()
    thread, results = waiting_session(session, store)
    for use in (lambda: session.execute("PING"), session.read, session.take, lambda: session.poll(lambda: None)):
        with pytest.raises(RuntimeError, match="for one thread at a time"):
            use()
    session.send(("ECHO", "b"))
    store.rpush("k", "a")
    thread.join(SECONDS)
    assert results == [[b"k", b"a"]]
    assert session.read() == b"b"
    assert session.execute("PING") == b"PONG"


def test_a_reply_is_not_taken_for_that_to_another_command(store: redeque.Store) -> None:
    session = store.connect()
    session.send(("ECHO", "a"))
    with pytest.raises(RuntimeError, match="has not been read"):
        session.execute("RPUSH", "k", "a")
    assert session.take() == b"a"
    session.send(("BLPOP", "k", 0))
    with pytest.raises(RuntimeError, match="has not been read"):
        session.execute("RPUSH", "l", "a")
    store.rpush("k", "a")
    assert session.read() == [b"k", b"a"]
    assert store.exists("l") == 0


def test_what_was_replied_before_a_session_was_closed_can_be_read(store: redeque.Store) -> None:
    """Who waited for it may be about to read it when another thread closes."""
    store.rpush("k", "a")
    session = store.connect()
    session.send(("LPOP", "k"))
    session.close()
    assert session.closed
    assert session.take() == b"a"
    with pytest.raises(redeque.ClosedError):
        session.take()


def test_a_session_is_closed_once_it_said_quit(store: redeque.Store) -> None:
    session = store.connect()
    assert not session.closed
    session.execute("QUIT")
    assert session.closed
    with pytest.raises(redeque.ClosedError):
        session.execute("PING")


def test_a_session_may_be_closed_by_what_encodes_decodes_or_raises(store: redeque.Store) -> None:
    session: redeque.Session

    def closing(word: Any) -> Any:
        session.close()
        return word

    session = redeque.Session(store, encode=closing)
    with pytest.raises(redeque.ClosedError):
        session.send((b"PING", b"a"))
    session = redeque.Session(store, decode=closing)
    assert session.execute("ECHO", "a") == b"a"
    session = redeque.Session(store, parse_error=lambda text: closing(KeyError(text)))
    with pytest.raises(KeyError, match="ERR unknown command"):
        session.execute("NONSENSE")
    with pytest.raises(redeque.ClosedError):
        session.execute("PING")


def test_what_is_sent_while_a_command_runs_follows_it(store: redeque.Store) -> None:
    session = store.connect()
    seen: list[Any] = []

    def ring() -> None:
        """Runs in the midst of the push."""
        session.send(("RPUSH", "l", "b"))
        seen.append(session.pending)
        with pytest.raises(RuntimeError, match="is being run"):
            session.take()
        with pytest.raises(RuntimeError, match="is being run"):
            session.execute("RPUSH", "l", "c")

    wait = store.blpop_async("k")
    assert not wait.poll(ring)
    session.send(("RPUSH", "k", "a"))
    session.send(("LLEN", "l"))
    assert seen == [True]
    assert [session.take() for _ in range(3)] == [1, 1, 1]
    assert not session.pending
    assert wait.poll(ring)


def test_a_session_that_is_closed_while_its_command_runs_has_the_reply(store: redeque.Store) -> None:
    session = store.connect()
    wait = store.blpop_async("k")
    assert not wait.poll(session.close)
    session.send(("RPUSH", "k", "a"))
    assert session.take() == 1
    with pytest.raises(redeque.ClosedError):
        session.take()


@pytest.mark.parametrize("part", ["encode", "decode", "parse_error"])
def test_a_cycle_through_a_session_is_collected(part: str, store: redeque.Store) -> None:
    class Client:
        def __init__(self) -> None:
            self.session = redeque.Session(store, **{part: self.convert})

        def convert(self, word: Any) -> Any:
            return word

    client = Client()
    gone = weakref.ref(client)
    del client
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("timeout", [-1, -0.001, float("nan"), float("-inf")])
def test_what_is_no_timeout_is_refused(timeout: float, store: redeque.Store) -> None:
    session = store.connect()
    session.send(("BLPOP", "k", "0"))
    with pytest.raises(ValueError, match="timeout"):
        session.read(timeout=timeout)
    store.rpush("k", "a")
    assert session.read(timeout=0) == [b"k", b"a"]


def test_a_session_that_is_dropped_while_an_exception_is_under_way_wakes_the_next(store: redeque.Store) -> None:
    async def wait() -> tuple[bytes, bytes] | None:
        return await store.blpop_async("k")

    async def main() -> tuple[bytes, bytes] | None:
        first = [store.connect()]
        first[0].send(("BLPOP", "k", 0))
        second = asyncio.ensure_future(wait())
        await asyncio.sleep(0)
        assert store.blocked_clients() == 2
        store.rpush("k", "job")
        with pytest.raises(ZeroDivisionError):
            [first.pop(), 1 / 0]
        return await asyncio.wait_for(second, SECONDS)

    assert asyncio.run(main()) == (b"k", b"job")


def test_a_silent_session_has_no_replies_and_keeps_nobody_waiting(store: redeque.Store) -> None:
    session = store.connect()
    assert session.execute("CLIENT", "REPLY", "OFF") is None
    assert session.execute("RPUSH", "k", "a", "b") is None
    assert session.execute("BLPOP", "none", "0.001") is None
    session.send(("LPOP", "k"))
    assert (session.pending, session.read()) == (False, None)
    assert session.execute("CLIENT", "REPLY", "ON") == b"OK"
    assert session.execute("CLIENT", "REPLY", "SKIP") is None
    session.send_all([("LLEN", "k"), ("PING",)])
    assert (session.read(), session.pending) == (b"PONG", False)


def test_a_session_that_was_killed_is_closed(store: redeque.Store) -> None:
    killer, other = store.connect(), store.connect()
    assert killer.execute("CLIENT", "KILL", "ID", other.execute("CLIENT", "ID")) == 1
    assert other.closed
    with pytest.raises(redeque.ClosedError, match="the session is closed"):
        other.execute("PING")
