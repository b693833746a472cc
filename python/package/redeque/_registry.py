"""Which store is at which address."""

from __future__ import annotations

import os
import weakref
from typing import Any, NamedTuple

from ._native import ManualClock, Store

_Address = tuple[str, int, str | None]


class Settings(NamedTuple):
    """What is said of a store, which is made so or is there already. None is nothing."""

    clock: ManualClock | None = None
    max_memory: int | None = None

    def is_any_said(self) -> bool:
        """Whether something is."""
        return self.clock is not None or self.max_memory is not None


def checked_settings(clock: object, max_memory: int | None) -> Settings:
    """Refuses what is no clock where it is given."""
    if clock is None or isinstance(clock, ManualClock):
        return Settings(clock, max_memory)
    raise TypeError(f"clock is a redeque.ManualClock, not '{type(clock).__name__}'")


class _Known(NamedTuple):
    """A store, and the bound that it was made with."""

    store: Store
    max_memory: int


_by_system: dict[_Address, _Known] = {}

# Those of a test go with its clock.
_by_clock: weakref.WeakKeyDictionary[ManualClock, dict[_Address, _Known]] = weakref.WeakKeyDictionary()


def store_at(
    host: str = "localhost",
    port: int = 6379,
    path: str | None = None,
    *,
    clock: ManualClock | None = None,
    max_memory: int | None = None,
) -> Store:
    """The store of this process at that address, the same for all who ask for it: ``Redis()`` uses that of the default.

    It stays until the process ends, as the lists of a server would. Those that go by a ``clock`` are others, for each clock, and
    stay as long as that. Who asks for it first may say its ``max_memory``, and it is a ``ValueError`` to say another one later.
    """
    address = checked_address(host, port, path)
    settings = checked_settings(clock, max_memory)
    # With no lock, which another thread could hold at a fork: each is one step already, and the first store stays.
    stores = _by_system if clock is None else _by_clock.setdefault(clock, {})
    known = stores.get(address)
    if known is None:
        bound = max_memory or 0
        known = stores.setdefault(address, _Known(Store(clock=settings.clock, max_memory=bound), bound))
    if max_memory is not None and max_memory != known.max_memory:
        place = f"{host}:{port}" if path is None else path
        raise ValueError(f"the store at {place} was made with max_memory={known.max_memory}, not {max_memory}")
    return known.store


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
