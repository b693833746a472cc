"""A wait in a task of asyncio: it takes no thread, and the loop goes on."""

from __future__ import annotations

import asyncio
import weakref
from typing import Any, Protocol

from ._native import Wait


class Pollable(Protocol):
    """What can be waited for: a ``Wait``, or a ``Session`` whose command waits."""

    def poll(self, ring: Any, /) -> bool: ...
    def seconds_left(self) -> float | None: ...
    def close(self) -> None: ...


class _Bell:
    """Wakes one task, from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.hang()

    def hang(self) -> asyncio.Future[None]:
        """A future that the next ring completes. The task alone keeps it: a task that is given up must not live on in what
        would wake it, where the collector of cycles cannot see it."""
        future = self._loop.create_future()
        self._future = weakref.ref(future)
        return future

    def ring(self) -> None:
        """In the loop's own thread."""
        future = self._future()
        if future is not None and not future.done():
            future.set_result(None)

    def ring_from_anywhere(self) -> bool:
        """Returns False where the loop is closed, and the task never runs again."""
        try:
            self._loop.call_soon_threadsafe(self.ring)
        except RuntimeError:
            if self._loop.is_closed():
                return False
            raise
        return True


async def over(wait: Pollable, limit: float | None = None) -> bool:
    """Returns True when the wait is over, and False when the loop's time is past ``limit`` before.

    A ring only wakes this task. What was popped leaves the wait when this task itself polls it, and no later step lies
    between that and the return; so an exception that is raised in here, a cancellation above all, finds it in the wait, and
    closing the wait gives it back.
    """
    loop = asyncio.get_running_loop()
    bell = _Bell()
    try:
        while True:
            rung = bell.hang()
            if wait.poll(bell.ring_from_anywhere):
                return True
            if limit is not None and loop.time() >= limit:
                return False
            await _either(loop, bell, rung, wait.seconds_left(), limit)
    except BaseException:
        wait.close()
        raise


async def _either(
    loop: asyncio.AbstractEventLoop,
    bell: _Bell,
    rung: asyncio.Future[None],
    seconds_left: float | None,
    limit: float | None,
) -> None:
    """Until the bell rings, the wait's own time is over, or the limit is there."""
    moments = [limit] if limit is not None else []
    if seconds_left is not None:
        moments.append(loop.time() + seconds_left)
    timer = loop.call_at(min(moments), bell.ring) if moments else None
    try:
        await rung
    finally:
        if timer is not None:
            timer.cancel()


async def result_of(wait: Wait[Any]) -> Any:
    """What a ``Wait`` is when it is awaited."""
    await over(wait)
    return wait.result()


async def ready(value: Any) -> Any:
    """What is awaited for a value that is there already."""
    return value
