"""A closed store, as redis-py's clients see it: a server that is gone, and does not come back."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from copy import copy
from functools import partial
from typing import Any

from redis.exceptions import ConnectionError, ResponseError

from ._native import ClosedError


class ClosedStoreError(ConnectionError, ResponseError, ClosedError):
    """The store is closed.

    A ``ConnectionError``, since that is what a program ends at. It is a ``ResponseError`` as well: a pipeline takes such a
    reply for that to one command, and returns those to the others, which may have popped something.
    """


def parse_error(parse: Callable[[str], BaseException], text: str) -> BaseException:
    """The exception for an error's text, which is redis-py's unless the store is closed."""
    code, _, rest = text.partition(" ")
    return ClosedStoreError(rest) if code == "CLOSED" else parse(text)


def sparing(retry: Any) -> Any:
    """A copy of a policy of redis-py that tries nothing again where the store is closed, however often it would."""
    retry = copy(retry)
    call = _call_in_a_task if inspect.iscoroutinefunction(retry.call_with_retry) else _call
    retry.call_with_retry = partial(call, retry.call_with_retry)
    return retry


# To the policy the refusal is a result, and so no reason to try again.


def _call(call: Callable[..., Any], do: Callable[[], Any], *args: Any, **kwargs: Any) -> Any:
    def attempt() -> Any:
        try:
            return do()
        except ClosedStoreError as error:
            return error

    return _result(call(attempt, *args, **kwargs))


async def _call_in_a_task(call: Callable[..., Any], do: Callable[[], Any], *args: Any, **kwargs: Any) -> Any:
    async def attempt() -> Any:
        try:
            return await do()
        except ClosedStoreError as error:
            return error

    return _result(await call(attempt, *args, **kwargs))


def _result(result: Any) -> Any:
    if isinstance(result, ClosedStoreError):
        raise result
    return result
