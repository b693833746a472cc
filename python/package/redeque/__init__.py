"""Redis lists inside your own process.

``Store`` is the native door. ``Redis`` is redis-py's own client, over a store instead of a server; it and its
``Connection`` need the extra ``redeque[redis]``, and ``redeque.asyncio`` has both for tasks. None of the three imports
redis-py before it is asked for.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

from ._native import (
    ClosedError,
    Error,
    ForkError,
    InUseError,
    ManualClock,
    OpenError,
    OutOfMemoryError,
    Recovery,
    ResponseError,
    Session,
    Store,
    TransferError,
    Wait,
    __version__,
)
from ._optional import needing_redis_py
from ._registry import store_at

if TYPE_CHECKING:
    from . import asyncio as asyncio
    from ._redis import Connection as Connection
    from ._redis import Redis as Redis

# Without what needs redis-py, so that all of it can be imported where that is not installed.
__all__ = [
    "ClosedError",
    "Error",
    "ForkError",
    "InUseError",
    "ManualClock",
    "OpenError",
    "OutOfMemoryError",
    "Recovery",
    "ResponseError",
    "Session",
    "Store",
    "TransferError",
    "Wait",
    "__version__",
    "store_at",
]


_OF_REDIS_PY = ("Connection", "Redis", "asyncio")


def __getattr__(name: str) -> Any:
    """Imports redis-py when it is first asked for."""
    if name not in _OF_REDIS_PY:
        raise AttributeError(f"module 'redeque' has no attribute '{name}'")
    if name == "asyncio":
        return importlib.import_module("redeque.asyncio")
    with needing_redis_py(f"redeque.{name}"):
        from . import _redis
    globals().update(Connection=_redis.Connection, Redis=_redis.Redis)
    return globals()[name]


def __dir__() -> list[str]:
    """What can be had: without redis-py nothing of it, since ``help`` asks for all that it finds here."""
    lazy = _OF_REDIS_PY if importlib.util.find_spec("redis") else ()
    return sorted({*globals(), *lazy})
