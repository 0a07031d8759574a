"""Workers, circuit breakers and metrics."""

from __future__ import annotations

from types import TracebackType
from typing import AsyncIterator, Optional, Tuple, Type

from kloyst import _native
from kloyst._arguments import Id, List
from kloyst._records import Breaker, Metrics, Outgoing, RequestEnd, WorkerReport
from kloyst._runtime_async import AsyncRuntime
from kloyst.aio._namespace import AsyncNamespace, by_id
from kloyst.errors import ClosedError


class AsyncBreakers(AsyncNamespace):
    """What Meta has refused to go on with, and how long it rests."""

    def list(self, vendor_id: Id, *, after: Optional[Id] = None, page_size: int = 500) -> AsyncIterator[Breaker]:
        """Open breakers that stop something of the vendor."""
        return self._pages(
            lambda last: _native.call_breaker_list(self._client, vendor_id, last, page_size), by_id, after
        )

    def list_shared(self, *, after: Optional[Id] = None, page_size: int = 500) -> AsyncIterator[Breaker]:
        """Those that stop every vendor of a number or account, for whoever runs the platform."""
        return self._pages(
            lambda last: _native.call_breaker_list_shared(self._client, last, page_size), by_id, after
        )

    async def resume(self, vendor_id: Id, breaker_id: Id) -> None:
        """Closes a breaker of the vendor: sending goes on at once. StateError: it stops other vendors too."""
        await self._call(_native.call_breaker_resume(self._client, vendor_id, breaker_id))

    async def resume_shared(self, breaker_id: Id) -> None:
        """Closes one of `list_shared`."""
        await self._call(_native.call_breaker_resume_shared(self._client, breaker_id))


class AsyncMeters(AsyncNamespace):
    """What the client has done since it was opened."""

    async def get(self) -> Metrics:
        """The counters."""
        return await self._call(_native.call_metrics_get(self._client))

    async def prometheus(self) -> str:
        """The same in Prometheus' text format 0.0.4."""
        return await self._call(_native.call_metrics_prometheus(self._client))


class AsyncWorker:
    """Claims messages that may leave, within Meta's limits, and posts them to the Graph API.

    Any number of workers may run in any number of threads and processes. One is used by one task or thread at a time, except
    for `stop`.
    """

    __slots__ = ("_worker", "_runtime")

    def __init__(self, worker: _native.Worker, runtime: AsyncRuntime) -> None:
        self._worker = worker
        self._runtime = runtime

    async def run(self) -> WorkerReport:
        """Sends until nothing may leave within a minute (until_idle), `stop` was called or the progress callback raised
        an exception; then finishes what is in flight. HttpError: Meta could not be reached; MetaRefusedError: all else went out."""
        return await self._runtime.call(_native.call_worker_run(self._worker))

    def stop(self) -> None:
        """Ends the run under way gracefully, or the next one before it starts anything. From any thread."""
        try:
            _native.run(_native.call_worker_stop(self._worker))
        except ClosedError:
            pass  # It does nothing more as it is.

    async def pull(self, most: int = 100) -> Tuple[List[Outgoing], int]:
        """For programs with HTTP of their own: messages that must leave at once, and after how many milliseconds to call
        again. Each is to be answered."""
        return await self._runtime.call(_native.call_worker_pull(self._worker, most))

    async def answer(
        self, ticket: int, end: RequestEnd, *, http_status: int = 0, body: Optional[bytes] = None
    ) -> None:
        """Tells how the request of a ticket ended."""
        await self._runtime.call(_native.call_worker_answer(self._worker, ticket, end, http_status, body))

    async def finish(self) -> WorkerReport:
        """Ends pulling: stores what was answered and gives back what was not handed out."""
        return await self._runtime.call(_native.call_worker_finish(self._worker))

    async def close(self) -> None:
        """Stops a run under way, waits for it and releases the worker. Closing again does nothing."""
        self.stop()
        await self._runtime.settle()
        await self._runtime.last(self._worker.close)

    async def __aenter__(self) -> AsyncWorker:
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.close()
