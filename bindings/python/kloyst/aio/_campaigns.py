"""Campaigns, and their batches for programs that send with an HTTP stack of their own."""

from __future__ import annotations

from datetime import datetime
from types import TracebackType
from typing import AsyncIterator, Optional, Sequence, Type

from kloyst import _native
from kloyst._arguments import Id, JsonList, JsonObject, List, Money
from kloyst._records import (
    AudienceCount,
    BatchMessage,
    Campaign,
    CampaignAccount,
    CampaignFailure,
    CampaignProgress,
    CampaignStats,
    ClaimedBatch,
    ErrorClass,
    ParameterFormat,
    Preflight,
    Recipient,
    RecipientState,
    TemplateCategory,
    UnknownPolicy,
)
from kloyst._values import SendResult
from kloyst.errors import LeaseLostError
from kloyst._runtime_async import AsyncRuntime
from kloyst.aio._namespace import AsyncNamespace, by_id, given


class AsyncCampaigns(AsyncNamespace):
    """One template message to contacts of a vendor: all of them, a list, or those that a filter chooses."""

    async def create(
        self,
        vendor_id: Id,
        name: str,
        *,
        waba_account_id: Id,
        template_name: str,
        template_language: str,
        parameters: Optional[JsonList] = None,
        parameter_format: Optional[ParameterFormat] = None,
        price: Optional[Money] = None,
        audience: Optional[JsonObject] = None,
        send_from: Optional[int] = None,
        send_until: Optional[int] = None,
        time_zone: Optional[str] = None,
        weight: Optional[int] = None,
        unknown_policy: Optional[UnknownPolicy] = None,
        unknown_seconds: Optional[int] = None,
        category: Optional[TemplateCategory] = None,
    ) -> Campaign:
        """Creates a DRAFT.

        `parameters`: one dict for each parameter of the body in order: ``{"attribute": "city", "fallback": "your city"}``,
        ``{"mobile": True}`` or ``{"text": "10 %"}``, with "name" when the template's parameters have names and "place" when
        it is not the body. `price`: of a message; None: by the rate card. `audience`: None: all contacts;
        ``{"contacts": [id, …]}``; ``{"filter": {"attribute": "city", "equals": "Pune"}}``. `send_from`, `send_until`: minutes of
        the day in `time_zone` between which messages leave. `weight`: the share beside other campaigns, 1 to 100.
        `unknown_policy`, `unknown_seconds`: what becomes of a message whose answer was lost, and when.
        """
        options = given(
            name=name,
            waba_account_id=waba_account_id,
            template_name=template_name,
            template_language=template_language,
            parameters=parameters,
            parameter_format=parameter_format,
            audience=audience,
            send_from=send_from,
            send_until=send_until,
            time_zone=time_zone,
            weight=weight,
            unknown_policy=unknown_policy,
            unknown_seconds=unknown_seconds,
            category=category,
        )
        # In C the default is 0; None is the rate card.
        options["price"] = price
        return await self._call(_native.call_campaign_create(self._client, vendor_id, options))

    async def get(self, vendor_id: Id, campaign_id: Id) -> Campaign:
        """One campaign."""
        return await self._call(_native.call_campaign_get(self._client, vendor_id, campaign_id))

    def list(self, vendor_id: Id, *, after: Optional[Id] = None, page_size: int = 500) -> AsyncIterator[Campaign]:
        """The vendor's campaigns in order of id."""
        return self._pages(
            lambda last: _native.call_campaign_list(self._client, vendor_id, last, page_size), by_id, after
        )

    async def rename(self, vendor_id: Id, campaign_id: Id, name: str) -> None:
        """Gives a campaign another name."""
        await self._call(_native.call_campaign_rename(self._client, vendor_id, campaign_id, name))

    async def delete(self, vendor_id: Id, campaign_id: Id) -> None:
        """Removes a DRAFT."""
        await self._call(_native.call_campaign_delete(self._client, vendor_id, campaign_id))

    async def preflight(self, vendor_id: Id, campaign_id: Id, *, list_limit: int = 100) -> Preflight:
        """Resolves every recipient's parameters without changing anything and compares the cost with what is available.
        Lists at most `list_limit` recipients whose parameters do not resolve; all are counted."""
        return await self._call(
            _native.call_campaign_preflight(self._client, vendor_id, campaign_id, list_limit)
        )

    async def enqueue(self, vendor_id: Id, campaign_id: Id, *, leave_out_invalid: bool = False) -> int:
        """Turns a DRAFT into a QUEUED campaign and holds its money; answers how many messages it has.
        InvalidRecipientsError unless `leave_out_invalid`; EmptyError; InsufficientError."""
        return await self._call(
            _native.call_campaign_enqueue(self._client, vendor_id, campaign_id, leave_out_invalid)
        )

    async def schedule(
        self, vendor_id: Id, campaign_id: Id, at: datetime, *, leave_out_invalid: bool = False
    ) -> int:
        """The same, to start at `at`. A campaign that is SCHEDULED already starts at `at` instead."""
        return await self._call(
            _native.call_campaign_schedule(self._client, vendor_id, campaign_id, at, leave_out_invalid)
        )

    async def pause(self, vendor_id: Id, campaign_id: Id, *, reason: Optional[str] = None) -> None:
        """Stops a campaign until it is resumed: no further message of it is started anywhere."""
        await self._call(_native.call_campaign_pause(self._client, vendor_id, campaign_id, reason))

    async def resume(self, vendor_id: Id, campaign_id: Id) -> None:
        """Lets a PAUSED campaign go on."""
        await self._call(_native.call_campaign_resume(self._client, vendor_id, campaign_id))

    async def cancel(self, vendor_id: Id, campaign_id: Id) -> int:
        """Ends a campaign and gives back what was set aside and paid for messages that have not left; answers how many will
        not be sent."""
        return await self._call(_native.call_campaign_cancel(self._client, vendor_id, campaign_id))

    async def retry_failed(self, vendor_id: Id, campaign_id: Id, *, codes: Sequence[int] = ()) -> int:
        """Sends messages that failed with one of these codes once more, or, without codes, those whose cause passes;
        answers how many."""
        return await self._call(
            _native.call_campaign_retry_failed(self._client, vendor_id, campaign_id, list(codes))
        )

    async def retry_class(self, vendor_id: Id, campaign_id: Id, error_class: ErrorClass) -> int:
        """The same of those that failed with a code of one class, see `error_policy`."""
        return await self._call(
            _native.call_campaign_retry_class(self._client, vendor_id, campaign_id, error_class)
        )

    async def count_audience(self, vendor_id: Id, audience: Optional[JsonObject] = None) -> AudienceCount:
        """Counts the contacts of an audience without a campaign."""
        return await self._call(_native.call_campaign_audience_count(self._client, vendor_id, audience))

    async def stats(self, vendor_id: Id, campaign_id: Id) -> CampaignStats:
        """Where the campaign's messages and money are. Exact, and reading them reads no message."""
        return await self._call(_native.call_campaign_stats_get(self._client, vendor_id, campaign_id))

    async def failures(self, vendor_id: Id, campaign_id: Id) -> List[CampaignFailure]:
        """Error codes of the failed messages with their numbers, the most frequent first."""
        return await self._call(_native.call_campaign_failures(self._client, vendor_id, campaign_id))

    async def progress(self, vendor_id: Id, campaign_id: Id) -> CampaignProgress:
        """How fast the campaign goes, and how long it will take."""
        return await self._call(_native.call_campaign_progress_get(self._client, vendor_id, campaign_id))

    def recipients(
        self,
        vendor_id: Id,
        campaign_id: Id,
        *,
        state: Optional[RecipientState] = None,
        after: Optional[Id] = None,
        page_size: int = 500,
    ) -> AsyncIterator[Recipient]:
        """The campaign's recipients with what became of their messages, in order of message id."""
        return self._pages(
            lambda last: _native.call_recipient_list(
                self._client, vendor_id, campaign_id, state, last, page_size
            ),
            _by_message,
            after,
        )

    async def reconcile(self, vendor_id: Id, campaign_id: Id) -> CampaignAccount:
        """Adds up the campaign's money from its hold, ledger rows, batches and messages. CorruptError says what does not
        agree; its `value` is the account."""
        return await self._call(_native.call_campaign_reconcile(self._client, vendor_id, campaign_id))


class AsyncBatch:
    """A lease on messages, to be sent with an HTTP stack of one's own.

    For each slice: `start` before it leaves, send, `complete`. Leaving the `async with` block gives back what was not started.
    Used by one task at a time.
    """

    __slots__ = ("_batch", "_client", "_runtime", "messages", "campaign_id", "vendor_id", "waba_account_id",
                 "phone_number_id", "no")

    def __init__(self, client: _native.Client, runtime: AsyncRuntime, batch: ClaimedBatch) -> None:
        self._client = client
        self._runtime = runtime
        self._batch = batch.handle
        self.messages: List[BatchMessage] = batch.messages
        """What is to be sent: `message_id`, `mobile`, `body` …"""
        self.campaign_id = batch.campaign_id
        self.vendor_id = batch.vendor_id
        self.waba_account_id = batch.waba_account_id
        self.phone_number_id = batch.phone_number_id
        self.no = batch.no

    async def start(self, index: int) -> None:
        """Writes down that messages before `index` may leave from now on. LeaseLostError, StateError: send nothing more."""
        await self._runtime.call(_native.call_batch_start(self._client, self._batch, index))

    async def renew(self, lease_ms: int) -> None:
        """Makes the lease last `lease_ms` from now."""
        await self._runtime.call(_native.call_batch_renew(self._client, self._batch, lease_ms))

    async def complete(self, results: Sequence[SendResult]) -> None:
        """Stores results of started messages; failed ones are refunded in the same transaction."""
        await self._runtime.call(_native.call_batch_complete(self._client, self._batch, list(results)))

    async def release(self) -> None:
        """Gives messages that were not started back at once. LeaseLostError: somebody else has them already."""
        await self._runtime.call(_native.call_batch_release(self._client, self._batch))

    def close(self) -> None:
        """Forgets the batch; the lease runs out by itself."""
        self._batch.close()

    async def __aenter__(self) -> AsyncBatch:
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        try:
            await self.release()
        except LeaseLostError:
            pass
        finally:
            self.close()


class AsyncBatches(AsyncNamespace):
    """Leasing messages for an HTTP stack of one's own."""

    async def claim(self, vendor_id: Id, campaign_id: Id, *, lease_ms: int = 60000) -> AsyncBatch:
        """Leases and pays for the next batch of a campaign. EmptyError: none waits just now."""
        batch = await self._call(_native.call_batch_claim(self._client, vendor_id, campaign_id, lease_ms))
        return AsyncBatch(self._client, self._runtime, batch)


class AsyncQueue(AsyncNamespace):
    """The queue of an account: single messages, and those that Meta refused in passing."""

    async def claim(
        self, vendor_id: Id, waba_account_id: Id, *, limit: int = 100, lease_ms: int = 60000
    ) -> AsyncBatch:
        """Leases up to `limit` due messages. EmptyError: nothing is due."""
        batch = await self._call(
            _native.call_queue_claim(self._client, vendor_id, waba_account_id, limit, lease_ms)
        )
        return AsyncBatch(self._client, self._runtime, batch)


def _by_message(recipient: Recipient) -> str:
    return recipient.message_id
