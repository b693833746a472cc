"""Every command through redis-py, on redeque and on real servers: the same calls, the same replies."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import redis
import redis.asyncio

import redeque
import redeque.asyncio

Step = Callable[[Any], Any]

LISTS: list[Step] = [
    lambda c: c.rpush("k", "a", b"b", 3, 4.5),
    lambda c: c.lpush("k", "é", b"\xc3\xa4", "", memoryview(b"view")),
    lambda c: c.lpushx("k", "x"),
    lambda c: c.rpushx("missing", "x"),
    lambda c: c.llen("k"),
    lambda c: c.lrange("k", 0, -1),
    lambda c: c.lrange("k", 5, 2),
    lambda c: c.lindex("k", 0),
    lambda c: c.lindex("k", 99),
    lambda c: c.lpos("k", "b"),
    lambda c: c.lpos("k", "b", rank=-1, count=0, maxlen=0),
    lambda c: c.lpos("k", "z", count=0),
    lambda c: c.lpos("k", "z"),
    lambda c: c.lpos("k", "z", rank=0),
    lambda c: c.lset("k", 0, "first"),
    lambda c: c.lset("k", 99, "first"),
    lambda c: c.lset("missing", 0, "first"),
    lambda c: c.linsert("k", "BEFORE", "b", "before"),
    lambda c: c.linsert("k", "after", "nowhere", "after"),
    lambda c: c.linsert("missing", "after", "b", "after"),
    lambda c: c.lrem("k", 0, "x"),
    lambda c: c.lrem("k", -1, "x"),
    lambda c: c.ltrim("k", 1, -2),
    lambda c: c.lpop("k"),
    lambda c: c.rpop("k", 2),
    lambda c: c.lpop("k", 0),
    lambda c: c.lpop("missing"),
    lambda c: c.lpop("missing", 2),
    lambda c: c.lpop("k", -1),
    lambda c: c.lmove("k", "l"),
    lambda c: c.lmove("k", "l", "RIGHT", "RIGHT"),
    lambda c: c.lmove("missing", "l"),
    lambda c: c.rpoplpush("k", "l"),
    lambda c: c.lmpop(2, "missing", "l", direction="LEFT", count=2),
    lambda c: c.lmpop(1, "missing", direction="LEFT"),
    lambda c: c.blpop(["missing", "l"], 1),
    lambda c: c.rpush("l", "a", "b", "c", "d", "e"),
    lambda c: c.blpop("l", 0),
    lambda c: c.brpop("l"),
    lambda c: c.brpoplpush("l", "m", 0),
    lambda c: c.blmove("l", "m", 1),
    lambda c: c.blmpop(1, 2, "missing", "m", direction="RIGHT", count=9),
    lambda c: c.blpop("missing", 0.01),
    lambda c: c.blmove("missing", "m", 0.01),
    lambda c: c.blmpop(0.01, 1, "missing", direction="LEFT"),
    lambda c: c.blpop("missing", -1),
    lambda c: c.blpop("missing", "nonsense"),
    lambda c: c.execute_command("LPUSH", "k"),
    lambda c: c.execute_command("LPOP"),
]

KEYS: list[Step] = [
    lambda c: c.ping(),
    lambda c: c.echo("hello"),
    lambda c: c.dbsize(),
    lambda c: c.randomkey(),
    lambda c: c.rpush("a", "1", "3", "2"),
    lambda c: c.rpush("b", "x"),
    lambda c: c.exists("a", "a", "b", "z"),
    lambda c: c.keys("a*"),
    lambda c: c.type("a"),
    lambda c: c.type("z"),
    lambda c: c.touch("a", "z"),
    lambda c: c.rename("a", "c"),
    lambda c: c.rename("missing", "c"),
    lambda c: c.renamenx("b", "c"),
    lambda c: c.renamenx("b", "d"),
    lambda c: c.copy("c", "d"),
    lambda c: c.copy("c", "d", replace=True),
    lambda c: c.copy("c", "c"),
    lambda c: c.sort("c"),
    lambda c: c.sort("c", start=0, num=2, desc=True),
    lambda c: c.sort("c", store="sorted"),
    lambda c: c.sort("d", by="nosort", get="#"),
    lambda c: c.sort_ro("c", alpha=True),
    lambda c: c.execute_command("SORT_RO", "c", "DESC"),
    lambda c: c.rpush("letters", "x", "y"),
    lambda c: c.sort("letters"),
    lambda c: c.scan(0, match="zz*"),
    lambda c: c.scan(0, match="c", count=1000, _type="list"),
    lambda c: c.execute_command("SCAN", "nonsense"),
    lambda c: c.delete("c", "z"),
    lambda c: c.unlink("d"),
    lambda c: c.delete(),
    lambda c: c.execute_command("NONSENSE", "a", "b"),
    lambda c: c.execute_command("OBJECT", "ENCODING", "missing"),
    lambda c: c.execute_command("CLIENT GETNAME"),
    lambda c: c.client_setname("me"),
    lambda c: c.client_setname("not me"),
    lambda c: c.execute_command("COMMAND", "LIST", "FILTERBY", "PATTERN", "lpus*"),
    lambda c: c.execute_command("CLIENT UNBLOCK", 999999),
    lambda c: c.execute_command("SELECT", "nonsense"),
    lambda c: c.execute_command("AUTH", "default", "secret"),
    lambda c: c.client_getredir(),
    lambda c: c.client_no_evict("ON"),
    lambda c: c.client_kill_filter(_id=999999),
    lambda c: c.client_kill("nowhere:1"),
    lambda c: c.client_list(client_id=[999999]),
    lambda c: c.client_list(_type="pubsub"),
    lambda c: c.client_reply("ON"),
    lambda c: c.config_get("maxmemory"),
    lambda c: c.config_get("nonsense"),
    lambda c: c.config_set("nonsense", 1),
    lambda c: c.config_resetstat(),
    lambda c: c.info("cluster"),
    lambda c: c.info("nonsense"),
    lambda c: c.memory_usage("missing"),
    lambda c: c.object("refcount", "c"),
    lambda c: c.object("freq", "missing"),
    lambda c: c.command_getkeys("rpush", "a", "b"),
    lambda c: c.command_getkeys("lmpop", 0, "a", "LEFT"),
    lambda c: c.move("c", 0),
    lambda c: c.swapdb(0, 0),
    lambda c: c.wait(0, 0),
    lambda c: c.execute_command("TIME", "x"),
    lambda c: c.execute_command("ROLE", "x"),
    lambda c: c.execute_command("DISCARD"),
    lambda c: c.execute_command("EXEC"),
    lambda c: c.flushdb(),
    lambda c: c.flushall(),
    lambda c: c.dbsize(),
]

YEAR_2100 = 4_102_444_800

EXPIRY: list[Step] = [
    *(lambda c, of=of: getattr(c, of)("missing") for of in ("ttl", "pttl", "expiretime", "pexpiretime", "persist")),
    lambda c: c.expire("missing", 10),
    lambda c: c.rpush("k", "3", "1", "2"),
    *(lambda c, of=of: getattr(c, of)("k") for of in ("ttl", "pttl", "expiretime", "pexpiretime", "persist")),
    lambda c: c.expire("k", 1000),
    lambda c: c.ttl("k"),
    lambda c: c.expire("k", timedelta(seconds=500, milliseconds=900)),
    lambda c: c.ttl("k"),
    lambda c: c.pexpire("k", timedelta(seconds=700)),
    lambda c: c.ttl("k"),
    lambda c: c.pexpire("k", 100_000, gt=True),
    lambda c: c.expire("k", 100, lt=True),
    lambda c: c.expire("k", 100, nx=True),
    lambda c: c.expire("k", 200, xx=True, gt=True),
    lambda c: c.expire("k", 200, nx=True, xx=True),
    lambda c: c.expire("k", 200, gt=True, lt=True),
    lambda c: c.expireat("k", YEAR_2100),
    lambda c: c.expiretime("k"),
    lambda c: c.expireat("k", datetime(2100, 1, 2, 3, 4, 5, 999_999, timezone.utc)),
    lambda c: c.pexpiretime("k"),
    lambda c: c.pexpireat("k", datetime(2100, 1, 2, 3, 4, 5, 500_000, timezone.utc)),
    lambda c: c.expiretime("k"),
    lambda c: c.pexpiretime("k"),
    lambda c: c.pexpireat("k", YEAR_2100 * 1000 + 1, lt=True),
    lambda c: c.rename("k", "l"),
    lambda c: c.copy("l", "m"),
    lambda c: c.pexpiretime("m"),
    lambda c: c.sort("l", store="m"),
    lambda c: c.ttl("m"),
    lambda c: c.lmove("l", "n"),
    lambda c: c.ttl("n"),
    lambda c: c.expire("l", "nonsense"),
    lambda c: c.expire("l", 1.5),
    lambda c: c.expire("l", 2**62),
    lambda c: c.pexpire("l", 2**63 - 1),
    lambda c: c.expireat("l", -(2**63)),
    lambda c: c.execute_command("EXPIRE", "l", "1", "LATER"),
    lambda c: c.pexpiretime("l"),
    lambda c: c.persist("l"),
    lambda c: c.ttl("l"),
    lambda c: c.expire("l", 0),
    lambda c: c.exists("l"),
    lambda c: c.pexpire("m", -1),
    lambda c: c.pexpireat("n", 1),
    lambda c: c.dbsize(),
    lambda c: c.pipeline().rpush("p", "a").expire("p", 100).ttl("p").persist("p").expire("p", -1).execute(),
    lambda c: c.ttl("p"),
]

BAD: list[Step] = [
    lambda c: c.rpush("k", {}),
    lambda c: c.rpush("k", True),
    lambda c: c.rpush("k", "a", None),
    lambda c: c.rpush(["k"], "a"),
    lambda c: c.rpush("k", "\ud800"),
    lambda c: c.exists("k"),
]


def pipelined(transaction: bool, raising: bool) -> Step:
    """Commands of which one fails."""

    def step(c: Any) -> Any:
        pipe = c.pipeline(transaction=transaction)
        pipe.rpush("p", "a", "b")
        pipe.lrange("p", 0, -1)
        pipe.lset("missing", 0, "x")
        pipe.lpop("p", 1)
        pipe.blpop("p", 1)
        pipe.ping()
        return pipe.execute(raise_on_error=raising)

    return step


def spoilt(c: Any) -> Any:
    """A transaction with a command that no server knows."""
    return c.pipeline().rpush("p", "a").execute_command("NONSENSE").execute()


PIPELINES: list[Step] = [
    *(pipelined(transaction, raising) for transaction, raising in itertools.product([True, False], repeat=2)),
    spoilt,
    lambda c: c.pipeline().execute(),
    lambda c: c.pipeline().rpush("p", {}).execute(),
    lambda c: c.pipeline(transaction=False).rpush("q", "a").rpush("q", {}).execute(),
    lambda c: c.exists("q"),
    lambda c: c.exists("p"),
]

OPTIONS = [
    {"protocol": protocol, "decode_responses": decode} for protocol, decode in itertools.product([2, 3, None], [False, True])
] + [{"encoding": "latin-1", "decode_responses": True}, {"encoding_errors": "replace", "decode_responses": True}]


def shown(reply: Any) -> Any:
    """A reply that can be compared: an exception by its class and its words."""
    if isinstance(reply, BaseException):
        return type(reply).__name__, [str(argument) for argument in reply.args]
    if isinstance(reply, (list, tuple)):
        return type(reply)(map(shown, reply))
    return reply


def outcomes(client: Any, steps: list[Step]) -> list[Any]:
    replies = []
    for step in steps:
        try:
            replies.append(shown(step(client)))
        except Exception as error:
            replies.append(shown(error))
    return replies


async def outcomes_of_tasks(client: Any, steps: list[Step]) -> list[Any]:
    replies = []
    for step in steps:
        try:
            made = step(client)
            replies.append(shown(await made if inspect.isawaitable(made) else made))
        except Exception as error:
            replies.append(shown(error))
    return replies


PROGRAMS = {"lists": LISTS, "keys": KEYS, "expiry": EXPIRY, "bad": BAD, "pipelines": PIPELINES}


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("program", PROGRAMS)
def test_threads_get_what_a_server_replies(server: int, program: str, options: dict[str, Any]) -> None:
    theirs = redis.Redis(port=server, **options)
    theirs.flushall()
    ours = redeque.Redis(store=redeque.Store(), **options)
    steps = PROGRAMS[program]
    for place, (reply, expected) in enumerate(zip(outcomes(ours, steps), outcomes(theirs, steps), strict=True)):
        assert reply == expected, f"step {place} of {program}"
    theirs.close()


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("program", PROGRAMS)
async def test_tasks_get_what_a_server_replies(server: int, program: str, options: dict[str, Any]) -> None:
    theirs = redis.asyncio.Redis(port=server, **options)
    await theirs.flushall()
    ours = redeque.asyncio.Redis(store=redeque.Store(), **options)
    steps = PROGRAMS[program]
    replies, expected = await outcomes_of_tasks(ours, steps), await outcomes_of_tasks(theirs, steps)
    for place, pair in enumerate(zip(replies, expected, strict=True)):
        assert pair[0] == pair[1], f"step {place} of {program}"
    await theirs.aclose()
    await ours.aclose()


def test_every_list_and_generic_command_is_said() -> None:
    """So that the comparison above compares them."""
    said: set[str] = set()

    class Noting(redeque.Connection):
        def send_command(self, *args: Any, **kwargs: Any) -> None:
            said.add(str(args[0]).split()[0].lower())
            super().send_command(*args, **kwargs)

    client = redis.Redis(connection_pool=redis.ConnectionPool(connection_class=Noting, store=redeque.Store()))
    outcomes(client, LISTS + KEYS + EXPIRY)
    known = redeque.Store().connect().execute("COMMAND", "LIST")
    ours = {name.decode().partition("|")[0] for name in known}
    # What pipelines and connections say themselves; and what these servers do not know yet, which is in test_batches.
    assert ours - said <= {"multi", "watch", "unwatch", "reset", "quit", "hello", "lmovem", "blmovem"} | {
        # They speak of a server's own files: see test_log.
        "bgrewriteaof",
        "lastsave",
        "waitaof",
    }


def test_a_watched_key_that_changes_is_a_watch_error(client: redeque.Redis) -> None:
    with client.pipeline() as pipe:
        pipe.watch("k")
        client.rpush("k", "a")
        pipe.multi()
        pipe.rpush("k", "b")
        with pytest.raises(redis.WatchError):
            pipe.execute()
    assert client.lrange("k", 0, -1) == [b"a"]


def test_transaction_tries_again(client: redeque.Redis) -> None:
    tries = 0

    def move(pipe: Any) -> None:
        nonlocal tries
        tries += 1
        length = pipe.llen("k")
        if tries == 1:
            client.rpush("k", "another")
        pipe.multi()
        pipe.rpush("lengths", length)

    assert client.transaction(move, "k") == [1]
    assert (tries, client.lrange("lengths", 0, -1)) == (2, [b"1"])


def test_scan_iter(client: redeque.Redis) -> None:
    for number in range(1000):
        client.rpush(f"key:{number}", "x")
    client.rpush("other", "x")
    assert len(set(client.scan_iter(match="key:*", count=10))) == 1000


async def test_watch_in_tasks(store: redeque.Store) -> None:
    client = redeque.asyncio.Redis(store=store)
    async with client.pipeline() as pipe:
        await pipe.watch("k")
        store.rpush("k", "a")
        pipe.multi()
        pipe.rpush("k", "b")
        with pytest.raises(redis.WatchError):
            await pipe.execute()
    assert store.lrange("k") == [b"a"]
    await client.aclose()
