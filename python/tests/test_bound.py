"""A bound on memory: what is refused over it, in whose words, and what goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import redis

import redeque
import redeque.asyncio

TEXT = "OOM command not allowed when used memory > 'maxmemory'."


def test_what_needs_memory_is_refused_over_the_bound() -> None:
    store = redeque.Store(max_memory=100_000)
    assert store.rpush("k", bytes(200_000)) == 1
    for refused in (
        lambda: store.rpush("k", "x"),
        lambda: store.lpushx("missing", "x"),
        lambda: store.lset("k", 0, "x"),
        lambda: store.linsert("k", "BEFORE", "a", "x"),
        lambda: store.lmove("k", "other"),
        lambda: store.copy("k", "other"),
        lambda: store.blmove("k", "other", timeout=0.01),
    ):
        with pytest.raises(redeque.OutOfMemoryError) as raised:
            refused()
        assert str(raised.value) == TEXT
        assert isinstance(raised.value, redeque.ResponseError)
    assert store.rename("k", "other") is None
    assert store.llen("other") == 1
    assert store.lpop("other") == bytes(200_000)
    assert store.rpush("k", "x") == 1


def test_a_store_tells_what_it_uses() -> None:
    store = redeque.Store()
    assert store.used_memory() == 0
    store.rpush("k", bytes(5000))
    assert 5000 < store.used_memory() < 7000
    assert store.stats()["bytes"] == store.used_memory()
    usage = store.memory_usage("k")
    assert usage is not None and 5000 < usage < 5200
    assert store.memory_usage("missing") is None
    store.flushall()
    assert store.used_memory() == 0


def test_a_bound_is_a_number_of_bytes() -> None:
    with pytest.raises(OverflowError):
        redeque.Store(max_memory=-1)
    with pytest.raises(TypeError):
        redeque.Store(max_memory="1gb")  # type: ignore[arg-type]
    store = redeque.Store(max_memory=0)
    store.rpush("k", bytes(10_000))
    assert store.rpush("k", "x") == 2


def test_a_client_raises_what_redis_py_has_for_it() -> None:
    client = redeque.Redis(store=redeque.Store(max_memory=1))
    client.rpush("k", "x")
    with pytest.raises(redis.exceptions.OutOfMemoryError):
        client.rpush("k", "x")
    assert client.config_get("maxmemory") == {"maxmemory": "1"}
    assert client.info("memory")["used_memory"] > 1
    assert client.config_set("maxmemory", "100mb")
    assert client.rpush("k", "x") == 2


def test_a_directory_above_the_bound_opens_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with redeque.Store(path) as store:
        store.rpush("k", bytes(100_000))
    with redeque.Store(path, max_memory=50_000) as store:
        assert store.recovery is not None
        assert 50_000 < store.recovery.bytes_over_bound < 60_000
        with pytest.raises(redeque.OutOfMemoryError):
            store.rpush("k", "x")
        store.delete("k")
        assert store.rpush("k", "x") == 1
    with redeque.Store(path, max_memory=50_000) as store:
        assert store.recovery is not None
        assert store.recovery.bytes_over_bound == 0


@pytest.mark.parametrize("package", [redeque, redeque.asyncio], ids=["threads", "tasks"])
def test_a_client_says_the_bound_of_its_store(package: Any) -> None:
    address = f"bound-of-{package.__name__}"
    client = package.Redis(host=address, max_memory=1000)
    client.store.rpush("k", bytes(2000))
    with pytest.raises(redeque.OutOfMemoryError):
        client.store.rpush("k", "x")
    for same in (
        package.Redis(host=address),
        package.Redis(host=address, max_memory=1000),
        package.Redis.from_url(f"redis://{address}", max_memory=1000),
    ):
        assert same.store is client.store
    for refused in (
        lambda: package.Redis(host=address, max_memory=0),
        lambda: package.Redis.from_url(f"redis://{address}", max_memory=2000),
        lambda: redeque.store_at(address, max_memory=2000),
    ):
        with pytest.raises(ValueError, match=rf"the store at {address}:6379 was made with max_memory=1000, not \d+"):
            refused()
    at_socket = package.Redis(unix_socket_path=f"/{address}", max_memory=1)
    assert at_socket.store is redeque.store_at(path=f"/{address}")
    with pytest.raises(OverflowError):
        package.Redis(host=f"{address}-2", max_memory=-1)
    with pytest.raises(TypeError):
        package.Redis(host=f"{address}-2", max_memory="1gb")
