"""Random programs, on both doors, beside a dict of deques."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import hypothesis
from hypothesis import strategies as st

import redeque


class Model:
    """Redis lists as one would write them in an afternoon."""

    def __init__(self) -> None:
        self.lists: dict[str, deque[bytes]] = {}

    def _drop_empty(self) -> None:
        self.lists = {key: list_ for key, list_ in self.lists.items() if list_}

    def lpush(self, key: str, *elements: bytes) -> int:
        list_ = self.lists.setdefault(key, deque())
        list_.extendleft(elements)
        return len(list_)

    def rpush(self, key: str, *elements: bytes) -> int:
        list_ = self.lists.setdefault(key, deque())
        list_.extend(elements)
        return len(list_)

    def _pop(self, key: str, count: int | None, pop: Callable[[deque[bytes]], bytes]) -> Any:
        if key not in self.lists:
            return None
        list_ = self.lists[key]
        popped = [pop(list_) for _ in range(min(1 if count is None else count, len(list_)))]
        self._drop_empty()
        return popped[0] if count is None else popped

    def lpop(self, key: str, count: int | None = None) -> Any:
        return self._pop(key, count, deque.popleft)

    def rpop(self, key: str, count: int | None = None) -> Any:
        return self._pop(key, count, deque.pop)

    def llen(self, key: str) -> int:
        return len(self.lists.get(key, ()))

    def _slice(self, key: str, start: int, stop: int) -> list[bytes]:
        elements = list(self.lists.get(key, ()))
        first = max(start + len(elements) if start < 0 else start, 0)
        last = stop + len(elements) if stop < 0 else stop
        return elements[first : max(last + 1, 0)]

    lrange = _slice

    def lindex(self, key: str, index: int) -> bytes | None:
        list_ = self.lists.get(key, deque())
        return list_[index] if -len(list_) <= index < len(list_) else None

    def lset(self, key: str, index: int, element: bytes) -> None:
        if key not in self.lists:
            raise ValueError("no such key")
        if self.lindex(key, index) is None:
            raise ValueError("index out of range")
        self.lists[key][index] = element

    def linsert(self, key: str, place: str, pivot: bytes, element: bytes) -> int:
        if key not in self.lists:
            return 0
        if pivot not in self.lists[key]:
            return -1
        index = self.lists[key].index(pivot)
        self.lists[key].insert(index + (place == "AFTER"), element)
        return len(self.lists[key])

    def lrem(self, key: str, count: int, element: bytes) -> int:
        list_ = self.lists.get(key, deque())
        before = len(list_)
        if count < 0:
            list_.reverse()
        for _ in range(min(abs(count) or before, list_.count(element))):
            list_.remove(element)
        if count < 0:
            list_.reverse()
        self._drop_empty()
        return before - len(list_)

    def ltrim(self, key: str, start: int, stop: int) -> None:
        self.lists[key] = deque(self._slice(key, start, stop))
        self._drop_empty()

    def lmove(self, source: str, destination: str, from_: str, to: str) -> bytes | None:
        element = self.lpop(source) if from_ == "LEFT" else self.rpop(source)
        if element is not None:
            (self.lpush if to == "LEFT" else self.rpush)(destination, element)
        return element

    def rename(self, key: str, newkey: str) -> None:
        if key not in self.lists:
            raise ValueError("no such key")
        self.lists[newkey] = self.lists.pop(key)

    def copy(self, source: str, destination: str) -> bool:
        if source == destination:
            raise ValueError("source and destination objects are the same")
        if source not in self.lists or destination in self.lists:
            return False
        self.lists[destination] = self.lists[source].copy()
        return True

    def delete(self, *keys: str) -> int:
        return sum(self.lists.pop(key, None) is not None for key in keys)

    def exists(self, *keys: str) -> int:
        return sum(key in self.lists for key in keys)


KEYS = st.sampled_from(["k", "l", "m"])
ELEMENTS = st.binary(max_size=3) | st.binary(min_size=60, max_size=300) | st.sampled_from([b"a", b"b"])
INDEXES = st.integers(-7, 7)
COUNTS = st.none() | st.integers(0, 5)
ENDS = st.sampled_from(["LEFT", "RIGHT"])
PLACES = st.sampled_from(["BEFORE", "AFTER"])


def call(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(st.just(name), *arguments)


def several(name: str, *before: st.SearchStrategy[Any], of: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    filled = st.lists(of, min_size=1, max_size=6)
    return st.tuples(st.tuples(st.just(name), *before), filled).map(lambda parts: (*parts[0], *parts[1]))


CALLS = st.one_of(
    several("lpush", KEYS, of=ELEMENTS),
    several("rpush", KEYS, of=ELEMENTS),
    call("lpop", KEYS, COUNTS),
    call("rpop", KEYS, COUNTS),
    call("llen", KEYS),
    call("lrange", KEYS, INDEXES, INDEXES),
    call("lindex", KEYS, INDEXES),
    call("lset", KEYS, INDEXES, ELEMENTS),
    call("linsert", KEYS, PLACES, ELEMENTS, ELEMENTS),
    call("lrem", KEYS, INDEXES, ELEMENTS),
    call("ltrim", KEYS, INDEXES, INDEXES),
    call("lmove", KEYS, KEYS, ENDS, ENDS),
    call("rename", KEYS, KEYS),
    call("copy", KEYS, KEYS),
    several("delete", of=KEYS),
    several("exists", of=KEYS),
)

STATUSES = {"lset", "ltrim", "rename"}
"""What redis-py returns True for, and a `Store` nothing."""


def outcome(target: Any, name: str, *arguments: Any) -> Any:
    """What a call returns, or the text that it raises."""
    try:
        returned = getattr(target, name)(*arguments)
    except (ValueError, redeque.ResponseError, redeque._redis.redis.ResponseError) as error:  # type: ignore[attr-defined]
        return str(error).removeprefix("ERR ")
    if name in STATUSES:
        assert returned in (True, None)
        return None
    return returned


@hypothesis.settings(max_examples=400, deadline=None)
@hypothesis.given(st.lists(CALLS, max_size=40))
def test_both_doors_do_what_a_dict_of_deques_does(calls: list[tuple[Any, ...]]) -> None:
    model, store, behind_client = Model(), redeque.Store(), redeque.Store()
    client = redeque.Redis(store=behind_client)
    for made in calls:
        expected = outcome(model, *made)
        assert outcome(store, *made) == expected, made
        assert outcome(client, *made) == expected, made
    for door in (store, behind_client):
        assert {key.decode(): deque(door.lrange(key)) for key in door.keys("*")} == model.lists
