"""Which store is at which address."""

from __future__ import annotations

from ._native import Store

_stores: dict[tuple[str, int, str | None], Store] = {}


def store_at(host: str = "localhost", port: int = 6379, path: str | None = None) -> Store:
    """The store of this process at that address, the same for all who ask for it: ``Redis()`` uses that of the default.

    It stays until the process ends, as the lists of a server would.
    """
    # A socket's path is the whole address.
    address = (host, int(port), None) if path is None else ("", 0, str(path))
    try:
        return _stores[address]
    except KeyError:
        # With no lock, which another thread could hold at a fork: this is one step already, and the first store stays.
        return _stores.setdefault(address, Store())
