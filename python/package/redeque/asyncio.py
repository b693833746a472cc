"""``redeque.Redis`` and ``redeque.Connection`` for tasks of asyncio."""

from __future__ import annotations

import asyncio
import math
from typing import Any, NoReturn, cast, overload

from ._native import ClosedError, Error, ManualClock, Session, Store
from ._opened import Opened, Path, When
from ._optional import needing_redis_py
from ._registry import Settings, checked_settings
from ._waiting import in_a_thread, over, turn_is_over

with needing_redis_py("redeque.asyncio"):
    import redis.asyncio
    from redis.asyncio.connection import parse_url
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
    )
    from ._connection import CHANNELS, InProcess, is_reply, lost, refuse_channels

__all__ = ["Connection", "Redis"]


# As they are now: a test may put our own class in the place of redis-py's.
_CLIENT, _POOL = redis.asyncio.Redis, redis.asyncio.ConnectionPool


class Connection(InProcess, redis.asyncio.Connection):
    """As ``redeque.Connection``, for tasks. A command that waits neither blocks the loop nor takes a thread."""

    # One session is both.
    _reader: Session | None  # type: ignore[assignment]
    _writer: Session | None  # type: ignore[assignment]

    def __init__(
        self,
        *,
        host: str = "localhost",
        port: int = 6379,
        path: str | None = None,
        store: Store | None = None,
        socket_timeout: float | None = None,
        **kwargs: Any,
    ) -> None:
        self.path = path
        self._store = checked_store(store)
        socket_timeout = seconds(socket_timeout)
        kwargs = connection_kwargs(redis.asyncio.Connection, kwargs)
        super().__init__(host=host, port=port, socket_timeout=socket_timeout, **kwargs)

    def __del__(self, _warnings: Any = None) -> None:
        """There is no socket that would be left open."""

    async def _connect(self) -> None:
        self._reader = self._writer = self._new_session()

    async def connect(self) -> None:
        if self._reader is None:
            await super().connect()

    async def disconnect(self, nowait: bool = False, *args: Any, **kwargs: Any) -> None:
        if self._reader is not None:
            # First of all, so that what a wait had been given goes back whatever follows.
            self._reader.close()
        await super().disconnect(True, *args, **kwargs)

    async def activate_maint_notifications_handling_if_enabled(self, check_health: bool = True) -> None:
        """Nothing is maintained in process, even where a pool has them switched on."""

    async def _ready(self, check_health: bool) -> Session:
        """The session, which begins if it has not."""
        if self._reader is None:
            await self.connect_check_health(check_health=False)
        if check_health and self.health_check_interval:
            await self.check_health()
        if self._reader is None:
            raise lost()
        return self._reader

    async def send_command(self, *args: Any, **kwargs: Any) -> None:
        if turn_is_over():
            await asyncio.sleep(0)
        if args[0] in CHANNELS:
            refuse_channels()
        session = await self._ready(kwargs.get("check_health", True))
        try:
            session.send(args)
        except ClosedError:
            await self.disconnect()
            raise lost() from None

    async def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        """Sends what ``pack_command`` or ``pack_commands`` returned."""
        if turn_is_over(len(command)):
            await asyncio.sleep(0)
        session = await self._ready(check_health)
        try:
            session.send_all(command)
        except ClosedError:
            await self.disconnect()
            raise lost() from None

    async def can_read(self) -> bool:
        """Whether there is a reply that nobody has read, or one to come. A pool connects anew then, and also where this raises
        since the session has ended, as one does that said ``QUIT``."""
        await self.connect()
        if self._reader is None or self._reader.closed:
            raise lost()
        return self._reader.pending

    async def can_read_destructive(self) -> bool:
        """What redis-py before version 8 calls it."""
        return await self.can_read()

    async def read_response(
        self,
        disable_decoding: bool = False,
        timeout: float | None = None,
        *,
        disconnect_on_error: bool = True,
        push_request: bool | None = False,
    ) -> Any:
        session = self._reader
        if session is None:
            raise lost()
        try:
            reply = session.take(disable_decoding)
            if reply is ...:
                reply = await self._wait(session, disable_decoding, timeout)
        except BaseException as error:
            if is_reply(error):
                raise
            if disconnect_on_error:
                await self.disconnect()
            if isinstance(error, ClosedError):
                raise lost() from None
            raise
        if self.health_check_interval:
            self.next_health_check = asyncio.get_running_loop().time() + self.health_check_interval
        return reply

    async def _wait(self, session: Session, raw: bool, timeout: float | None) -> Any:
        if await over(session, self._limit(timeout)):
            # No step of the loop lies between the end of the wait and the return of what it got.
            return session.take(raw)
        if timeout is not None:
            return None
        raise TimeoutError(f"Timeout reading from {self._host_error()}")

    def _limit(self, timeout: float | None) -> float | None:
        """Until when a reply may be waited for, by the loop's clock: a timeout of None is the connection's."""
        limit = self.socket_timeout if timeout is None else seconds(timeout)
        if limit is None or limit == math.inf:
            return None
        return asyncio.get_running_loop().time() + limit


class Redis(redis.asyncio.Redis):
    """redis-py's ``redis.asyncio.Redis`` over a store in this process, as ``redeque.Redis`` is for threads.

    The two find the same store at the same address, and in the same directory. To open one reads it, and the loop waits.
    """

    _opened: Opened | None = None

    @overload
    def __init__(
        self,
        *,
        host: str = "localhost",
        port: int = 6379,
        db: int = 0,
        password: str | None = None,
        socket_timeout: float | None = None,
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
        self, *, connection_pool: redis.asyncio.ConnectionPool, single_connection_client: bool = False, **others: Any
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
        own = kwargs.get("connection_pool")
        self._opened = opened_store(checked_store(store), path, fsync, settings, own)
        if not own:
            store = self._opened.store if self._opened else store
            args, kwargs = (), _over_a_pool(store, settings, args, kwargs)
        check_pool(kwargs["connection_pool"], Connection, "redeque.asyncio.Connection")
        super().__init__(*args, **kwargs)
        self.auto_close_connection_pool = not own

    @classmethod
    def from_url(cls, url: str, *args: Any, **kwargs: Any) -> Redis:
        """As redis-py's, for the store of this process at that address; or with ``store`` or ``path``, for that one. What
        a client is told of its store, ``clock`` and the like, is taken too."""
        store = checked_store(kwargs.pop("store", None))
        settings = checked_settings(kwargs.pop("clock", None), kwargs.pop("max_memory", None))
        opened = opened_store(store, kwargs.pop("path", None), kwargs.pop("fsync", None), settings)
        store = opened.store if opened else store
        of_url: dict[str, Any] = {**parse_url(url)}
        if store is None:
            store = store_with(settings, {**kwargs, **of_url})
        # A pool for tasks has the connections of the scheme, whatever it is told: it is not shown the scheme.
        of_url.pop("connection_class", None)
        kwargs = {"connection_class": Connection, **kwargs, **of_url, **pool_kwargs(store)}
        client = cast(Redis, super().from_url("redis://", *args, **kwargs))
        client._opened = opened
        return client

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """As redis-py's. One that was given a ``path`` shuts the store down, unless others still use it; the loop does not wait
        for the disk."""
        await super().aclose(close_connection_pool)
        store = self._opened and self._opened.leave()
        if store:
            try:
                await in_a_thread(store.shutdown)
            except Error as error:
                raise redis.asyncio.ResponseError(str(error)) from error

    def pubsub(self, **kwargs: Any) -> NoReturn:
        """Refuses: a store has lists alone."""
        refuse_channels()

    @property
    def store(self) -> Store:
        """The store itself."""
        return store_of(self.connection_pool.connection_kwargs)


Redis.__init__.__signature__ = signature_with_store(_CLIENT)  # type: ignore[attr-defined]


def _over_a_pool(store: Store | None, settings: Settings, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The same client's arguments, where all that can be said of its pool is said to the pool."""
    single = kwargs.pop("single_connection_client", False)
    kwargs.setdefault("socket_timeout", None)
    # It knows which of its arguments are a pool's, and never connects.
    pattern = _CLIENT(*args, **kwargs).connection_pool
    if store is None:
        store = store_with(settings, pattern.connection_kwargs)
    pool_arguments = {**pattern.connection_kwargs, "max_connections": pattern.max_connections, **pool_kwargs(store)}
    pool = _POOL(connection_class=Connection, **pool_arguments)
    return {"connection_pool": pool, "single_connection_client": single}
