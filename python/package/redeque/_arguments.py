"""What clients, pools and connections are made with."""

from __future__ import annotations

import inspect
import math
import sys
from functools import cache
from numbers import Real
from typing import Any, NoReturn

from redis.exceptions import RedisError
from redis.maint_notifications import MaintNotificationsConfig

from ._native import Store
from ._opened import Opened, Path, When, opened
from ._registry import Settings, checked_address, store_at

# In process nothing is maintained, and nobody has to be let in: a store has no users, and a password is not looked at.
_NOT_IN_PROCESS = ("maint_", "maintenance_", "orig_", "oss_cluster_", "username", "password", "credential_provider")


@cache
def _known(connection_class: type) -> frozenset[str]:
    """The arguments that a connection's class of redis-py knows by name."""
    names: set[str] = set()
    for base in connection_class.__mro__[:-1]:
        names.update(inspect.signature(base.__init__).parameters)  # type: ignore[misc]
    return frozenset(names - {"self", "args", "kwargs"})


def connection_kwargs(connection_class: type, kwargs: dict[str, Any]) -> dict[str, Any]:
    """What of a pool's arguments concerns a connection in process. The rest is of sockets, of servers, or of a redis-py
    that is newer than this."""
    known = _known(connection_class)
    return {name: value for name, value in kwargs.items() if name in known and not name.startswith(_NOT_IN_PROCESS)}


def pool_kwargs(store: Store | None) -> dict[str, Any]:
    """What a pool over a store is made with, whatever else it is made with."""
    # With RESP3, pools switch the notifications on.
    kwargs: dict[str, Any] = {"maint_notifications_config": MaintNotificationsConfig(enabled=False)}
    if store is not None:
        kwargs["store"] = store
    return kwargs


def checked_store(store: object) -> Store | None:
    """Refuses what is no store where it is given, and not where it is first used."""
    if store is None or isinstance(store, Store):
        return store
    raise TypeError(f"store is a redeque.Store, not '{type(store).__name__}'")


def opened_store(
    store: Store | None, path: Path | None, fsync: When | None, settings: Settings, pool: object = None
) -> Opened | None:
    """The store in the directory that a client is given, if it is given one. What contradicts that is refused first."""
    if (store is not None or path is not None or settings.is_any_said()) and pool:
        raise TypeError("a pool has its store already: give the store to the pool")
    if store is not None and settings.is_any_said():
        raise TypeError("a store has its clock and its bound already: give them to the Store")
    if path is None:
        if fsync is not None:
            raise TypeError("fsync is about the log in the directory of a path: no path was given")
        return None
    if store is not None:
        raise TypeError("store and path are two stores: give one of them")
    return opened(path, fsync, settings)


def store_with(settings: Settings, kwargs: dict[str, Any]) -> Store | None:
    """The store at the address that a pool's arguments mean, where something is said of it. Otherwise a connection finds it."""
    return store_at(*_address(kwargs), **settings._asdict()) if settings.is_any_said() else None


def seconds(timeout: float | None) -> float | None:
    """Refuses a timeout that no clock can measure, before anything waits for it. One that no float holds is infinite."""
    if timeout is None:
        return None
    if not isinstance(timeout, Real):
        raise TypeError(f"a timeout is a number of seconds, not '{type(timeout).__name__}'")
    if not timeout >= 0:
        raise ValueError(f"a timeout is zero or more seconds, not {timeout}")
    return timeout if timeout <= sys.float_info.max else math.inf


def _address(kwargs: dict[str, Any]) -> tuple[Any, Any, Any]:
    return kwargs.get("host") or "localhost", kwargs.get("port", 6379), kwargs.get("path")


def store_of(kwargs: dict[str, Any]) -> Store:
    """The store that a pool's or a connection's arguments mean."""
    store: Store | None = kwargs.get("store")
    return store_at(*_address(kwargs)) if store is None else store


def without_cache(kwargs: dict[str, Any]) -> dict[str, Any]:
    """A client's arguments but those of a cache, which would be beside the store itself."""
    return {name: value for name, value in kwargs.items() if name not in ("cache", "cache_config", "cache_factory")}


def check_pool(pool: Any, connection_class: type, name: str) -> None:
    """Refuses a pool that is not over stores of this process: its commands would go to a server."""
    made = getattr(pool, "connection_class", None)
    if not (isinstance(made, type) and issubclass(made, connection_class)):
        raise TypeError(f"the connections of this pool are to a server: make it with connection_class={name}")
    if getattr(pool, "cache", None) is not None:
        refuse_cache()
    if pool.connection_kwargs.get("store") is None:
        checked_address(*_address(pool.connection_kwargs))


def refuse_cache() -> NoReturn:
    """Refuses a client-side cache."""
    raise RedisError("there is no client-side cache in process: make the pool without one")


def signature_with_store(client: type) -> inspect.Signature:
    """All that the redis-py which is installed makes its client with, and a store or the directory of one; no time limit but
    an explicit one."""
    redis_py = inspect.signature(client.__init__)  # type: ignore[misc]
    arguments = [
        argument.replace(default=None) if name == "socket_timeout" else argument for name, argument in redis_py.parameters.items()
    ]
    types = {
        "store": "Store | None",
        "path": "Path | None",
        "fsync": "When | None",
        "clock": "ManualClock | None",
        "max_memory": "int | None",
    }
    own = [inspect.Parameter(of, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=types[of]) for of in types]
    return redis_py.replace(parameters=[*arguments, *own])
