"""The native door: every method, and what is refused."""

from __future__ import annotations

import array
import copy
import io
import math
import pickle
import threading
import types
from collections import deque
from typing import Any

import pytest

import redeque
from conftest import eventually
from redeque import Store


def test_left_and_right(store: Store) -> None:
    assert store.lpush("k", "a", "b") == 2
    assert store.rpush("k", "c") == 3
    assert store.lrange("k") == [b"b", b"a", b"c"]
    assert store.lrange("k", 1, 1) == [b"a"]
    assert (store.lpop("k"), store.rpop("k"), store.rpop("k"), store.rpop("k")) == (b"b", b"c", b"a", None)
    assert store.exists("k") == 0


def test_pops_of_several(store: Store) -> None:
    store.rpush("k", *"abcde")
    assert store.lpop("k", 2) == [b"a", b"b"]
    assert store.rpop("k", count=2) == [b"e", b"d"]
    assert store.lpop("k", 0) == []
    assert store.lpop("missing", 2) is None
    assert store.lmpop(["missing", "k"], "left", 5) == (b"k", [b"c"])
    assert store.lmpop("k", "RIGHT") is None


def test_pushes_to_what_exists(store: Store) -> None:
    assert (store.lpushx("k", "a"), store.rpushx("k", "a", "b")) == (0, 0)
    store.rpush("k", "m")
    assert (store.lpushx("k", "l"), store.rpushx("k", "n", "o")) == (2, 4)
    assert store.lrange("k") == [b"l", b"m", b"n", b"o"]


def test_moves(store: Store) -> None:
    store.rpush("from", "a", "b", "c")
    assert store.lmove("from", "to", "LEFT", "RIGHT") == b"a"
    assert store.rpoplpush("from", "to") == b"c"
    assert store.lrange("to") == [b"c", b"a"]
    assert store.lmove("missing", "to", "left", "left") is None


def test_reads(store: Store) -> None:
    store.rpush("k", "a", "b", "c", "b")
    assert (store.llen("k"), store.llen("missing")) == (4, 0)
    assert (store.lindex("k", -1), store.lindex("k", 4)) == (b"b", None)
    assert store.lpos("k", "b") == 1
    assert store.lpos("k", "b", rank=-1) == 3
    assert store.lpos("k", "b", count=0) == [1, 3]
    assert store.lpos("k", "b", rank=-1, count=0, maxlen=2) == [3]
    assert store.lpos("k", "z") is None
    assert store.lpos("k", "z", count=1) == []


def test_changes(store: Store) -> None:
    store.rpush("k", "a", "b", "a")
    store.lset("k", -1, "c")
    assert store.linsert("k", "BEFORE", "b", "x") == 4
    assert store.linsert("k", "after", "b", "y") == 5
    assert store.linsert("k", "after", "nowhere", "y") == -1
    assert store.lrange("k") == [b"a", b"x", b"b", b"y", b"c"]
    store.ltrim("k", 1, 3)
    assert store.lrem("k", 0, "b") == 1
    assert store.lrange("k") == [b"x", b"y"]


def test_keys(store: Store) -> None:
    for key in ("a", "b", "c"):
        store.rpush(key, key)
    assert sorted(store.keys()) == [b"a", b"b", b"c"]
    assert store.keys("[ab]") in ([b"a", b"b"], [b"b", b"a"])
    assert (store.dbsize(), store.exists("a", "a", "z"), store.touch("a", "z")) == (3, 2, 1)
    assert (store.type("a"), store.type("z")) == ("list", "none")
    assert store.randomkey() in (b"a", b"b", b"c")
    store.rename("a", "d")
    assert (store.renamenx("b", "c"), store.copy("b", "c"), store.copy("b", "c", replace=True)) == (False, False, True)
    assert store.lrange("c") == [b"b"]
    assert (store.delete("b", "z"), store.unlink("c")) == (1, 1)
    cursor, found = store.scan(0, match="*", count=10)
    assert (cursor, found) == (0, [b"d"])
    store.flushdb()
    assert (store.dbsize(), store.randomkey()) == (0, None)


def test_what_keys_and_elements_can_be(store: Store) -> None:
    values = ["é", b"\xff\0", memoryview(b"view"), memoryview(b"a.b.c.")[::2], -7, 2**70, 1.5, math.inf]
    store.rpush("k", *values)
    assert store.lrange("k") == ["é".encode(), b"\xff\0", b"view", b"abc", b"-7", b"1180591620717411303424", b"1.5", b"inf"]
    store.rpush(12, "a")
    assert store.lpop(b"12") == b"a"


@pytest.mark.parametrize(
    ("value", "name"), [(True, "bool"), (None, "NoneType"), ({}, "dict"), ([1], "list"), (bytearray(b"x"), "bytearray")]
)
def test_another_type_is_refused_by_name(store: Store, value: object, name: str) -> None:
    for refused in (
        lambda: store.rpush(value, "a"),
        lambda: store.rpush("k", "a", value),
        lambda: store.rpush("k", value),
        lambda: store.lset("k", 0, value),
        lambda: store.delete("k", value),
        lambda: store.transaction([("RPUSH", "k", "a"), ("RPUSH", "k", value)]),
        lambda: store.connect().execute("RPUSH", "k", value),
    ):
        with pytest.raises(TypeError, match=f"not '{name}'"):
            refused()
    assert store.dbsize() == 0


def test_text_that_is_not_unicode_is_refused(store: Store) -> None:
    with pytest.raises(UnicodeEncodeError):
        store.rpush("k", "a", "\ud800")
    assert store.dbsize() == 0


def test_what_redis_says(store: Store) -> None:
    store.rpush("k", "a")
    for refused, text in [
        (lambda: store.lset("missing", 0, "x"), "ERR no such key"),
        (lambda: store.lset("k", 1, "x"), "ERR index out of range"),
        (lambda: store.lpush("k"), "ERR wrong number of arguments for 'lpush' command"),
        (lambda: store.delete(), "ERR wrong number of arguments for 'del' command"),
        (lambda: store.blpop([]), "ERR wrong number of arguments for 'blpop' command"),
        (lambda: store.lmpop([], "LEFT"), "ERR numkeys should be greater than 0"),
        (lambda: store.lpop("k", -1), "ERR value is out of range, must be positive"),
        (lambda: store.lmove("k", "l", "UP", "LEFT"), "ERR syntax error"),
        (lambda: store.linsert("k", "beside", "a", "b"), "ERR syntax error"),
        (lambda: store.scan(0, count=0), "ERR syntax error"),
        (lambda: store.rename("missing", "k"), "ERR no such key"),
    ]:
        with pytest.raises(redeque.ResponseError) as raised:
            refused()
        assert str(raised.value) == text
        assert isinstance(raised.value, redeque.Error)
    with pytest.raises(redeque.ResponseError, match="RANK can't be zero"):
        store.lpos("k", "a", rank=0)
    assert store.lrange("k") == [b"a"]


def test_numbers_that_are_out_of_range_are_refused_as_redis_refuses_them(store: Store) -> None:
    store.rpush("k", "a")
    session = store.connect()
    for number in (2**63, -(2**63) - 1, 10**400):
        for method, words in [
            (lambda: store.lpop("k", number), ("LPOP", "k", number)),  # noqa: B023
            (lambda: store.lmpop("k", "LEFT", number), None),  # noqa: B023
            (lambda: store.lrange("k", number), ("LRANGE", "k", number, -1)),  # noqa: B023
            (lambda: store.lrange("k", 0, number), ("LRANGE", "k", 0, number)),  # noqa: B023
            (lambda: store.lindex("k", number), ("LINDEX", "k", number)),  # noqa: B023
            (lambda: store.lset("k", number, "a"), ("LSET", "k", number, "a")),  # noqa: B023
            (lambda: store.lrem("k", number, "a"), ("LREM", "k", number, "a")),  # noqa: B023
            (lambda: store.ltrim("k", 0, number), ("LTRIM", "k", 0, number)),  # noqa: B023
            (lambda: store.lpos("k", "a", rank=number), None),  # noqa: B023
            (lambda: store.lpos("k", "a", count=number), None),  # noqa: B023
        ]:
            with pytest.raises(redeque.ResponseError, match="out of range") as refused:
                method()
            if words:
                with pytest.raises(redeque.ResponseError) as by_text:
                    session.execute(*words)
                assert str(refused.value) == str(by_text.value)
    for cursor in (-1, 2**64):
        with pytest.raises(redeque.ResponseError, match="ERR invalid cursor"):
            store.scan(cursor)
    with pytest.raises(TypeError):
        store.lrange("k", "0")  # type: ignore[arg-type]
    assert store.lrange("k") == [b"a"]


@pytest.mark.parametrize(
    "keys", [bytearray(b"ab"), array.array("b", b"ab"), {"a": 1}, types.MappingProxyType({"a": 1}), None, True]
)
def test_keys_are_one_or_a_list(store: Store, keys: Any) -> None:
    store.rpush("a", "1")
    store.rpush("97", "1")
    for refused in (
        lambda: store.blpop(keys, 0),
        lambda: store.brpop(keys, 0),
        lambda: store.blmpop(keys, "LEFT", 1, 0),
        lambda: store.lmpop(keys, "LEFT"),
        lambda: store.blpop_async(keys),
    ):
        with pytest.raises(TypeError, match=f"not '{type(keys).__name__}'"):
            refused()
    assert store.dbsize() == 2


def test_what_several_keys_can_be(store: Store) -> None:
    for keys in (["z", "a"], ("z", b"a"), iter(["z", "a"]), (key for key in "za"), {"a": 1}.keys(), deque(["a"]), "a", b"a"):
        store.rpush("a", "1")
        assert store.blpop(keys, 0) == (b"a", b"1")
    store.rpush("ab", "1")
    assert store.blpop(memoryview(b"ab"), 0) == (b"ab", b"1")


@pytest.mark.parametrize("timeout", [-1, -0.001, math.nan, -math.inf, -(10**400)])
def test_what_is_no_timeout_is_refused(store: Store, timeout: float) -> None:
    store.rpush("k", "a")
    for wait in (store.blpop, store.brpop, store.blpop_async):
        with pytest.raises(ValueError, match="timeout"):
            wait("k", timeout)
    with pytest.raises(TypeError):
        store.blpop("k", "1")  # type: ignore[arg-type]
    assert store.llen("k") == 1


def test_a_timeout_that_no_clock_reaches_is_forever(store: Store) -> None:
    for timeout in (math.inf, 1e300, 2**63, 10**400):
        waiter = threading.Thread(target=store.blpop, args=("k", timeout))
        waiter.start()
        eventually(lambda: store.blocked_clients() == 1)
        store.rpush("k", "a")
        waiter.join()
        assert store.exists("k") == 0


def test_a_transaction_is_carried_out_in_one_go(store: Store) -> None:
    replies = store.transaction([("RPUSH", "a", 1, 2), ("LMOVE", "a", "b", "LEFT", "LEFT"), ("LSET", "c", 0, "x"), ("LLEN", "a")])
    assert replies[:2] + replies[3:] == [2, b"1", 1]
    assert isinstance(replies[2], redeque.ResponseError)
    with pytest.raises(redeque.ResponseError, match="unknown command 'NONSENSE'"):
        store.transaction([("RPUSH", "a", 3), ("NONSENSE",)])
    assert store.lrange("a") == [b"2"]


@pytest.mark.parametrize("command", ["EXEC", "exec", b"Exec", "DISCARD", "RESET", "QUIT", "MULTI", "WATCH k", "EXEC now"])
def test_a_transaction_is_not_ended_by_one_of_its_commands(store: Store, command: str | bytes) -> None:
    words = tuple(command.split()) if isinstance(command, str) else (command,)
    with pytest.raises(redeque.ResponseError):
        store.transaction([("RPUSH", "k", "a"), words, ("RPUSH", "k", "b")])
    assert store.dbsize() == 0


def test_no_command_of_a_transaction_takes_effect_before_its_end(store: Store) -> None:
    names = store.connect().execute("COMMAND", "LIST")
    assert len(names) > 50
    for name in names:
        for words in ((name,), (name, "k"), (name, "k", "a")):
            with pytest.raises(redeque.ResponseError):
                store.transaction([("RPUSH", "k", "a"), words, ("NONSENSE",)])
            assert store.dbsize() == 0, name


def test_a_transaction_of_another_sees_all_of_it_or_nothing(store: Store) -> None:
    seen: set[tuple[int, ...]] = set()
    enough = threading.Event()

    def move() -> None:
        while not enough.is_set():
            store.transaction([("RPUSH", "a", "x"), ("RPUSH", "b", "x")])
            store.transaction([("LPOP", "b"), ("LPOP", "a")])

    def look() -> bool:
        seen.add(tuple(store.transaction([("LLEN", "a"), ("LLEN", "b")])))
        return len(seen) >= 2

    mover = threading.Thread(target=move)
    mover.start()
    try:
        eventually(look)
    finally:
        enough.set()
        mover.join()
    assert seen == {(0, 0), (1, 1)}


def test_a_session(store: Store) -> None:
    session = store.connect()
    assert session.execute("rpush", "k", "a") == 1
    assert session.execute("CLIENT", "ID") >= 1
    with pytest.raises(redeque.ResponseError, match="unknown command 'ACL'"):
        session.execute("ACL", "WHOAMI")
    assert session.execute("WATCH", "k") == b"OK"
    session.execute("MULTI")
    assert session.execute("RPUSH", "k", "b") == b"QUEUED"
    store.rpush("k", "c")
    assert session.execute("EXEC") is None
    assert store.lrange("k") == [b"a", b"c"]
    session.execute("QUIT")
    with pytest.raises(redeque.ClosedError):
        session.execute("PING")


def test_export_to_a_file_that_takes_more_than_it_was_given_is_refused(store: Store) -> None:
    class Greedy:
        def write(self, data: bytes) -> int:
            return 2 * len(data)

    store.rpush("k", "v")
    with pytest.raises(OSError, match="took more than it was given"):
        store.export(Greedy())


@pytest.mark.parametrize("exactly", [False, True])
@pytest.mark.parametrize("bulk", [False, True])
@pytest.mark.parametrize("whereto", ["LEFT", "RIGHT"])
def test_a_move_of_several_is_what_the_command_does(exactly: bool, bulk: bool, whereto: str, store: Store) -> None:
    said = Store()
    words = ("EXACTLY" if exactly else "COUNT", "OBO" if not bulk else "BULK")
    for number in (1, 2, 4):
        for each in (store, said):
            each.flushall()
            each.rpush("k", "a", "b", "c")
            each.rpush("l", "x")
        moved = store.lmovem("k", "l", "LEFT", whereto, number, exactly=exactly, bulk=bulk)  # type: ignore[arg-type]
        assert moved == said.connect().execute("LMOVEM", "k", "l", "LEFT", whereto, words[0], number, words[1])
        assert (moved is None) == (exactly and number == 4)
        assert (store.lrange("k"), store.lrange("l")) == (said.lrange("k"), said.lrange("l"))


def test_a_move_of_several_that_are_none(store: Store) -> None:
    store.rpush("k", "a", "b")
    assert store.lmovem("missing", "l", "LEFT", "LEFT") is None
    assert store.lmovem("k", "l", "RIGHT", "LEFT") == [b"b"]
    for refused in (0, -1):
        with pytest.raises(redeque.ResponseError, match="ERR"):
            store.lmovem("k", "l", "LEFT", "LEFT", refused)
    assert store.lrange("k") == [b"a"]


def test_export_and_import(store: Store) -> None:
    store.rpush("k", "a", b"\xff", "c" * 100_000)
    store.rpush("l", "b")
    file = io.BytesIO()
    assert store.export(file) == 2
    copied = Store()
    assert copied.import_(io.BytesIO(file.getvalue())) == 2
    assert copied.lrange("k") == store.lrange("k")
    assert Store().import_commands(io.BytesIO(b"RPUSH k a\nDEL k\n")) == 2
    with pytest.raises(redeque.TransferError, match="at byte 10: 'DEL' refused"):
        Store().import_(io.BytesIO(b"RPUSH k a\nDEL k\n"))


def test_a_snapshot_is_a_store_of_its_own(store: Store) -> None:
    store.rpush("k", "a", b"\xff", "c" * 100_000)
    snapshot = store.snapshot()
    assert store.rpush("k", "later") == 4
    assert snapshot.lpop("k") == b"a"
    assert snapshot.lrange("k") == [b"\xff", b"c" * 100_000]
    assert store.lrange("k") == [b"a", b"\xff", b"c" * 100_000, b"later"]
    store.close()
    assert not store.snapshot().is_closed()


def test_an_export_of_a_snapshot_has_each_element_once(store: Store) -> None:
    class Mover(io.BytesIO):
        def write(self, data: bytes) -> int:  # type: ignore[override]
            if not self.getvalue():
                store.lmove("k", "l", "LEFT", "RIGHT")
                store.lmove("l", "k", "LEFT", "RIGHT")
            return super().write(data)

    elements = [b"%d" % number * 100_000 for number in range(1, 5)]
    store.rpush("k", *elements[:2])
    store.rpush("l", *elements[2:])
    file = Mover()
    assert store.snapshot().export(file) == 2
    assert store.lrange("k") == [elements[1], elements[2]]
    copied = Store()
    copied.import_(io.BytesIO(file.getvalue()))
    assert copied.lrange("k") + copied.lrange("l") == elements


def test_what_a_file_raises_is_raised(store: Store) -> None:
    class Broken(io.RawIOBase):
        def write(self, _: object) -> int:
            raise KeyError("full")

        def read(self, _: int = -1) -> bytes:
            raise KeyError("gone")

    store.rpush("k", "a")
    with pytest.raises(KeyError, match="full"):
        store.export(Broken())
    with pytest.raises(KeyError, match="gone"):
        store.import_(Broken())
    with pytest.raises(TypeError, match="'write'"):
        store.export("lists.resp")  # type: ignore[arg-type]


def test_a_file_may_use_the_store_meanwhile(store: Store) -> None:
    class Nosy(io.BytesIO):
        def write(self, data: bytes) -> int:  # type: ignore[override]
            store.rpush("seen", len(data))
            return super().write(data)

    store.rpush("k", "a")
    store.export(Nosy())
    assert store.exists("seen") == 1


def test_pickling_is_refused(store: Store) -> None:
    for refused in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match=r"lists live in this process"):
            refused(store)


def test_every_command_has_a_method(store: Store) -> None:
    """Those of lists and keys, by Redis's names."""
    session = store.connect()
    session.execute("HELLO", "3")
    documented = session.execute("COMMAND", "DOCS")
    names = {name.decode() for name, told in documented.items() if told[b"group"] in (b"list", b"generic")}
    # What Python keeps the name of, and what is said by text alone.
    names = names - {"del", "sort", "sort_ro", "object", "move", "wait", "waitaof"} | {"delete"}
    assert len(names) > 30
    assert [name for name in names if not hasattr(store, name)] == []
    waiting = [name for name in names if name.startswith("b")]
    assert [name for name in waiting if not hasattr(store, f"{name}_async")] == []


def test_stats(store: Store) -> None:
    store.rpush("k", "a")
    store.rpush("due", "a")
    store.expire("due", 1000)
    assert store.blpop("none", 0.001) is None
    first, _second = store.connect(), store.connect()
    first.execute("WATCH", "a", "b")
    assert store.stats() == {
        "keys": 2,
        "elements": 2,
        "commits": 3,
        "log_bytes": 0,
        "keys_with_deadline": 1,
        "expired": 0,
        "bytes": store.used_memory(),
        "waiters": 0,
        "waits_served": 0,
        "waits_given_up": 1,
        "watched_keys": 2,
        "connections": 2,
        "connections_received": 2,
    }
    first.execute("CONFIG", "RESETSTAT")
    assert (store.stats()["waits_given_up"], store.stats()["connections_received"]) == (0, 0)
    assert (store.stats()["elements"], store.stats()["commits"]) == (2, 0)


def test_repr(store: Store) -> None:
    store.rpush("k", "a")
    assert repr(store) == "<redeque.Store with 1 keys>"


def test_what_is_no_store_is_refused() -> None:
    with pytest.raises(TypeError, match="not 'dict'"):
        redeque.Redis(store={})  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        redeque.Session({})  # type: ignore[arg-type]
