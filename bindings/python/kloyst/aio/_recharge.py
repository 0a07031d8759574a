"""Recharges by Razorpay, and the rate card."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import AsyncIterator, Optional

from kloyst import _native
from kloyst._arguments import Id, Money
from kloyst._records import Order, PaymentKept, Rate, RechargeReport, TemplateCategory
from kloyst.aio._namespace import AsyncNamespace


class AsyncRecharges(AsyncNamespace):
    """Recharging a wallet: what a vendor is expected to pay, and the webhooks that say it did. A payment is credited once."""

    async def create_order(self, vendor_id: Id, order_id: str, amount: Money, *, currency: str = "INR") -> Order:
        """Stores what is expected for Razorpay's order, before the checkout. `amount` is whole paise."""
        return await self._call(_native.call_order_create(self._client, vendor_id, order_id, amount, currency))

    async def get_order(self, vendor_id: Id, order_id: str) -> Order:
        """One order."""
        return await self._call(_native.call_order_get(self._client, vendor_id, order_id))

    async def take(self, body: bytes, *, signature: Optional[str], event_id: str) -> None:
        """Verifies a POST of Razorpay's and stores its bytes: after it, answer 200. `signature` is X-Razorpay-Signature,
        `event_id` x-razorpay-event-id. SignatureError: answer 401; any other KloystError: 500."""
        await self._call(_native.call_razorpay_take(self._client, signature, event_id, body))

    async def fold(self, limit: int = 100) -> RechargeReport:
        """Credits what up to `limit` stored events say. `events` of the answer is 0 when there are none."""
        return await self._call(_native.call_razorpay_fold(self._client, limit))

    def kept(self, *, after: int = 0, page_size: int = 500) -> AsyncIterator[PaymentKept]:
        """Payments, refunds and disputes that were not credited, with the reason."""
        return self._pages(
            lambda last: _native.call_payment_kept_list(self._client, last, page_size), _by_number, after
        )

    async def retry(self, payment_id: str) -> None:
        """Tries to credit a kept payment again. StateError says why it stays kept."""
        await self._call(_native.call_payment_retry(self._client, payment_id))


class AsyncRates(AsyncNamespace):
    """The rate card: what a template message costs, by its category and the country of the number."""

    async def set(
        self, category: TemplateCategory, country: str, effective_from: datetime, price: Optional[Money]
    ) -> None:
        """Sets the platform's price from a moment on. `country` is an ISO code, the first 1 to 4 digits of numbers, or "*".
        None: from then on there is no price."""
        await self._call(
            _native.call_rate_set(self._client, category, country, effective_from, price)
        )

    async def set_vendor(
        self,
        vendor_id: Id,
        category: TemplateCategory,
        country: str,
        effective_from: datetime,
        price: Optional[Money],
    ) -> None:
        """The same for one vendor, whose rates go before the platform's."""
        await self._call(
            _native.call_rate_set_vendor(
                self._client, vendor_id, category, country, effective_from, price
            )
        )

    async def list(self, category: TemplateCategory, *, page_size: int = 500) -> AsyncIterator[Rate]:
        """The platform's rates of a category in order of digits, then of moment; past and future ones too."""
        after: Optional[_native.RatePage] = None
        while True:
            page = await self._call(_native.call_rate_list(self._client, category, after, page_size))
            for rate in page.rates:
                yield rate
            if not page.rates:
                return
            after = page.handle

    async def list_vendor(
        self, vendor_id: Id, category: TemplateCategory, *, page_size: int = 500
    ) -> AsyncIterator[Rate]:
        """The same of one vendor's own rates."""
        after: Optional[_native.RatePage] = None
        while True:
            page = await self._call(
                _native.call_rate_list_vendor(self._client, vendor_id, category, after, page_size)
            )
            for rate in page.rates:
                yield rate
            if not page.rates:
                return
            after = page.handle

    async def price(
        self,
        vendor_id: Id,
        category: TemplateCategory,
        to: str,
        *,
        country: Optional[str] = None,
        at: Optional[datetime] = None,
    ) -> Decimal:
        """What a message to `to` costs the vendor at a moment (None: now). NoRateError."""
        return await self._call(_native.call_rate_price(self._client, vendor_id, category, to, country, at))


def _by_number(item: PaymentKept) -> int:
    return item.id
