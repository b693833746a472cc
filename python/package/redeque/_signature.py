"""What a client is made with, as ``help`` shows it."""

from __future__ import annotations

import inspect


def signature_with_store(client: type) -> inspect.Signature:
    """All that the redis-py which is installed makes its client with, and a store; no time limit but an explicit one."""
    redis_py = inspect.signature(client.__init__)  # type: ignore[misc]
    arguments = [
        argument.replace(default=None) if name == "socket_timeout" else argument for name, argument in redis_py.parameters.items()
    ]
    store = inspect.Parameter("store", inspect.Parameter.KEYWORD_ONLY, default=None, annotation="Store | None")
    return redis_py.replace(parameters=[*arguments, store])
