"""How a blocking client makes its calls: in the calling thread, without the interpreter's lock."""

from __future__ import annotations

from typing import Callable, TypeVar

from kloyst import _native

T = TypeVar("T")


class Runtime:
    """Runs calls where they are made. Thread-safe; holds nothing."""

    __slots__ = ()

    def __init__(self, threads: int = 1) -> None:
        """A thread waits for itself: `threads` is of the asyncio twin."""

    def call(self, call: _native.Call[T]) -> T:
        """Runs a call and answers its value, or raises its exception."""
        return _native.run(call)

    def outside(self, work: Callable[[], T]) -> T:
        """Does something that may block."""
        return work()

    def settle(self) -> None:
        """Nothing is ever under way."""

    def last(self, close: Callable[[], None]) -> None:
        """Does the last thing."""
        close()

    def close(self) -> None:
        """Nothing to be done."""
