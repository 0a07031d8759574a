"""The client: a handle on one database, with its parts."""

from __future__ import annotations

from types import TracebackType
from typing import Callable, List, Optional, Type

from kloyst import _native
from kloyst._arguments import Id
from kloyst._records import Finding, LogLevel, WorkerReport
from kloyst._runtime_async import AsyncRuntime
from kloyst.aio._campaigns import AsyncBatches, AsyncCampaigns, AsyncQueue
from kloyst.aio._contacts import AsyncConsents, AsyncContacts
from kloyst.aio._messages import AsyncEvents, AsyncMessages, AsyncTemplates, AsyncWebhooks
from kloyst.aio._money import AsyncHolds, AsyncLedgers, AsyncWallets
from kloyst.aio._namespace import given
from kloyst.aio._platform import AsyncBreakers, AsyncMeters, AsyncWorker
from kloyst.aio._recharge import AsyncRates, AsyncRecharges
from kloyst.aio._tenants import AsyncUsers, AsyncVendors, AsyncWabas
from kloyst.aio._vendor import AsyncVendorView


class AsyncClient:
    """A handle on one database. Made by `connect`; used by any number of tasks of its event loop."""

    __slots__ = (
        "_client", "_runtime", "__weakref__", "vendors", "users", "wabas", "contacts", "consent", "templates", "rates",
        "wallet", "holds", "ledger", "recharge", "campaigns", "batches", "queue", "messages", "webhooks", "events",
        "breakers", "metrics",
    )

    def __init__(self, client: _native.Client, runtime: AsyncRuntime) -> None:
        self._client = client
        self._runtime = runtime
        self.vendors = AsyncVendors(client, runtime)
        self.users = AsyncUsers(client, runtime)
        self.wabas = AsyncWabas(client, runtime)
        self.contacts = AsyncContacts(client, runtime)
        self.consent = AsyncConsents(client, runtime)
        self.templates = AsyncTemplates(client, runtime)
        self.rates = AsyncRates(client, runtime)
        self.wallet = AsyncWallets(client, runtime)
        self.holds = AsyncHolds(client, runtime)
        self.ledger = AsyncLedgers(client, runtime)
        self.recharge = AsyncRecharges(client, runtime)
        self.campaigns = AsyncCampaigns(client, runtime)
        self.batches = AsyncBatches(client, runtime)
        self.queue = AsyncQueue(client, runtime)
        self.messages = AsyncMessages(client, runtime)
        self.webhooks = AsyncWebhooks(client, runtime)
        self.events = AsyncEvents(client, runtime)
        self.breakers = AsyncBreakers(client, runtime)
        self.metrics = AsyncMeters(client, runtime)

    def vendor(self, vendor_id: Id) -> AsyncVendorView:
        """The same parts with the vendor's id filled in: ``client.vendor(id).wallet.get()``. Asks nothing."""
        return AsyncVendorView(self, vendor_id)

    async def worker(
        self,
        *,
        base_url: Optional[str] = None,
        api_version: Optional[str] = None,
        vendor_id: Optional[Id] = None,
        max_in_flight: Optional[int] = None,
        request_timeout_ms: Optional[int] = None,
        connect_timeout_ms: Optional[int] = None,
        lease_ms: Optional[int] = None,
        max_attempts: Optional[int] = None,
        until_idle: Optional[bool] = None,
        on_progress: Optional[Callable[[WorkerReport], object]] = None,
        proxy: Optional[str] = None,
        ca_file: Optional[str] = None,
        housekeeping: Optional[bool] = None,
        fold_webhooks: Optional[bool] = None,
        retain_days: Optional[int] = None,
    ) -> AsyncWorker:
        """Makes a worker. None takes the default: Meta's URL, 64 requests at once, one minute of lease, five attempts,
        `until_idle` and `housekeeping` on. `on_progress` is called about five times a second and at the end of a run, in the
        thread that runs; an exception that it raises stops the run and comes out of it."""
        options = given(
            base_url=base_url,
            api_version=api_version,
            vendor_id=vendor_id,
            max_in_flight=max_in_flight,
            request_timeout_ms=request_timeout_ms,
            connect_timeout_ms=connect_timeout_ms,
            lease_ms=lease_ms,
            max_attempts=max_attempts,
            until_idle=until_idle,
            progress=on_progress,
            proxy=proxy,
            ca_file=ca_file,
            housekeeping=housekeeping,
            fold_webhooks=fold_webhooks,
            retain_days=retain_days,
        )
        made = await self._runtime.call(_native.call_worker_new(self._client, options))
        # A thread of its own: a run may last for days, and must not hold up the calls of the client.
        return AsyncWorker(made, AsyncRuntime(1))

    async def ping(self) -> None:
        """One round trip to the server."""
        await self._runtime.call(_native.call_ping(self._client))

    async def housekeep(self, webhooks: int = 0) -> int:
        """One pass over what time brings: scheduled campaigns start, breakers close, lost answers are settled; up to
        `webhooks` bodies are folded. Answers how much there was: call again at once until it is 0. Workers do it by
        themselves."""
        return await self._runtime.call(_native.call_housekeep(self._client, webhooks))

    async def doctor(self) -> List[Finding]:
        """Looks at the server, the schema, the role's privileges and the keys, for whoever runs the platform. Changes nothing."""
        return await self._runtime.call(_native.call_doctor_run(self._client))

    async def close(self) -> None:
        """Settles what is in flight and ends the connections. Every later call raises ClosedError; closing again does
        nothing."""
        await self._runtime.settle()
        await self._runtime.last(self._client.close)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.close()


async def async_connect(
    url: Optional[str] = None,
    *,
    master_key: Optional[bytes] = None,
    app_secret: Optional[str] = None,
    app_secret_previous: Optional[str] = None,
    razorpay_secret: Optional[str] = None,
    razorpay_secret_previous: Optional[str] = None,
    pool_size: int = 8,
    connect_timeout_ms: Optional[int] = None,
    statement_timeout_ms: Optional[int] = None,
    wait_timeout_ms: Optional[int] = None,
    migrate: bool = False,
    unprepared: bool = False,
    log: Optional[Callable[[LogLevel, str, str], None]] = None,
    log_level: Optional[LogLevel] = None,
) -> AsyncClient:
    """Opens a client.

    `url`: a PostgreSQL URL; "embedded:DIR", a private server that the library makes, starts and stops; None: $KLOYST_URL, else
    an embedded directory under the user's data home. `master_key`: 32 bytes (several keys one after the other) that seal
    tokens; None: $KLOYST_MASTER_KEY. `app_secret` signs Meta's webhooks, `razorpay_secret` Razorpay's; the ones with
    _previous are still accepted. `pool_size`: most connections. `migrate`: bring the schema up to date first. `log` is told what
    happens, from any thread: level, component, one line without secrets.
    """
    options = given(
        master_key=master_key,
        app_secret=app_secret,
        app_secret_previous=app_secret_previous,
        razorpay_secret=razorpay_secret,
        razorpay_secret_previous=razorpay_secret_previous,
        pool_size=pool_size,
        connect_timeout_ms=connect_timeout_ms,
        statement_timeout_ms=statement_timeout_ms,
        wait_timeout_ms=wait_timeout_ms,
        migrate=migrate or None,
        unprepared=unprepared or None,
        log=log,
        log_level=log_level,
    )
    runtime = AsyncRuntime(pool_size)
    try:
        return AsyncClient(await runtime.call(_native.call_open(url, options)), runtime)
    except BaseException:
        runtime.close()
        raise


async def async_migrate(url: str) -> None:
    """Brings the schema of a database up to date, as a role that may create schemas and roles. Does nothing when there is
    nothing to do."""
    runtime = AsyncRuntime(1)
    try:
        await runtime.call(_native.call_migrate(url))
    finally:
        runtime.close()
