"""Which stores are open in which directories, and whose clients use them."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Any, Literal, TypeAlias

from ._native import Store
from ._registry import Settings

When: TypeAlias = Literal["always", "everysec", "no"]
Path: TypeAlias = "str | os.PathLike[str]"


class Opened:
    """One client's use of the store of a directory. Who has the last one shuts the store down."""

    def __init__(self, store: Store, directory: str) -> None:
        self.store = store
        self._directory = directory

    def leave(self) -> Store | None:
        """Ends this use, and returns the store if it was the last. Nothing the next time."""
        with _lock:
            known = _known.get(self._directory)
            if known is None or self not in known.uses:
                return None
            known.uses.discard(self)
            if known.uses:
                return None
            del _known[self._directory]
            return self.store


class _Known:
    """A store, for as long as somebody uses it."""

    def __init__(self, store: Store, said: dict[str, Any]) -> None:
        self.store = weakref.ref(store)
        self.said = said
        self.uses: weakref.WeakSet[Opened] = weakref.WeakSet()


_known: dict[str, _Known] = {}
_lock = threading.Lock()


# Of what nobody said anything.
_DEFAULTS = {"fsync": "everysec", "clock": None, "max_memory": 0}


def opened(path: Path, fsync: When | None, settings: Settings) -> Opened:
    """The store of this process in that directory, the same for all who use it at one time."""
    # Told from the first, however the program changes its own directory later.
    directory = os.path.realpath(path)
    said = {name: value for name, value in (("fsync", fsync), *settings._asdict().items()) if value is not None}
    with _lock:
        known = _known.get(directory)
        store = None if known is None else known.store()
        if known is None or store is None or store.is_closed():
            store = Store(directory, **said)
            known = _known[directory] = _Known(store, _DEFAULTS | said)
        for name, value in said.items():
            if value != known.said[name]:
                raise ValueError(f"{directory} is open with {name}={known.said[name]!r}, not {value!r}")
        use = Opened(store, directory)
        known.uses.add(use)
        return use


def _forget() -> None:
    """In a child, to which none of it belongs."""
    global _lock
    _lock = threading.Lock()
    _known.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
