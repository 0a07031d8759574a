"""Multi-tenant WhatsApp messaging on PostgreSQL: vendors, contacts, prepaid wallets, campaigns, webhooks.

    import kloyst

    with kloyst.connect("embedded:/var/lib/shop") as client:
        vendor = client.vendors.create("Acme")
        client.wallet.credit(vendor.id, "500.00", reference="pay_1", idempotency_key="pay_1")

Every call that reaches the database releases the interpreter's lock. `kloyst.aio` has the same names for asyncio. Failures
are exceptions, see `kloyst.errors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kloyst import _records, errors
from kloyst._functions import (
    error_policies,
    error_policy,
    new_id,
    normalize_phone,
    phone_reason_text,
    statuses,
    verify_statement,
    version,
    webhook_challenge,
    webhook_verify,
)
from kloyst._records import *  # noqa: F403
from kloyst._sync import Batch, Client, EventPage, VendorView, Worker, connect, migrate
from kloyst.errors import KloystError

if TYPE_CHECKING:
    from kloyst import aio
    from kloyst.aio import connect as connect_async

__version__ = version()

__all__ = [
    "Batch",
    "Client",
    "EventPage",
    "KloystError",
    "VendorView",
    "Worker",
    "aio",
    "connect",
    "connect_async",
    "error_policies",
    "error_policy",
    "errors",
    "migrate",
    "new_id",
    "normalize_phone",
    "phone_reason_text",
    "statuses",
    "verify_statement",
    "version",
    "webhook_challenge",
    "webhook_verify",
]
__all__ += _records.__all__


def __getattr__(name: str) -> Any:
    # asyncio takes longer to import than everything here.
    if name in ("aio", "connect_async"):
        import importlib

        aio = importlib.import_module("kloyst.aio")
        return aio if name == "aio" else aio.connect
    raise AttributeError(f"module 'kloyst' has no attribute {name!r}")
