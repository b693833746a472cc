"""What redis-py asks of a connection, and where one in process could go wrong."""

from __future__ import annotations

import asyncio
import inspect
import math
import pathlib
import threading
import time
from typing import Any

import pytest
import redis
import redis.asyncio
from redis._parsers import Encoder

import redeque
import redeque.asyncio
from conftest import eventually, eventually_in_loop, run_python


def connection_of(client: redis.Redis) -> Any:
    return client.connection_pool.get_connection()


def test_the_same_address_is_the_same_store() -> None:
    first = redeque.Redis(port=7001)
    first.rpush("k", "a")
    assert redeque.Redis("localhost", 7001).lrange("k", 0, -1) == [b"a"]
    assert redeque.Redis.from_url("redis://localhost:7001/0").lrange("k", 0, -1) == [b"a"]
    assert redeque.Redis.from_url("rediss://localhost:7001").lrange("k", 0, -1) == [b"a"]
    assert redeque.asyncio.Redis(port=7001).store is first.store is redeque.store_at(port=7001)
    assert redeque.Redis(port=7002).exists("k") == 0
    assert redeque.Redis(host="queue.example", port=7001).exists("k") == 0
    by_path = redeque.Redis(unix_socket_path="/run/redis.sock")
    by_path.rpush("p", "a")
    assert redeque.Redis.from_url("unix:///run/redis.sock?db=0").exists("p") == 1
    assert redeque.Redis(port=7001).exists("p") == 0


def test_a_store_of_its_own(store: redeque.Store) -> None:
    client = redeque.Redis(store=store)
    client.rpush("k", "a")
    assert store.lrange("k") == [b"a"]
    assert client.store is store
    assert redeque.Redis.from_url("redis://elsewhere", store=store, decode_responses=True).lpop("k") == "a"


def test_a_pool_of_redis_pys_own(store: redeque.Store) -> None:
    for protocol in (2, 3, None):
        pool = redis.ConnectionPool(
            connection_class=redeque.Connection, store=store, protocol=protocol, decode_responses=True, nonsense=1
        )
        client = redis.Redis(connection_pool=pool)
        assert client.rpush("k", "a") == 1
        assert client.lpop("k") == "a"
        assert redeque.Redis(connection_pool=pool).ping()
        assert redis.BlockingConnectionPool(connection_class=redeque.Connection, store=store).get_connection().is_connected
    with pytest.raises(TypeError, match="give the store to the pool"):
        redeque.Redis(connection_pool=pool, store=store)


async def test_a_pool_of_redis_pys_own_for_tasks(store: redeque.Store) -> None:
    for protocol in (2, 3, None):
        pool = redis.asyncio.ConnectionPool(
            connection_class=redeque.asyncio.Connection, store=store, protocol=protocol, decode_responses=True, nonsense=1
        )
        client = redis.asyncio.Redis(connection_pool=pool)
        assert await client.rpush("k", "a") == 1
        assert await client.lpop("k") == "a"
        await client.aclose()
        await pool.disconnect()


def at_its_place(pool: redis.ConnectionPool) -> list[Any]:
    """A client's positional arguments, the last of which is a pool."""
    parameters = inspect.signature(redis.Redis.__init__).parameters.values()
    names = [parameter.name for parameter in parameters]
    defaults = [parameter.default for parameter in parameters][1 : names.index("connection_pool")]
    return [*defaults, pool]


async def test_a_pool_whose_connections_are_to_a_server_is_refused(store: redeque.Store) -> None:
    of_threads = [redis.ConnectionPool(), redis.BlockingConnectionPool(port=7003), redis.ConnectionPool.from_url("redis://")]
    of_tasks = [redis.asyncio.ConnectionPool(), redis.asyncio.BlockingConnectionPool()]
    ours = redis.ConnectionPool(connection_class=redeque.Connection, store=store)
    ours_of_tasks = redis.asyncio.ConnectionPool(connection_class=redeque.asyncio.Connection, store=store)
    for package, pools in ((redeque, [*of_threads, *of_tasks, ours_of_tasks]), (redeque.asyncio, [*of_tasks, *of_threads, ours])):
        for pool in pools:
            for made in (lambda p=pool, c=package.Redis: c(connection_pool=p), lambda p=pool, c=package.Redis: c.from_pool(p)):
                with pytest.raises(TypeError, match=rf"to a server.*connection_class={package.__name__}\.Connection"):
                    made()
    with pytest.raises(TypeError, match="to a server"):
        redeque.Redis(*at_its_place(of_threads[0]))
    with pytest.raises(TypeError, match="to a server"):
        redeque.Redis.from_url("redis://", connection_class=redis.Connection)
    assert redeque.Redis(*at_its_place(ours)).rpush("k", "a") == store.llen("k") == 1
    assert redeque.Redis.from_pool(ours).store is store


def test_the_arguments_of_a_client_reach_its_connections(store: redeque.Store) -> None:
    client = redeque.Redis(
        store=store,
        socket_timeout=0.25,
        max_connections=3,
        client_name="me",
        protocol=3,
        encoding="latin-1",
        decode_responses=True,
        health_check_interval=9,
        username="default",
        password="secret",
        ssl=True,
        single_connection_client=True,
        socket_keepalive=False,
    )
    connection = client.connection
    assert type(connection) is redeque.Connection
    assert (connection.socket_timeout, connection.encoder.encoding, connection.protocol) == (0.25, "latin-1", 3)
    assert client.connection_pool.max_connections == 3
    assert client.execute_command("CLIENT GETNAME") == "me"
    client.rpush("k", "é")
    assert (store.lindex("k", 0), client.lindex("k", 0)) == (b"\xe9", "é")
    positional = redeque.Redis("localhost", 6379, 0, None, 1.5)
    assert connection_of(positional).socket_timeout == 1.5


def test_no_timeout_unless_one_is_said(store: redeque.Store) -> None:
    for client in (
        redeque.Redis(store=store),
        redeque.Redis.from_url("redis://", store=store),
        redis.Redis(connection_pool=redis.ConnectionPool(connection_class=redeque.Connection, store=store)),
        redeque.Redis("localhost", 6379),
    ):
        assert connection_of(client).socket_timeout is None
    assert redeque.asyncio.Redis(store=store).connection_pool.make_connection().socket_timeout is None
    assert connection_of(redeque.Redis.from_url("redis://?socket_timeout=2.5", store=store)).socket_timeout == 2.5


def test_an_explicit_timeout_is_redis_pys_and_takes_nothing(store: redeque.Store) -> None:
    no_retry = redis.retry.Retry(redis.backoff.NoBackoff(), 0)
    client = redeque.Redis(store=store, socket_timeout=0.05, retry=no_retry)
    begun = time.monotonic()
    with pytest.raises(redis.TimeoutError, match="Timeout reading"):
        client.blpop("k", 0)
    assert 0.05 <= time.monotonic() - begun < 5
    assert store.blocked_clients() == 0
    store.rpush("k", "a")
    assert store.lrange("k") == [b"a"]
    assert client.blpop("k", 0) == (b"k", b"a")
    assert client.blpop("k", 0.01) is None


async def test_an_explicit_timeout_for_tasks(store: redeque.Store) -> None:
    no_retry = redis.asyncio.retry.Retry(redis.backoff.NoBackoff(), 0)
    client = redeque.asyncio.Redis(store=store, socket_timeout=0.05, retry=no_retry)
    with pytest.raises(redis.TimeoutError, match="Timeout reading"):
        await client.blpop("k", 0)
    assert store.blocked_clients() == 0
    store.rpush("k", "a")
    assert await client.blpop("k", 0) == (b"k", b"a")
    await client.aclose()


@pytest.mark.parametrize("timeout", [-1, -0.001, math.nan, -math.inf])
async def test_what_is_no_timeout_is_refused(timeout: float, store: redeque.Store) -> None:
    for package in (redeque, redeque.asyncio):
        with pytest.raises(ValueError, match="timeout"):
            package.Redis(store=store, socket_timeout=timeout)
        with pytest.raises(ValueError, match="timeout"):
            package.Connection(store=store, socket_timeout=timeout)
    connection = redeque.asyncio.Connection(store=store)
    await connection.send_command("BLPOP", "k", 0)
    with pytest.raises(ValueError, match="timeout"):
        await asyncio.wait_for(connection.read_response(timeout=timeout), 1)
    threads = redeque.Connection(store=store)
    threads.send_command("BLPOP", "k", 0)
    store_later = threading.Timer(1, store.rpush, ("k", "a"))
    store_later.start()
    with pytest.raises(ValueError, match="timeout"):
        threads.read_response(timeout=timeout)
    store_later.cancel()


@pytest.mark.parametrize("timeout", [math.inf, 1e308, 10**400])
async def test_a_timeout_that_no_clock_reaches_is_none(timeout: float, store: redeque.Store) -> None:
    threads, tasks = (
        redeque.Redis(store=store, socket_timeout=timeout),
        redeque.asyncio.Redis(store=store, socket_timeout=timeout),
    )
    later = threading.Timer(0.02, store.rpush, ("k", "a"))
    later.start()
    assert threads.blpop("k", 0) == (b"k", b"a")
    waiting = asyncio.create_task(tasks.blpop("k", 0))
    await eventually_in_loop(lambda: store.blocked_clients() == 1)
    store.rpush("k", "b")
    assert await waiting == (b"k", b"b")
    later.join()


async def test_a_timeout_that_is_no_number_is_refused(store: redeque.Store) -> None:
    for package in (redeque, redeque.asyncio):
        with pytest.raises(TypeError, match="a number of seconds, not 'str'"):
            package.Redis(store=store, socket_timeout="1")
        with pytest.raises(ValueError, match="zero or more seconds, not -1"):
            package.Redis(store=store, socket_timeout=-(10**400))


@pytest.mark.parametrize("client_class", [redeque.Redis, redeque.asyncio.Redis])
def test_an_address_is_the_same_however_it_is_written(client_class: Any) -> None:
    first = redeque.store_at("queue.example", 7004)
    assert client_class(host=b"queue.example", port="7004").store is first
    assert redeque.store_at(b"queue.example", 7004.0) is first  # type: ignore[arg-type]
    by_path = redeque.store_at(path="/run/a.sock")
    assert client_class(unix_socket_path=b"/run/a.sock", port=None).store is by_path
    assert client_class(unix_socket_path=pathlib.Path("/run/a.sock")).store is by_path
    assert client_class(host=None).store is client_class().store is redeque.store_at()


@pytest.mark.parametrize("client_class", [redeque.Redis, redeque.asyncio.Redis])
@pytest.mark.parametrize(
    ("address", "kind", "told"),
    [
        ({"port": None}, TypeError, "a port is a number, not 'NoneType'"),
        ({"port": "redis"}, ValueError, "a port is a whole number, not 'redis'"),
        ({"port": math.inf}, ValueError, "a port is a whole number, not inf"),
        ({"host": 127}, TypeError, "a host is a str, not 'int'"),
        ({"unix_socket_path": 3}, TypeError, "not int"),
    ],
)
def test_what_is_no_address_is_refused(client_class: Any, address: dict[str, Any], kind: type[Exception], told: str) -> None:
    with pytest.raises(kind, match=told):
        client_class(**address)


async def test_the_timeouts_of_one_read_in_a_task(store: redeque.Store) -> None:
    connection = redeque.asyncio.Connection(store=store, socket_timeout=0.01)
    await connection.connect()
    await connection.send_command("BLPOP", "k", 0)
    assert await connection.read_response(timeout=0.01) is None
    assert store.blocked_clients() == 1, "it keeps its place"
    reading = asyncio.create_task(connection.read_response(timeout=math.inf))
    await asyncio.sleep(0.05)
    store.rpush("k", "a")
    assert await reading == [b"k", b"a"]
    await connection.send_command("BLPOP", "k", 0)
    with pytest.raises(redis.TimeoutError):
        await connection.read_response()
    assert not connection.is_connected
    assert store.blocked_clients() == 0


def test_the_timeouts_of_one_read_in_a_thread(store: redeque.Store) -> None:
    connection = redeque.Connection(store=store)
    connection.connect()
    connection.send_command("BLPOP", "k", 0)
    with pytest.raises(redis.TimeoutError):
        connection.read_response(timeout=0.01, disconnect_on_error=False)
    assert store.blocked_clients() == 1, "it keeps its place"
    store.rpush("k", "a")
    assert connection.read_response(timeout=None) == [b"k", b"a"]


def test_a_command_waits_from_when_it_is_sent(store: redeque.Store) -> None:
    first, second = redeque.Connection(store=store), redeque.Connection(store=store)
    for connection in (first, second):
        connection.send_command("BLPOP", "k", 0)
    store.rpush("k", "a", "b")
    assert second.read_response() == [b"k", b"b"]
    assert first.read_response() == [b"k", b"a"]


def test_what_follows_a_command_that_waits(store: redeque.Store) -> None:
    connection = redeque.Connection(store=store)
    connection.send_packed_command(
        connection.pack_commands([("RPUSH", "a", 1), ("BLPOP", "k", 0), ("RPUSH", "a", 2), ("BLPOP", "l", 0), ("PING",)])
    )
    assert connection.read_response() == 1
    assert store.lrange("a") == [b"1"], "what follows is not run yet"
    store.rpush("k", "x")
    store.rpush("l", "y")
    replies = [connection.read_response() for _ in range(4)]
    assert replies == [[b"k", b"x"], 2, [b"l", b"y"], b"PONG"]


def test_disable_decoding(store: redeque.Store) -> None:
    connection = redeque.Connection(store=store, decode_responses=True)
    store.rpush("k", b"\xff", "a")
    connection.send_command("LRANGE", "k", 0, -1)
    assert connection.read_response(disable_decoding=True) == [b"\xff", b"a"]
    connection.send_command("LRANGE", "k", 1, -1)
    assert connection.read_response() == ["a"]
    connection.send_command("LRANGE", "k", 0, -1)
    with pytest.raises(UnicodeDecodeError):
        connection.read_response()


class NoCodec(Encoder):
    """Its codec fails with what the lack of a session could be taken for."""

    def decode(self, value: Any, force: bool = False) -> Any:
        if value == b"a":
            raise AttributeError("no codec")
        return super().decode(value, force)


async def test_what_decoding_raises_is_not_taken_for_the_loss_of_the_server(store: redeque.Store) -> None:
    """That would have redis-py run the command again, which has taken its element."""
    store.rpush("k", "a", "b")
    connection = redeque.Connection(store=store)
    connection.encoder = NoCodec("utf-8", "strict", True)
    connection.send_command("LPOP", "k")
    with pytest.raises(AttributeError, match="no codec"):
        connection.read_response()
    store.lpush("k", "a")
    for_tasks = redeque.asyncio.Connection(store=store)
    for_tasks.encoder = NoCodec("utf-8", "strict", True)
    await for_tasks.send_command("LPOP", "k")
    with pytest.raises(AttributeError, match="no codec"):
        await for_tasks.read_response()
    assert store.lrange("k") == [b"b"]


def test_unread_replies_make_a_pool_begin_anew(client: redeque.Redis, store: redeque.Store) -> None:
    pool = client.connection_pool
    for words in (("PING",), ("BLPOP", "k", 0)):
        connection = pool.get_connection()
        connection.send_command(*words)
        assert connection.can_read()
        pool.release(connection)
        assert client.rpush("l", "a")
        assert store.blocked_clients() == 0


def test_a_closed_pool_ends_the_wait_of_another_thread(client: redeque.Redis, store: redeque.Store) -> None:
    raised: list[BaseException] = []
    no_retry = redis.retry.Retry(redis.backoff.NoBackoff(), 0)
    client.connection_pool.set_retry(no_retry)

    def wait() -> None:
        try:
            client.blpop("k")
        except BaseException as error:
            raised.append(error)

    waiter = threading.Thread(target=wait)
    waiter.start()
    eventually(lambda: store.blocked_clients() == 1)
    client.close()
    waiter.join(30)
    assert [type(error) for error in raised] == [redis.ConnectionError]
    store.rpush("k", "a")
    assert store.lrange("k") == [b"a"]


def test_a_passed_pool_is_not_closed_and_an_own_one_is(store: redeque.Store) -> None:
    pool = redis.ConnectionPool(connection_class=redeque.Connection, store=store)
    connection = pool.get_connection()
    redeque.Redis(connection_pool=pool).close()
    assert connection.is_connected
    own = redeque.Redis(store=store)
    connection = connection_of(own)
    own.close()
    assert not connection.is_connected


NO_RETRY = redis.retry.Retry(redis.backoff.NoBackoff(), 0)
RETRY_AT_ONCE = redis.retry.Retry(redis.backoff.NoBackoff(), 3)


def test_quit_and_what_follows(store: redeque.Store) -> None:
    """The pool sees that the session has ended, and begins a new one: redis-py has nothing to try again after a while."""
    for client in (
        redeque.Redis(store=store, retry=NO_RETRY),
        redis.Redis(connection_pool=redis.ConnectionPool(connection_class=redeque.Connection, store=store, retry=NO_RETRY)),
    ):
        assert client.quit()
        assert client.ping()


async def test_quit_and_what_follows_for_tasks(store: redeque.Store) -> None:
    no_retry = redis.asyncio.retry.Retry(redis.backoff.NoBackoff(), 0)
    for protocol in (2, 3):
        client = redeque.asyncio.Redis(store=store, retry=no_retry, protocol=protocol)
        assert await client.quit()
        assert await client.ping()
        await client.aclose()


def test_a_quit_inside_a_pipeline_has_nothing_run_twice(client: redeque.Redis, store: redeque.Store) -> None:
    pipe = client.pipeline(transaction=False)
    pipe.rpush("k", "a").execute_command("QUIT").rpush("k", "b")
    first, second, third = pipe.execute(raise_on_error=False)
    assert (first, bool(second)) == (1, True)
    assert isinstance(third, redis.ResponseError)
    assert store.lrange("k") == [b"a"]
    assert client.rpush("k", "c") == 2


def test_a_retry_runs_nothing_twice(store: redeque.Store) -> None:
    client = redeque.Redis(store=store, single_connection_client=True, retry=RETRY_AT_ONCE)
    for number in range(1, 50):
        client.execute_command("QUIT")
        assert client.rpush("k", "a") == number


def test_health_checks(store: redeque.Store) -> None:
    said: list[str] = []

    class Noting(redeque.Connection):
        def send_command(self, *args: Any, **kwargs: Any) -> None:
            said.append(args[0])
            super().send_command(*args, **kwargs)

    connection = Noting(store=store, health_check_interval=1000)
    connection.connect()
    said.clear()
    connection.send_command("LLEN", "k")
    assert connection.read_response() == 0
    connection.next_health_check = 0
    connection.send_command("LLEN", "k")
    assert connection.read_response() == 0
    assert said == ["LLEN", "LLEN", "PING"]
    assert connection.next_health_check > time.monotonic() + 900


def test_a_database_that_is_not_there(store: redeque.Store) -> None:
    with pytest.raises(redis.ResponseError, match="DB index is out of range"):
        redeque.Redis(store=store, db=1).ping()


def test_errors_are_parsed_as_redis_py_parses_them(store: redeque.Store) -> None:
    client = redeque.Redis(store=store)
    with pytest.raises(redis.exceptions.ExecAbortError):
        connection = connection_of(client)
        connection.send_packed_command(connection.pack_commands([("MULTI",), ("NONSENSE",), ("EXEC",)]))
        connection.read_response()
        with pytest.raises(redis.ResponseError):
            connection.read_response()
        connection.read_response()


def test_what_has_no_place_in_process_says_so(client: redeque.Redis) -> None:
    def subscribe() -> None:
        with client.pubsub() as channel:
            channel.subscribe("channel")
            channel.get_message(timeout=1)

    def monitor() -> None:
        with client.monitor() as monitored:
            monitored.next_command()

    for refused in (
        lambda: client.set("k", "a"),
        lambda: client.publish("channel", "a"),
        lambda: client.eval("return 1", 0),
        lambda: client.lock("name").acquire(),
        lambda: client.slowlog_get(),
        subscribe,
        monitor,
    ):
        with pytest.raises(redis.ResponseError, match="unknown command"):
            refused()
    assert client.dbsize() == 0


async def test_a_channel_is_refused_at_once(store: redeque.Store) -> None:
    for package in (redeque, redeque.asyncio):
        with pytest.raises(redis.ResponseError, match="no publish and subscribe in process"):
            package.Redis(store=store).pubsub()
    pool = redis.ConnectionPool(connection_class=redeque.Connection, store=store)
    for_tasks = redis.asyncio.ConnectionPool(connection_class=redeque.asyncio.Connection, store=store)
    for name in ("subscribe", "psubscribe", "ssubscribe"):
        with pytest.raises(redis.ResponseError, match="no publish and subscribe in process"):
            getattr(redis.Redis(connection_pool=pool).pubsub(), name)("channel")
        channels = redis.asyncio.Redis(connection_pool=for_tasks).pubsub()
        # redis-py 7 has no sharded channels for tasks.
        if hasattr(channels, name):
            with pytest.raises(redis.ResponseError, match="no publish and subscribe in process"):
                await getattr(channels, name)("channel")


def test_a_cache_is_left_out_or_refused(store: redeque.Store) -> None:
    cache = {"cache_config": redis.cache.CacheConfig(), "protocol": 3}
    for client in (redeque.Redis(store=store, **cache), redeque.Redis.from_url("redis://", store=store, **cache)):
        client.rpush("k", "a")
        assert client.llen("k") == store.llen("k")
    pool = redis.ConnectionPool(connection_class=redeque.Connection, store=store, **cache)
    for made in (lambda: redis.Redis(connection_pool=pool).llen("k"), lambda: redeque.Redis(connection_pool=pool)):
        with pytest.raises(redis.RedisError, match="no client-side cache in process"):
            made()


def test_a_subclass_of_the_encoder_is_asked(store: redeque.Store) -> None:
    connection = redeque.Connection(store=store)

    class Shouting(type(connection.encoder)):  # type: ignore[misc]
        def encode(self, value: Any) -> bytes:
            return super().encode(value).upper()

    connection.encoder = Shouting("utf-8", "strict", False)
    connection.send_command("RPUSH", "k", "a")
    assert store.lrange("K") == [b"A"]


def test_other_manners_of_text(store: redeque.Store) -> None:
    class Name(str):
        pass

    client = redeque.Redis(store=store)
    client.rpush(Name("k"), Name("a"), 2**80, -0.0, memoryview(b"abcdef")[::2])
    assert store.lrange("k") == [b"a", b"1208925819614629174706176", b"-0.0", b"ace"]


def test_the_name_of_a_command_is_utf_8_in_every_encoding(store: redeque.Store) -> None:
    client = redeque.Redis(store=store, encoding="utf-16-le", protocol=2)
    assert client.rpush("é", "ü") == 1
    assert client.lpop("é") == "ü".encode("utf-16-le")
    store.rpush("é".encode("utf-16-le"), b"x")
    assert client.pipeline().llen("é").execute() == [1]


@pytest.mark.parametrize("client_class", [redeque.Redis, redeque.asyncio.Redis])
@pytest.mark.parametrize("scheme", ["redis", "rediss", "unix"])
def test_the_scheme_of_an_address_makes_no_connection_to_a_server(scheme: str, client_class: Any) -> None:
    client = client_class.from_url(f"{scheme}://schemes:7001/0?health_check_interval=3")
    options = client.connection_pool.connection_kwargs
    assert client.connection_pool.connection_class.__module__.startswith("redeque")
    assert options["health_check_interval"] == 3
    assert client.auto_close_connection_pool
    assert client.store is (redeque.store_at(path="/0") if scheme == "unix" else redeque.store_at("schemes", 7001))


@pytest.mark.parametrize("place", range(11))
def test_a_pool_in_any_place_makes_no_client_of_a_server(place: int, store: redeque.Store) -> None:
    pool = redis.ConnectionPool(connection_class=redeque.Connection, store=store)
    arguments: list[Any] = [None] * place + [pool]
    try:
        client = redeque.Redis(*arguments)
    except TypeError:
        return  # It cannot be that argument.
    assert client.connection_pool.connection_class is redeque.Connection
    is_pool = list(inspect.signature(redis.Redis).parameters)[place] == "connection_pool"
    assert (client.connection_pool is pool) is is_pool


def test_redis_py_is_imported_only_when_it_is_asked_for() -> None:
    run_python("import sys, redeque; redeque.Store().rpush('k', 'a'); assert 'redis' not in sys.modules")
    hidden = (
        "import sys; sys.modules['redis'] = None\nimport redeque\ntry: redeque.Redis\nexcept ImportError as error: print(error)"
    )
    assert "pip install 'redeque[redis]'" in run_python(hidden).stdout
    for_tasks = hidden.replace("redeque.Redis", "import redeque.asyncio")
    assert "redeque.asyncio needs redis-py: pip install 'redeque[redis]'" in run_python(for_tasks).stdout


def test_all_names_can_be_imported_without_redis_py_and_hide_none_of_pythons() -> None:
    run_python("""
import builtins, sys
sys.modules["redis"] = None
from redeque import *
assert Store().rpush("k", "a") == 1
hidden = [name for name in dir(builtins) if name in globals() and globals()[name] is not getattr(builtins, name)]
assert hidden == ["__doc__"] or all(name.startswith("__") for name in hidden), hidden
""")


def test_there_is_no_other_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Reddis'"):
        redeque.Reddis  # noqa: B018


def test_our_class_in_the_place_of_redis_pys(monkeypatch: pytest.MonkeyPatch) -> None:
    """As tests of programs put it there."""
    monkeypatch.setattr(redis, "Redis", redeque.Redis)
    client = redis.Redis(port=7171)
    assert client.ping() and client.rpush("k", "a") == 1


async def test_our_class_in_the_place_of_redis_pys_for_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis.asyncio, "Redis", redeque.asyncio.Redis)
    client = redis.asyncio.Redis(port=7172)
    assert await client.ping()
    await client.aclose()


class Heard(redeque.Connection):
    """A connection that notes what it says and each refusal that it reads, also one that redis-py drops."""

    said: list[tuple[Any, ...]]
    refused: list[BaseException]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.said, self.refused = [], []

    def send_command(self, *args: Any, **kwargs: Any) -> None:
        self.said.append(args)
        super().send_command(*args, **kwargs)

    def read_response(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().read_response(*args, **kwargs)
        except redis.ResponseError as error:
            self.refused.append(error)
            raise


@pytest.mark.parametrize("protocol", [2, 3])
def test_nothing_is_refused_when_redis_py_connects(protocol: int, store: redeque.Store) -> None:
    pool = redis.ConnectionPool(
        connection_class=Heard,
        store=store,
        protocol=protocol,
        client_name="me",
        lib_name="my-library",
        lib_version="1.2",
        username="default",
        password="secret",
    )
    client = redis.Redis(connection_pool=pool)
    about = client.client_info()
    assert (about["name"], about["lib-name"], about["lib-ver"]) == ("me", "my-library", "1.2")
    assert (about["resp"], about["user"], about["db"]) == (protocol, "default", 0) or about["resp"] == str(protocol)
    assert [found["name"] for found in client.client_list()] == ["me"]
    connection = connection_of(client)
    assert type(connection) is Heard
    assert ("CLIENT", "SETINFO", "LIB-NAME", "my-library") in connection.said
    assert connection.refused == []


def test_what_a_library_asks_of_a_server_is_answered(store: redeque.Store) -> None:
    client = redeque.Redis(store=store)
    client.rpush("k", "a")
    assert client.info()["maxmemory_policy"] == "noeviction"
    assert client.info("keyspace")["db0"]["keys"] == 1
    assert client.config_get("max*") == {"maxmemory": "0", "maxmemory-policy": "noeviction"}
    assert abs(client.time()[0] - time.time()) < 60
    assert client.memory_usage("k") > 0
    assert client.role()[0] in ("master", b"master")


def test_a_killed_client_connects_anew(store: redeque.Store) -> None:
    client, other = redeque.Redis(store=store), redeque.Redis(store=store)
    first = other.client_id()
    assert client.client_kill_filter(_id=first) == 1
    assert other.client_id() != first
