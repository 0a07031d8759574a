"""How an asyncio client makes its calls: on threads of the library, whose ends wake the event loop through a descriptor."""

from __future__ import annotations

import asyncio
import os
import weakref
from typing import Callable, Optional, TypeVar

from kloyst import _native
from kloyst.errors import ClosedError, ForkedError

T = TypeVar("T")

# Completions that are handed out before the loop looks after others again.
AT_ONCE = 256


class AsyncRuntime:
    """A completion queue that one event loop watches. Belongs to the loop it was first used in."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._queue: Optional[_native.Queue] = None
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._descriptor = -1
        self._process = os.getpid()
        self._closed = False
        self._idle: Optional[asyncio.Event] = None

    def _start(self) -> _native.Queue:
        if self._process != os.getpid():
            raise ForkedError("the client was opened by the parent process")
        if self._closed:
            raise ClosedError("the client is closed")
        loop = asyncio.get_running_loop()
        if self._queue is None:
            self._queue = _native.Queue(self._threads)
            self._loop = loop
            self._descriptor = self._queue.fileno()
            # A weak reference: the loop must not keep a forgotten client alive.
            loop.add_reader(self._descriptor, _deliver, weakref.ref(self))
        elif self._loop is not loop:
            raise RuntimeError("a client belongs to the event loop it was opened in; open one for each loop")
        return self._queue

    async def call(self, call: _native.Call[T]) -> T:
        """Awaits a call. When the task is cancelled, a call that has not begun never begins; an import, export or worker's
        run that has begun ends soon; others go on and their values are dropped."""
        queue = self._start()
        assert self._loop is not None
        future: asyncio.Future[T] = self._loop.create_future()
        queue.submit(call, future)
        try:
            return await future
        except asyncio.CancelledError:
            if not self._closed and not (future.done() and not future.cancelled()):
                queue.cancel(future)
            raise

    def deliver(self) -> None:
        """Hands what is done to those who wait for it."""
        if self._queue is None:
            return
        for future, good, value in self._queue.take(AT_ONCE):
            if future.done():
                continue
            if good:
                future.set_result(value)
            else:
                future.set_exception(value)
        if self._idle is not None and not self._queue.pending():
            self._idle.set()

    async def outside(self, work: Callable[[], T]) -> T:
        """Does something that may block beside the loop."""
        return await asyncio.get_running_loop().run_in_executor(None, work)

    async def settle(self) -> None:
        """Waits until nothing is under way."""
        while self._queue is not None and not self._closed and self._queue.pending():
            self._start()
            if self._idle is None:
                self._idle = asyncio.Event()
            self._idle.clear()
            await self._idle.wait()

    async def last(self, close: Callable[[], None]) -> None:
        """Ends the queue and does the last thing, which may take its time, beside the loop."""
        self.close()
        if self._process == os.getpid():
            await asyncio.get_running_loop().run_in_executor(None, close)

    def close(self) -> None:
        """Ends the queue. What has not begun is cancelled; what has is waited for."""
        if self._closed:
            return
        self._closed = True
        if self._queue is None or self._process != os.getpid():
            return
        self._forget()
        self._queue.close()
        while self._queue.pending():
            self.deliver()
        if self._idle is not None:
            self._idle.set()

    def _forget(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._descriptor)

    def __del__(self) -> None:
        if not self._closed and self._queue is not None and self._process == os.getpid():
            try:
                self._forget()
            except RuntimeError:
                pass  # The loop is just being closed.


def _deliver(reference: weakref.ref[AsyncRuntime]) -> None:
    runtime = reference()
    if runtime is not None:
        runtime.deliver()
