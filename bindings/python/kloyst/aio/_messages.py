"""Single messages, the message log, templates, Meta's webhooks and the event feed."""

from __future__ import annotations

from datetime import datetime
from typing import AsyncIterator, Optional, Tuple, Union

from kloyst import _native
from kloyst._arguments import Id, JsonList, JsonObject, List, Money
from kloyst._records import (
    ContentKind,
    Event,
    EventList,
    FoldReport,
    Message,
    RecipientState,
    Template,
    TemplateCategory,
    Transaction,
    WebhookAside,
    WebhookStats,
)
from kloyst.aio._namespace import AsyncNamespace, by_id, given


class AsyncMessages(AsyncNamespace):
    """Single messages of every kind, and the log of what was sent and received."""

    async def send(
        self,
        vendor_id: Id,
        *,
        waba_account_id: Id,
        to: Optional[str] = None,
        contact_id: Optional[Id] = None,
        country: Optional[str] = None,
        kind: ContentKind = ContentKind.TEXT,
        text: Optional[str] = None,
        preview_url: bool = False,
        template_name: Optional[str] = None,
        template_language: Optional[str] = None,
        parameters: Optional[JsonList] = None,
        category: Optional[TemplateCategory] = None,
        media_id: Optional[str] = None,
        media_link: Optional[str] = None,
        filename: Optional[str] = None,
        header: Optional[str] = None,
        footer: Optional[str] = None,
        label: Optional[str] = None,
        choices: Optional[JsonList] = None,
        reply_to: Optional[str] = None,
        idempotency_key: Optional[str] = None,
        price: Optional[Money] = None,
        at: Optional[datetime] = None,
    ) -> str:
        """Takes a message to one user, `to` a number or user id or to a contact, and answers its id.

        It is paid for and queued in one transaction; a worker sends it. What is not a template may be sent only while the
        user's window is open (WindowClosedError). The same again under an idempotency key answers the same id and does
        nothing. `price` None: by the rate card for templates, 0 for everything else. `at`: not before this moment.
        ConsentError, TemplateError, NoRateError, InsufficientError, ConflictError.
        """
        options = given(
            waba_account_id=waba_account_id,
            to=to,
            contact_id=contact_id,
            country=country,
            kind=kind,
            text=text,
            preview_url=preview_url or None,
            template_name=template_name,
            template_language=template_language,
            parameters=parameters,
            category=category,
            media_id=media_id,
            media_link=media_link,
            filename=filename,
            header=header,
            footer=footer,
            label=label,
            choices=choices,
            reply_to=reply_to,
            idempotency_key=idempotency_key,
            price=price,
            at=at,
        )
        return await self._call(_native.call_message_send(self._client, vendor_id, options))

    async def state(self, vendor_id: Id, message_id: Id) -> Tuple[RecipientState, Optional[datetime]]:
        """Where a single message is from the moment that it was taken, and when it may leave or its lost answer is decided."""
        return await self._call(_native.call_message_state(self._client, vendor_id, message_id))

    async def get(self, vendor_id: Id, message_id: Id) -> Message:
        """One message of the log."""
        return await self._call(_native.call_message_get(self._client, vendor_id, message_id))

    async def find(self, vendor_id: Id, wa_message_id: str) -> Message:
        """The message with this wamid."""
        return await self._call(_native.call_message_find(self._client, vendor_id, wa_message_id))

    def list(
        self,
        vendor_id: Id,
        *,
        campaign_id: Optional[Id] = None,
        after: Optional[Id] = None,
        page_size: int = 500,
    ) -> AsyncIterator[Message]:
        """Messages in order of time, of one campaign or of all."""
        return self._pages(
            lambda last: _native.call_message_list(self._client, vendor_id, campaign_id, last, page_size),
            by_id,
            after,
        )

    async def money(
        self, vendor_id: Id, message_id: Id
    ) -> Tuple[Optional[Transaction], Optional[Transaction]]:
        """The ledger row that paid for a message, and the one that gave its price back."""
        return await self._call(_native.call_message_money(self._client, vendor_id, message_id))

    async def window(
        self, vendor_id: Id, waba_account_id: Id, to: str, *, country: Optional[str] = None
    ) -> Optional[datetime]:
        """Until when the account's number may write freely to a user; None: the user never wrote."""
        return await self._call(
            _native.call_window_get(self._client, vendor_id, waba_account_id, to, country)
        )


class AsyncTemplates(AsyncNamespace):
    """Templates as Meta has them: what messages and campaigns are checked against."""

    async def upsert(self, vendor_id: Id, waba_account_id: Id, template: JsonObject) -> Template:
        """Stores a template from Meta's own JSON, an element of "data" in the answer to GET /WABA_ID/message_templates."""
        return await self._call(
            _native.call_template_upsert(self._client, vendor_id, waba_account_id, template)
        )

    async def get(self, vendor_id: Id, template_id: Id) -> Template:
        """One template."""
        return await self._call(_native.call_template_get(self._client, vendor_id, template_id))

    async def find(self, vendor_id: Id, waba_account_id: Id, name: str, language: str) -> Template:
        """The account's template of this name and language."""
        return await self._call(
            _native.call_template_find(self._client, vendor_id, waba_account_id, name, language)
        )

    def list(self, vendor_id: Id, *, after: Optional[Id] = None, page_size: int = 500) -> AsyncIterator[Template]:
        """The vendor's templates in order of id."""
        return self._pages(
            lambda last: _native.call_template_list(self._client, vendor_id, last, page_size), by_id, after
        )

    async def delete(self, vendor_id: Id, template_id: Id) -> None:
        """Forgets a template; at Meta it stays. InUseError: a campaign was made with it."""
        await self._call(_native.call_template_delete(self._client, vendor_id, template_id))


class AsyncWebhooks(AsyncNamespace):
    """Meta's webhooks: take stores a body, so that it can be answered at once; fold applies what was stored."""

    async def take(self, body: bytes, *, signature: Optional[str]) -> None:
        """Verifies a POST and stores its bytes: after it, answer 200. `signature` is X-Hub-Signature-256, None when missing.
        SignatureError: answer 401; TooLongError, JsonError, EncodingError: 400; any other KloystError: 500."""
        await self._call(_native.call_webhook_take(self._client, signature, body))

    async def take_request(self, headers: Union[bytes, str], body: bytes) -> None:
        """The same with the request's header lines as they came."""
        lines = headers.encode("latin-1") if isinstance(headers, str) else headers
        await self._call(_native.call_webhook_take_request(self._client, lines, body))

    async def fold(self, limit: int = 100) -> FoldReport:
        """Applies up to `limit` stored bodies. `bodies` of the answer is 0 when there are none. Any number of programs may."""
        return await self._call(_native.call_webhook_fold(self._client, limit))

    async def retain(self, days: int, *, limit: int = 10000) -> int:
        """Removes folded bodies and items that are older than `days`, at most `limit`; call again until it answers 0."""
        return await self._call(_native.call_webhook_retain(self._client, days, limit))

    async def replay(self, since: Optional[datetime] = None, until: Optional[datetime] = None) -> int:
        """Has the stored bodies of a time folded again by the next fold; answers how many."""
        return await self._call(_native.call_webhook_replay(self._client, since, until))

    async def stats(self) -> WebhookStats:
        """What is in the inbox of all vendors."""
        return await self._call(_native.call_webhook_stats_get(self._client))

    def aside(self, *, after: int = 0, page_size: int = 500) -> AsyncIterator[WebhookAside]:
        """Items that were kept for a person, with the reason. They may hold what users wrote."""
        return self._pages(
            lambda last: _native.call_webhook_aside_list(self._client, last, page_size), _by_number, after
        )


class AsyncEventPage:
    """Events that come next for a reader; to be acknowledged when they have been dealt with."""

    __slots__ = ("_page", "events", "missed")

    def __init__(self, page: EventList) -> None:
        self._page = page.handle
        self.events: List[Event] = page.events
        self.missed: bool = page.missed
        """True when events were removed before this reader had read them."""


class AsyncEvents(AsyncNamespace):
    """The event feed: what happened to a vendor's messages, campaigns, contacts, templates, numbers and accounts."""

    async def read(
        self, vendor_id: Id, consumer: str, *, limit: int = 1000, wait_ms: int = 0
    ) -> AsyncEventPage:
        """What comes next for the reader `consumer`. When there is nothing it waits up to `wait_ms` (60000 at most), with one
        connection of the client."""
        return AsyncEventPage(
            await self._call(_native.call_event_read(self._client, vendor_id, consumer, limit, wait_ms))
        )

    async def ack(self, vendor_id: Id, page: AsyncEventPage) -> None:
        """The events of the page have been dealt with. StateError: another page was acknowledged meanwhile."""
        await self._call(_native.call_event_ack(self._client, vendor_id, page._page))

    async def follow(
        self, vendor_id: Id, consumer: str, *, limit: int = 1000, wait_ms: int = 20000, until_idle: bool = False
    ) -> AsyncIterator[Event]:
        """Events without end, or until none came within `wait_ms`. A page is acknowledged when its last event has been dealt
        with: when the next one is asked for. Whoever stops before that sees the page again."""
        while True:
            page = await self.read(vendor_id, consumer, limit=limit, wait_ms=wait_ms)
            for event in page.events:
                yield event
            if page.events:
                await self.ack(vendor_id, page)
            elif until_idle:
                return

    async def forget(self, vendor_id: Id, consumer: str) -> None:
        """Removes a reader."""
        await self._call(_native.call_event_forget(self._client, vendor_id, consumer))

    async def remove_old(self, seconds: int) -> int:
        """Removes the events of all vendors that are older than `seconds` (at least 60)."""
        return await self._call(_native.call_event_remove_old(self._client, seconds))


def _by_number(item: WebhookAside) -> int:
    return item.id
