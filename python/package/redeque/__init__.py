"""Redis lists inside your own process.

``Store`` is the native door. ``Redis`` is redis-py's own client, over a store instead of a server; it and its
``Connection`` need the extra ``redeque[redis]``, and ``redeque.asyncio`` has both for tasks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._native import (
    ClosedError,
    Error,
    ForkError,
    ImportError,
    ResponseError,
    Session,
    Store,
    Wait,
    __version__,
)
from ._registry import store_at

if TYPE_CHECKING:
    from ._redis import Connection, Redis

__all__ = [
    "ClosedError",
    "Connection",
    "Error",
    "ForkError",
    "ImportError",
    "Redis",
    "ResponseError",
    "Session",
    "Store",
    "Wait",
    "__version__",
    "store_at",
]


def __getattr__(name: str) -> Any:
    """Imports redis-py when it is first asked for."""
    if name not in ("Connection", "Redis"):
        raise AttributeError(f"module 'redeque' has no attribute '{name}'")
    try:
        from . import _redis
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.partition(".")[0] == "redis":
            hint = f"redeque.{name} is redis-py's: pip install 'redeque[redis]'"
            raise ModuleNotFoundError(hint, name="redis") from error
        raise
    globals().update(Connection=_redis.Connection, Redis=_redis.Redis)
    return globals()[name]
