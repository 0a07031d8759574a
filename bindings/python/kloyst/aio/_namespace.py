"""What the parts of a client share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, AsyncIterator, Callable, Dict, List, TypeVar

from kloyst import _native
from kloyst._runtime_async import AsyncRuntime

if TYPE_CHECKING:
    from kloyst._arguments import HasId

T = TypeVar("T")
K = TypeVar("K")


class AsyncNamespace:
    """One part of a client. Made by the client; has its life."""

    __slots__ = ("_client", "_runtime")

    def __init__(self, client: _native.Client, runtime: AsyncRuntime) -> None:
        self._client = client
        self._runtime = runtime

    async def _call(self, call: _native.Call[T]) -> T:
        return await self._runtime.call(call)

    async def _pages(
        self, read: Callable[[K], _native.Call[List[T]]], key: Callable[[T], K], after: K
    ) -> AsyncIterator[T]:
        # A page may be short before the end: only an empty one says that there is no more.
        while True:
            page = await self._runtime.call(read(after))
            if not page:
                return
            for item in page:
                yield item
            after = key(page[-1])


def given(**options: Any) -> Dict[str, Any]:
    """The options that were given: those that are not None."""
    return {name: value for name, value in options.items() if value is not None}


def by_id(record: HasId) -> str:
    """What most lists are read on by."""
    return record.id
