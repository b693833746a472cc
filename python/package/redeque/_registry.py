"""Which store is at which address."""

from __future__ import annotations

import os
from typing import Any

from ._native import Store

_Address = tuple[str, int, str | None]

_stores: dict[_Address, Store] = {}


def store_at(host: str = "localhost", port: int = 6379, path: str | None = None) -> Store:
    """The store of this process at that address, the same for all who ask for it: ``Redis()`` uses that of the default.

    It stays until the process ends, as the lists of a server would.
    """
    address = checked_address(host, port, path)
    try:
        return _stores[address]
    except KeyError:
        # With no lock, which another thread could hold at a fork: this is one step already, and the first store stays.
        return _stores.setdefault(address, Store())


def checked_address(host: Any, port: Any, path: Any) -> _Address:
    """The address that these are, in the one way in which it is kept."""
    if path is not None:
        # A socket's path is the whole address.
        return "", 0, os.fsdecode(path)
    if isinstance(host, bytes):
        host = host.decode()
    if not isinstance(host, str):
        raise TypeError(f"a host is a str, not '{type(host).__name__}'")
    try:
        return host, int(port), None
    except TypeError:
        raise TypeError(f"a port is a number, not '{type(port).__name__}'") from None
    except (ValueError, OverflowError):
        raise ValueError(f"a port is a whole number, not {port!r}") from None
