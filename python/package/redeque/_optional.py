"""What needs redis-py, which need not be there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def needing_redis_py(name: str) -> Iterator[None]:
    """Says what to install, where what is imported in here does not find redis-py."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "redis":
            raise
        raise ModuleNotFoundError(f"{name} needs redis-py: pip install 'redeque[redis]'", name="redis") from error
