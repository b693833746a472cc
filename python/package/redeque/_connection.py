"""What the connections for threads and for tasks have in common."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, NoReturn

from redis._parsers import Encoder
from redis.connection import CacheProxyConnection
from redis.exceptions import ConnectionError, RedisError, ResponseError, TimeoutError

from ._arguments import refuse_cache, store_of
from ._closed_store import parse_error, sparing
from ._native import Session, Store

# The replies to these are read as messages, by whom a refusal may reach late or never.
CHANNELS = frozenset(("SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"))


def refuse_channels() -> NoReturn:
    """Refuses publish and subscribe."""
    raise ResponseError("unknown command 'SUBSCRIBE': there is no publish and subscribe in process")


class InProcess:
    """What a connection has of its own, in the place of a socket."""

    _store: Store | None
    host: Any
    port: Any
    path: str | None
    db: Any
    encoder: Any
    _parser: Any

    def _new_session(self) -> Session:
        """A session with its store, that encodes, decodes and raises as redis-py does."""
        encoder = self.encoder
        utf8 = type(encoder) is Encoder and encoder.encoding.lower() in ("utf-8", "utf8") and encoder.encoding_errors == "strict"
        return Session(
            store_of({"store": self._store, "host": self.host, "port": self.port, "path": self.path}),
            encode=encoder.encode,
            decode=encoder.decode if encoder.decode_responses else None,
            parse_error=partial(parse_error, self._parser.parse_error),
            utf8=utf8,
        )

    @property
    def retry(self) -> Any:
        """When redis-py tries a command again: never where the store is closed."""
        return self._retry

    @retry.setter
    def retry(self, retry: Any) -> None:
        self._retry = sparing(retry)

    def register_connect_callback(self, callback: Any) -> None:
        """As redis-py's, which calls it whenever it connects; a cache has itself told of changes then."""
        if isinstance(getattr(callback, "__self__", None), CacheProxyConnection):
            refuse_cache()
        super().register_connect_callback(callback)  # type: ignore[misc]

    def repr_pieces(self) -> list[tuple[str, Any]]:
        """What its ``repr`` shows."""
        if self._store is not None:
            return [("store", self._store), ("db", self.db)]
        address = [("host", self.host), ("port", self.port)] if self.path is None else [("path", self.path)]
        return [*address, ("db", self.db)]

    def pack_command(self, *args: Any) -> Any:
        """The command as it is, for ``send_packed_command``: nothing needs to be packed."""
        return [args]

    def pack_commands(self, commands: Iterable[Any]) -> Any:
        """The commands as they are, for ``send_packed_command``."""
        return list(commands)


def is_reply(error: BaseException) -> bool:
    """Whether this is what a command was answered, and the connection as good as before."""
    if isinstance(error, ResponseError):
        return True  # Also of a closed store, which is a ConnectionError as well.
    return isinstance(error, RedisError) and not isinstance(error, (ConnectionError, TimeoutError))


def lost() -> ConnectionError:
    """What redis-py raises where a server has closed the connection. What was sent then has not been carried out."""
    return ConnectionError("Connection closed by server.")
