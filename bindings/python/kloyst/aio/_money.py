"""The wallet, holds, the ledger's proof and its statements."""

from __future__ import annotations

import os
from datetime import datetime
from decimal import Decimal
from typing import AsyncIterator, Optional, Sequence, Tuple, Union

from kloyst import _native
from kloyst._arguments import Id, List, Money
from kloyst._records import (
    DayTotal,
    Hold,
    LedgerFormat,
    LedgerPoint,
    LedgerReport,
    Transaction,
    Wallet,
    WalletResult,
)
from kloyst._values import WalletOperation
from kloyst.aio._namespace import AsyncNamespace


class AsyncWallets(AsyncNamespace):
    """The prepaid wallet of a vendor and its append-only ledger.

    Every operation is one ledger row in one transaction, exactly once per idempotency key: the same key with the same
    content answers the first row again, with other content ConflictError.
    """

    async def get(self, vendor_id: Id) -> Wallet:
        """The wallet as it is now: balance, held, available."""
        return await self._call(_native.call_wallet_get(self._client, vendor_id))

    async def credit(
        self, vendor_id: Id, amount: Money, *, reference: str, idempotency_key: Optional[str] = None
    ) -> Transaction:
        """Adds `amount`. LimitError: the balance would pass 999999.9999. Without a key nothing protects against repeating."""
        return await self._call(
            _native.call_wallet_credit(self._client, vendor_id, amount, reference, idempotency_key)
        )

    async def debit(
        self, vendor_id: Id, amount: Money, *, reference: str, idempotency_key: Optional[str] = None
    ) -> Transaction:
        """Takes `amount` from what is available. InsufficientError."""
        return await self._call(
            _native.call_wallet_debit(self._client, vendor_id, amount, reference, idempotency_key)
        )

    async def refund(
        self, vendor_id: Id, debit_id: Id, amount: Money, *, reference: str, idempotency_key: Optional[str] = None
    ) -> Transaction:
        """Gives back `amount` of a debit. ExceedsError: more than is left of it."""
        return await self._call(
            _native.call_wallet_refund(self._client, vendor_id, debit_id, amount, reference, idempotency_key)
        )

    async def resolve(self, vendor_id: Id, idempotency_key: str) -> Transaction:
        """Settles an UnknownOutcomeError: the row of the key, or NotFoundError when it was not done."""
        return await self._call(_native.call_wallet_resolve(self._client, vendor_id, idempotency_key))

    async def post(
        self, vendor_id: Id, operations: Sequence[WalletOperation]
    ) -> List[WalletResult]:
        """Does 1 to 10000 operations in one transaction, in order. One that is refused takes nothing and stops nobody: look
        at the `status` of each result."""
        return await self._call(_native.call_wallet_post(self._client, vendor_id, list(operations)))

    async def transaction(self, vendor_id: Id, transaction_id: Id) -> Transaction:
        """One ledger row."""
        return await self._call(_native.call_transaction_get(self._client, vendor_id, transaction_id))

    def statement(self, vendor_id: Id, *, after_seq: int = 0, page_size: int = 500) -> AsyncIterator[Transaction]:
        """The ledger's rows in order of seq, behind `after_seq`."""
        return self._pages(
            lambda last: _native.call_wallet_statement(self._client, vendor_id, last, page_size), _by_seq, after_seq
        )

    def statement_between(
        self, vendor_id: Id, start: datetime, until: datetime, *, after_seq: int = 0, page_size: int = 500
    ) -> AsyncIterator[Transaction]:
        """The rows with start <= created_at < until."""
        return self._pages(
            lambda last: _native.call_wallet_statement_between(
                self._client, vendor_id, start, until, last, page_size
            ),
            _by_seq,
            after_seq,
        )

    def statement_of_campaign(
        self, vendor_id: Id, campaign_id: Id, *, after_seq: int = 0, page_size: int = 500
    ) -> AsyncIterator[Transaction]:
        """A campaign's captures and refunds."""
        return self._pages(
            lambda last: _native.call_wallet_statement_of_campaign(
                self._client, vendor_id, campaign_id, last, page_size
            ),
            _by_seq,
            after_seq,
        )

    async def balance_at(self, vendor_id: Id, at: datetime) -> Decimal:
        """The balance after the newest row that is not later than `at`."""
        return await self._call(_native.call_wallet_balance_at(self._client, vendor_id, at))

    async def totals(
        self, vendor_id: Id, start: datetime, until: datetime, *, offset_minutes: int = 0
    ) -> List[DayTotal]:
        """Sums by day and type of at most 366 days. Days are those of a place whose clock is `offset_minutes` ahead of UTC."""
        return await self._call(
            _native.call_wallet_totals(self._client, vendor_id, start, until, offset_minutes)
        )

    async def verify(self, vendor_id: Id) -> LedgerReport:
        """Recomputes the whole ledger: seq without gap, running balance, hash chain, agreement with wallet and holds.
        CorruptError: its `value` is the report, whose `bad_seq` names the row."""
        return await self._call(_native.call_wallet_verify(self._client, vendor_id))


class AsyncHolds(AsyncNamespace):
    """Money set aside. Campaigns hold theirs by themselves."""

    async def create(
        self,
        vendor_id: Id,
        amount: Money,
        *,
        reference: str,
        idempotency_key: Optional[str] = None,
        expires_at: Optional[datetime] = None,
    ) -> Hold:
        """Sets `amount` aside, until `expires_at` or for ever. InsufficientError."""
        return await self._call(
            _native.call_hold_create(self._client, vendor_id, amount, reference, idempotency_key, expires_at)
        )

    async def capture(
        self,
        vendor_id: Id,
        hold_id: Id,
        amount: Money,
        *,
        reference: str,
        idempotency_key: Optional[str] = None,
        asynchronous: bool = False,
    ) -> Transaction:
        """Takes `amount` of what is left, as one ledger row. ExceedsError; StateError: it has expired. With
        `asynchronous` the call does not wait for the server's disk."""
        return await self._call(
            _native.call_hold_capture(
                self._client, vendor_id, hold_id, amount, reference, idempotency_key, asynchronous
            )
        )

    async def release(self, vendor_id: Id, hold_id: Id) -> Decimal:
        """Frees what is left and answers how much that was; again does nothing."""
        return await self._call(_native.call_hold_release(self._client, vendor_id, hold_id))

    async def expire(self, vendor_id: Id, limit: int = 1000) -> int:
        """Releases up to `limit` holds whose time has passed, and answers how many. Nothing else releases them."""
        return await self._call(_native.call_hold_expire(self._client, vendor_id, limit))

    async def get(self, vendor_id: Id, hold_id: Id) -> Hold:
        """One hold."""
        return await self._call(_native.call_hold_get(self._client, vendor_id, hold_id))


class AsyncLedgers(AsyncNamespace):
    """Proofs of a ledger from where the last one ended, and statements that prove themselves without a database."""

    async def verify_from(
        self, vendor_id: Id, point: Optional[LedgerPoint] = None
    ) -> Tuple[LedgerPoint, LedgerReport]:
        """Verifies the rows behind `point` (None: all) and answers where to go on another time, and the report."""
        return await self._call(_native.call_ledger_verify_from(self._client, vendor_id, point))

    async def export(
        self,
        vendor_id: Id,
        target: Union[str, "os.PathLike[str]"],
        *,
        format: LedgerFormat = LedgerFormat.CSV,
    ) -> LedgerPoint:
        """Writes the whole ledger to a new file. The answer is the last row written; its hash pins the statement's end.
        ExistsError: there is such a file."""
        return await self._call(_native.call_ledger_export_file(self._client, vendor_id, format, os.fspath(target)))

    async def export_bytes(
        self, vendor_id: Id, *, format: LedgerFormat = LedgerFormat.CSV
    ) -> Tuple[bytes, LedgerPoint]:
        """The whole ledger as bytes, and its last row. For a large one take a file."""
        return await self._call(_native.call_ledger_export(self._client, vendor_id, format))


def _by_seq(row: Transaction) -> int:
    return row.seq
