"""redis-py's client and connection, over a store in this process."""

from __future__ import annotations

import inspect
import time
from contextlib import suppress
from typing import Any, NoReturn, cast, overload

import redis
from redis.connection import parse_url
from redis.exceptions import TimeoutError

from ._arguments import (
    check_pool,
    checked_store,
    connection_kwargs,
    opened_store,
    pool_kwargs,
    seconds,
    signature_with_store,
    store_of,
    store_with,
    without_cache,
)
from ._connection import CHANNELS, InProcess, is_reply, lost, refuse_channels
from ._native import ClosedError, Error, ManualClock, Session, Store
from ._opened import Opened, Path, When
from ._registry import Settings, checked_settings

__all__ = ["Connection", "Redis"]


# As they are now: a test may put our own class in the place of redis-py's.
_CLIENT, _POOL = redis.Redis, redis.ConnectionPool

# Those of the client's arguments, in their order, which is not the same in every redis-py.
_NAMES = tuple(inspect.signature(_CLIENT).parameters)


class Connection(InProcess, redis.Connection):
    """A connection of redis-py that has a session with a store where others have a socket.

    It takes what redis-py's pools pass, and is used as ``redis.ConnectionPool(connection_class=redeque.Connection)``. The
    store is ``store``, or else that of the process at ``host`` and ``port``, or at ``path``. There is no limit to how long
    a reply may take but an explicit ``socket_timeout``.
    """

    _sock: Session | None  # type: ignore[assignment]

    def __init__(
        self,
        host: str = "localhost",
        port: int = 6379,
        *,
        path: str | None = None,
        store: Store | None = None,
        socket_timeout: float | None = None,
        **kwargs: Any,
    ) -> None:
        self.path = path
        self._store = checked_store(store)
        socket_timeout = seconds(socket_timeout)
        kwargs = connection_kwargs(redis.Connection, kwargs)
        super().__init__(host=host, port=port, socket_timeout=socket_timeout, **kwargs)

    def _connect(self) -> Any:
        return self._new_session()

    # redis-py 7 has none for threads.
    @property
    def is_connected(self) -> bool:
        """Whether it has a session."""
        return self._sock is not None

    def connect(self) -> None:
        if self._sock is None:
            super().connect()

    def disconnect(self, *args: Any, **kwargs: Any) -> None:
        if self._sock is not None:
            # First of all, so that what a wait had been given goes back whatever follows.
            self._sock.close()
        super().disconnect(*args, **kwargs)

    def activate_maint_notifications_handling_if_enabled(self, check_health: bool = True) -> None:
        """Nothing is maintained in process, even where a pool has them switched on."""

    def _ready(self, check_health: bool) -> Session:
        """The session, which begins if it has not."""
        if self._sock is None:
            self.connect_check_health(check_health=False)
        if check_health and self.health_check_interval:
            self.check_health()
        if self._sock is None:
            raise lost()
        return self._sock

    def send_command(self, *args: Any, **kwargs: Any) -> None:
        if args[0] in CHANNELS:
            refuse_channels()
        session = self._ready(kwargs.get("check_health", True))
        try:
            session.send(args)
        except ClosedError:
            self.disconnect()
            raise lost() from None

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        """Sends what ``pack_command`` or ``pack_commands`` returned."""
        session = self._ready(check_health)
        try:
            session.send_all(command)
        except ClosedError:
            self.disconnect()
            raise lost() from None

    def can_read(self, timeout: float | None = 0) -> bool:
        """Whether there is a reply that nobody has read, or one to come. A pool connects anew then, and also where this raises
        since the session has ended, as one does that said ``QUIT``."""
        self.connect()
        if self._sock is None or self._sock.closed:
            raise lost()
        return self._sock.pending

    def read_response(
        self,
        disable_decoding: bool = False,
        *,
        timeout: Any = None,
        disconnect_on_error: bool = True,
        push_request: bool = False,
    ) -> Any:
        session = self._sock
        if session is None:
            raise lost()
        try:
            reply = session.take(disable_decoding)
            if reply is ...:
                reply = self._wait(session, disable_decoding, timeout)
        except BaseException as error:
            if is_reply(error):
                raise
            if disconnect_on_error:
                self.disconnect()
            if isinstance(error, ClosedError):
                raise lost() from None
            raise
        if self.health_check_interval:
            self.next_health_check = time.monotonic() + self.health_check_interval  # type: ignore[assignment]
        return reply

    def _wait(self, session: Session, raw: bool, timeout: Any) -> Any:
        # What redis-py says where it says nothing is an object of no meaning.
        if not isinstance(timeout, (int, float)):
            timeout = self.socket_timeout
        # One call waits and takes: Ctrl-C between two of them would find the reply out of the wait.
        reply = session.read(raw, timeout)
        if reply is ...:
            raise TimeoutError(f"Timeout reading from {self._host_error()}")
        return reply


class Redis(redis.Redis):
    """redis-py's ``Redis`` over a store in this process: import it from here instead, and no server is needed.

    It takes redis-py's arguments. The store is the one at that host and port, or at ``unix_socket_path``: the same for
    everybody in this process who says the same. ``Redis(store=Store())`` has one of its own. ``Redis(path="queues")`` has the
    one that is kept in that directory, as ``Store("queues")`` is, the same for all who say so at one time; ``fsync`` is that of
    a ``Store``. The last of them to close, as the end of ``with`` does, shuts it down.

    With a ``clock``, the address has another store that goes by it, the same for all who say the same clock. ``max_memory`` is
    that of a ``Store``: who is the first to use the store says it, and to say another one later is a ``ValueError``.

    Unlike redis-py's since version 8, it has no ``socket_timeout`` unless one is given.

    What it raises is redis-py's, ``redis.ResponseError`` too, which is no ``redeque.ResponseError``.
    """

    _opened: Opened | None = None

    @overload
    def __init__(
        self,
        host: str = "localhost",
        port: int = 6379,
        db: int = 0,
        password: str | None = None,
        socket_timeout: float | None = None,
        *,
        store: Store | None = None,
        path: Path | None = None,
        fsync: When | None = None,
        clock: ManualClock | None = None,
        max_memory: int | None = None,
        unix_socket_path: str | None = None,
        encoding: str = "utf-8",
        encoding_errors: str = "strict",
        decode_responses: bool = False,
        max_connections: int | None = None,
        single_connection_client: bool = False,
        health_check_interval: int = 0,
        client_name: str | None = None,
        username: str | None = None,
        protocol: int | None = None,
        **others: Any,
    ) -> None: ...

    @overload
    def __init__(
        self, *, connection_pool: redis.ConnectionPool, single_connection_client: bool = False, **others: Any
    ) -> None: ...

    def __init__(
        self,
        *args: Any,
        store: Store | None = None,
        path: Path | None = None,
        fsync: When | None = None,
        clock: ManualClock | None = None,
        max_memory: int | None = None,
        **kwargs: Any,
    ) -> None:
        seconds(kwargs.get("socket_timeout"))
        settings = checked_settings(clock, max_memory)
        own = dict(zip(_NAMES, args, strict=False)).get("connection_pool") or kwargs.get("connection_pool")
        self._opened = opened_store(checked_store(store), path, fsync, settings, own)
        if not own:
            store = self._opened.store if self._opened else store
            args, kwargs = (), _over_a_pool(store, settings, args, kwargs)
        check_pool(own or kwargs["connection_pool"], Connection, "redeque.Connection")
        super().__init__(*args, **kwargs)
        self.auto_close_connection_pool = not own

    @classmethod
    def from_url(cls, url: str, **kwargs: Any) -> Redis:
        """As redis-py's, for the store of this process at that address; or with ``store`` or ``path``, for that one. What
        a client is told of its store, ``clock`` and the like, is taken too."""
        store = checked_store(kwargs.pop("store", None))
        settings = checked_settings(kwargs.pop("clock", None), kwargs.pop("max_memory", None))
        opened = opened_store(store, kwargs.pop("path", None), kwargs.pop("fsync", None), settings)
        store = opened.store if opened else store
        if store is None:
            store = store_with(settings, {**kwargs, **parse_url(url)})
        kwargs = {"connection_class": Connection, **without_cache(kwargs), **pool_kwargs(store)}
        client = cast(Redis, super().from_url(url, **kwargs))
        client._opened = opened
        return client

    def close(self) -> None:
        """As redis-py's. One that was given a ``path`` shuts the store down, unless others still use it."""
        super().close()
        store = self._opened and self._opened.leave()
        if store:
            try:
                store.shutdown()
            except Error as error:
                raise redis.ResponseError(str(error)) from error

    def __del__(self) -> None:
        # Not as close(): a pipeline may still use the store, which ends when nobody does.
        with suppress(Exception):
            super().close()

    def pubsub(self, **kwargs: Any) -> NoReturn:
        """Refuses: a store has lists alone."""
        refuse_channels()

    @property
    def store(self) -> Store:
        """The store itself."""
        return store_of(self.connection_pool.connection_kwargs)


Redis.__init__.__signature__ = signature_with_store(_CLIENT)  # type: ignore[attr-defined]


# How many of redis-py's arguments come before `socket_timeout`.
_BEFORE_TIMEOUT = 4


def _over_a_pool(store: Store | None, settings: Settings, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The same client's arguments, where all that can be said of its pool is said to the pool."""
    single = kwargs.pop("single_connection_client", False)
    if len(args) <= _BEFORE_TIMEOUT:
        kwargs.setdefault("socket_timeout", None)
    # It knows which of its arguments are a pool's, and never connects.
    pattern = _CLIENT(*args, **{**kwargs, **pool_kwargs(None)}).connection_pool
    if store is None:
        store = store_with(settings, pattern.connection_kwargs)
    pool_arguments = {**pattern.connection_kwargs, "max_connections": pattern.max_connections, **pool_kwargs(store)}
    pool = _POOL(connection_class=Connection, **pool_arguments)
    return {"connection_pool": pool, "single_connection_client": single}
