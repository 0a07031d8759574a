"""The asyncio twin of the package: the same names, awaited.

    client = await kloyst.aio.connect("embedded:/var/lib/shop")
    await client.wallet.debit(vendor_id, "5.00", reference="message 1", idempotency_key="message-1")
"""

from __future__ import annotations

from kloyst.aio._campaigns import AsyncBatch as Batch
from kloyst.aio._client import AsyncClient as Client
from kloyst.aio._client import async_connect as connect
from kloyst.aio._client import async_migrate as migrate
from kloyst.aio._messages import AsyncEventPage as EventPage
from kloyst.aio._platform import AsyncWorker as Worker
from kloyst.aio._vendor import AsyncVendorView as VendorView

__all__ = ["Batch", "Client", "EventPage", "VendorView", "Worker", "connect", "migrate"]
