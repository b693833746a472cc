"""A wait in a task of asyncio: it takes no thread, and the loop goes on."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable
from typing import Any, Protocol

from ._native import Wait


class Pollable(Protocol):
    """What can be waited for: a ``Wait``, or a ``Session`` whose command waits."""

    def poll(self, ring: Any, /) -> bool: ...
    def seconds_left(self) -> float | None: ...
    def close(self) -> None: ...


class _Turn(threading.local):
    """How many commands the tasks of this thread have run since the last that waited."""

    commands = 0


_turn = _Turn()

# A round of a loop in which nothing happens takes about as long as one of these.
COMMANDS_IN_A_TURN = 32


def turn_is_over(commands: int = 1) -> bool:
    """Whether the task that is about to run this number of commands lets the others run first.

    A command that does not wait has no step at which the loop could go on, and a task that says one after the other would
    keep all others from running. The step is taken before the command: a cancellation there finds nothing done.
    """
    _turn.commands += commands
    if _turn.commands <= COMMANDS_IN_A_TURN:
        return False
    _turn.commands = 0
    return True


class _Ring:
    """A ring on its way to a task. It stays in the loop until the task has run: a loop that is closed before drops it, and then
    what the task was given goes back."""

    __slots__ = ("_bell", "_is_heard", "_rang")

    def __init__(self, bell: _Bell) -> None:
        self._bell = bell
        self._rang = self._is_heard = False

    def __call__(self) -> None:
        """In the loop's own thread: first rings, and then comes behind the task."""
        if self._rang:
            self._is_heard = True
        else:
            self._rang = True
            self._bell.ring()
            self._bell.loop.call_soon(self)

    def forget(self) -> None:
        self._is_heard = True

    def __del__(self) -> None:
        if not self._is_heard:
            self._bell.give_up()


class _Bell:
    """Wakes one task, from any thread."""

    def __init__(self, wait: Pollable) -> None:
        self.loop = asyncio.get_running_loop()
        # The wait keeps this, in its waker.
        self._wait = weakref.ref(wait)
        self.hang()

    def hang(self) -> asyncio.Future[None]:
        """A future that the next ring completes. The task alone keeps it: a task that is given up must not live on in what
        would wake it, where the collector of cycles cannot see it."""
        future = self.loop.create_future()
        self._future = weakref.ref(future)
        return future

    def ring(self) -> None:
        """In the loop's own thread."""
        future = self._future()
        if future is not None and not future.done():
            future.set_result(None)

    def ring_from_anywhere(self) -> bool:
        """Returns False where the loop is closed, and the task never runs again."""
        ring = _Ring(self)
        try:
            self.loop.call_soon_threadsafe(ring)
        except BaseException as error:
            ring.forget()
            if isinstance(error, RuntimeError) and self.loop.is_closed():
                return False
            raise
        return True

    def give_up(self) -> None:
        """The task can never run."""
        wait = self._wait()
        if wait is not None:
            wait.close()


async def over(wait: Pollable, limit: float | None = None) -> bool:
    """Returns True when the wait is over, and False when the loop's time is past ``limit`` before.

    A ring only wakes this task. What was popped leaves the wait when this task itself polls it, and no later step lies
    between that and the return; so an exception that is raised in here, a cancellation above all, finds it in the wait, and
    closing the wait gives it back.
    """
    loop = asyncio.get_running_loop()
    bell = _Bell(wait)
    try:
        while True:
            rung = bell.hang()
            if wait.poll(bell.ring_from_anywhere):
                return True
            if limit is not None and loop.time() >= limit:
                return False
            _turn.commands = 0
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
    if turn_is_over():
        await asyncio.sleep(0)
    await over(wait)
    return wait.result()


async def ready(value: Any) -> Any:
    """What is awaited for a value that is there already."""
    return value


async def in_a_thread(end: Callable[[], None]) -> None:
    """What is awaited for a call that waits for the disk."""
    await asyncio.to_thread(end)
