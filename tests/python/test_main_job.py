"""The whole main job: from a CSV file to a campaign that is sent, reported back and accounted for, over real HTTP."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Iterator, List

import pytest

import kloyst
from kloyst import CampaignStatus, ContentKind, EventKind, RecipientState, RequestEnd, SendOutcome, errors
from support import (
    APP_SECRET,
    RAZORPAY_SECRET,
    TOKEN,
    WABA_ID,
    Standin,
    csv_of,
    payment_captured,
    phone_number_id,
    signature,
)

PRICE = Decimal("0.8631")


class Receiver:
    """Takes webhooks over HTTP, as any program would."""

    def __init__(self, client: kloyst.Client) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    client.webhooks.take(body, signature=self.headers.get("X-Hub-Signature-256"))
                    status = 200
                except errors.SignatureError:
                    status = 401
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhooks"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def receiver(client: kloyst.Client) -> Iterator[Receiver]:
    made = Receiver(client)
    yield made
    made.stop()


def fold_all(client: kloyst.Client) -> None:
    while client.webhooks.fold(1000).bodies:
        pass


def draft(vendor: kloyst.VendorView, number: str) -> str:
    waba = vendor.wabas.create(waba_id=WABA_ID, phone_number_id=number, token=TOKEN)
    vendor.wabas.set_rate(waba.id, 1000)
    campaign = vendor.campaigns.create(
        "Festival",
        waba_account_id=waba.id,
        template_name="festival_offer",
        template_language="en_US",
        parameters=[{"attribute": "name", "fallback": "friend"}, {"attribute": "city"}],
        price=PRICE,
    )
    assert campaign.status is CampaignStatus.DRAFT and campaign.queued_at is None
    return campaign.id


def test_a_campaign_from_csv_to_the_last_webhook(
    client: kloyst.Client, vendor: kloyst.VendorView, receiver: Receiver
) -> None:
    number = phone_number_id()
    assert list(vendor.events.follow("test", wait_ms=0, until_idle=True)) == []
    assert vendor.contacts.import_csv(csv_of(200)).imported == 200
    vendor.contacts.upsert("+919811111111", attributes={"name": "without a city"})
    campaign_id = draft(vendor, number)
    preflight = vendor.campaigns.preflight(campaign_id)
    assert (preflight.contacts, preflight.invalid, preflight.cost) == (201, 1, 200 * PRICE)
    assert [(each.mobile, each.parameter) for each in preflight.listed] == [("919811111111", 2)]
    with pytest.raises(errors.InvalidRecipientsError):
        vendor.campaigns.enqueue(campaign_id)
    with pytest.raises(errors.InsufficientError):
        vendor.campaigns.enqueue(campaign_id, leave_out_invalid=True)
    vendor.wallet.credit("200", reference="pay_1", idempotency_key="pay_1")
    assert vendor.campaigns.enqueue(campaign_id, leave_out_invalid=True) == 200
    assert vendor.wallet.get().held == 200 * PRICE

    told: List[kloyst.WorkerReport] = []
    with Standin(
        *("--app-secret", APP_SECRET, "--token", TOKEN, "--phone-number-id", number, "--waba-id", WABA_ID),
        *("--webhook-url", receiver.url, "--fail", "sync:131026:0.1", "--read-share", "0.5", "--seed", "11"),
        *("--shuffle", "--duplicate-share", "0.1"),
    ) as standin:
        with client.worker(base_url=standin.url, vendor_id=vendor.id, on_progress=told.append) as worker:
            report = worker.run()
        assert report.accepted + report.failed == 200 and report.failed > 0 and told[-1].accepted == report.accepted
        standin.flush()
        fold_all(client)
        assert standin.stats()["accepted"] == report.accepted

    stats = vendor.campaigns.stats(campaign_id)
    assert stats.failed == report.failed and stats.delivered + stats.read == report.accepted
    assert stats.debited - stats.refunded == PRICE * report.accepted
    campaign = vendor.campaigns.get(campaign_id)
    assert campaign.status is CampaignStatus.COMPLETED and campaign.completed_at is not None
    assert [(each.code, each.messages) for each in vendor.campaigns.failures(campaign_id)] == [(131026, report.failed)]
    failed = list(vendor.campaigns.recipients(campaign_id, state=RecipientState.FAILED, page_size=3))
    assert len(failed) == report.failed and {each.error_code for each in failed} == {131026}
    messages = list(vendor.messages.list(campaign_id=campaign_id, page_size=90))
    assert len(messages) == 200 and len({each.id for each in messages}) == 200
    paid, given_back = vendor.messages.money(failed[0].message_id)
    assert paid is not None and given_back is not None and paid.campaign_id == given_back.campaign_id == campaign_id
    account = vendor.campaigns.reconcile(campaign_id)
    assert account.captured - account.refunded == stats.debited - stats.refunded
    proof = vendor.wallet.verify()
    assert proof.bad_seq == 0 and proof.balance == 200 - PRICE * report.accepted and proof.held == 0
    assert [row.campaign_id for row in vendor.wallet.statement_of_campaign(campaign_id)] == [campaign_id] * (
        proof.rows - 1
    )
    events = list(vendor.events.follow("test", limit=50, wait_ms=0, until_idle=True))
    assert {event.kind for event in events} >= {EventKind.MESSAGE_STATE, EventKind.CAMPAIGN_STATE}
    assert list(vendor.events.follow("test", wait_ms=0, until_idle=True)) == []
    assert vendor.campaigns.progress(campaign_id).waiting == 0


def test_events_come_again_until_they_are_acknowledged(client: kloyst.Client, vendor: kloyst.VendorView) -> None:
    vendor.events.read("reader")
    contact = vendor.contacts.upsert("+919876543210")
    for _ in range(3):
        vendor.contacts.opt_out(contact.id)
        vendor.contacts.opt_in(contact.id)
    first = vendor.events.read("reader", limit=2)
    again = vendor.events.read("reader", limit=2)
    assert len(first.events) >= 1 and [e.contact_id for e in first.events] == [e.contact_id for e in again.events]
    assert first.missed is False
    vendor.events.ack(first)
    with pytest.raises(errors.StateError):
        vendor.events.ack(again)
    rest = list(vendor.events.follow("reader", limit=2, wait_ms=0, until_idle=True))
    assert len(first.events) + len(rest) == 6
    vendor.events.forget("reader")
    assert client.events.remove_old(3600) == 0


def test_campaigns_can_be_scheduled_paused_and_cancelled(vendor: kloyst.VendorView) -> None:
    vendor.contacts.import_csv(csv_of(10))
    vendor.wallet.credit("100", reference="in")
    campaign_id = draft(vendor, phone_number_id())
    vendor.campaigns.rename(campaign_id, "Other")
    at = datetime.now(timezone.utc) + timedelta(days=1)
    assert vendor.campaigns.schedule(campaign_id, at) == 10
    assert vendor.campaigns.get(campaign_id).starts_at == at
    vendor.campaigns.pause(campaign_id, reason="the offer is over")
    found = vendor.campaigns.get(campaign_id)
    assert (found.status, found.pause_reason, found.name) == (CampaignStatus.PAUSED, "the offer is over", "Other")
    vendor.campaigns.resume(campaign_id)
    assert vendor.campaigns.cancel(campaign_id) == 10
    assert [each.status for each in vendor.campaigns.list()] == [CampaignStatus.CANCELLED]
    assert vendor.wallet.get().held == 0
    assert vendor.campaigns.count_audience({"filter": {"attribute": "city", "equals": "Pune"}}).contacts == 5
    with pytest.raises(errors.EmptyError):
        vendor.queue.claim(kloyst.new_id())
    with pytest.raises(errors.StateError):
        vendor.campaigns.retry_failed(campaign_id, codes=[131026])
    with pytest.raises(errors.StateError):
        vendor.campaigns.retry_class(campaign_id, kloyst.ErrorClass.RETRY)
    vendor.campaigns.delete(draft(vendor, phone_number_id()))


def test_batches_for_an_http_stack_of_ones_own(vendor: kloyst.VendorView) -> None:
    vendor.contacts.import_csv(csv_of(6))
    vendor.wallet.credit("100", reference="in")
    campaign_id = draft(vendor, phone_number_id())
    vendor.campaigns.enqueue(campaign_id)
    with vendor.batches.claim(campaign_id) as batch:
        assert len(batch.messages) == 6 and batch.no == 0 and batch.campaign_id == campaign_id
        assert '"festival_offer"' in batch.messages[0].body
        batch.start(3)
        batch.renew(60000)
        batch.complete(
            [
                {"index": 0, "outcome": SendOutcome.ACCEPTED, "wa_message_id": "wamid.python.0"},
                {"index": 1, "outcome": SendOutcome.FAILED, "error_code": 131026, "error_text": "undeliverable"},
                {"index": 2, "outcome": SendOutcome.DEFERRED, "error_code": 131016, "retry_after_ms": 60000},
            ]
        )
        with pytest.raises(errors.ArgumentError):
            batch.complete([{"index": 3, "outcome": SendOutcome.UNKNOWN}])
    with pytest.raises(errors.ClosedError):
        batch.renew(60000)
    stats = vendor.campaigns.stats(campaign_id)
    assert (stats.sent, stats.failed, stats.deferred, stats.waiting) == (1, 1, 1, 3)
    assert vendor.messages.find("wamid.python.0").campaign_id == campaign_id
    with vendor.batches.claim(campaign_id) as rest:
        assert len(rest.messages) == 3


def test_a_worker_for_an_http_stack_of_ones_own(client: kloyst.Client, vendor: kloyst.VendorView) -> None:
    vendor.contacts.import_csv(csv_of(5))
    vendor.wallet.credit("100", reference="in")
    campaign_id = draft(vendor, phone_number_id())
    vendor.campaigns.enqueue(campaign_id)
    with client.worker(vendor_id=vendor.id, housekeeping=False) as worker:
        answered = 0
        while answered < 5:
            outgoing, wait_ms = worker.pull(10)
            assert outgoing or wait_ms >= 0
            for each in outgoing:
                assert each.authorization == f"Bearer {TOKEN}" and TOKEN not in repr(each)
                body = b'{"messages":[{"id":"wamid.pulled.%d"}]}' % answered
                worker.answer(each.ticket, RequestEnd.ANSWERED, http_status=200, body=body)
                with pytest.raises(errors.NotFoundError):
                    worker.answer(each.ticket, RequestEnd.NO_ANSWER)
                answered += 1
        assert worker.finish().accepted == 5
    assert vendor.campaigns.stats(campaign_id).sent == 5


def test_single_messages(client: kloyst.Client, vendor: kloyst.VendorView) -> None:
    number = phone_number_id()
    waba = vendor.wabas.create(waba_id=WABA_ID, phone_number_id=number, token=TOKEN)
    with pytest.raises(errors.WindowClosedError):
        vendor.messages.send(waba_account_id=waba.id, to="+919876543210", text="hello")
    assert vendor.messages.window(waba.id, "+919876543210") is None
    vendor.wallet.credit("1", reference="in")
    sent = [
        vendor.messages.send(
            waba_account_id=waba.id,
            to="98765 43210",
            country="IN",
            kind=ContentKind.TEMPLATE,
            template_name="hello",
            template_language="en_US",
            parameters=[{"text": "Zoë"}],
            price="0.5",
            idempotency_key="order 1",
        )
        for _ in range(2)
    ]
    assert sent[0] == sent[1] and vendor.wallet.get().balance == Decimal("0.5")
    state, next_at = vendor.messages.state(sent[0])
    assert state is RecipientState.WAITING and next_at is not None
    with Standin("--token", TOKEN, "--phone-number-id", number) as standin:
        with client.worker(base_url=standin.url, vendor_id=vendor.id) as worker:
            assert worker.run().accepted == 1
    assert vendor.messages.get(sent[0]).wa_message_id
    with pytest.raises(errors.EmptyError):
        vendor.queue.claim(waba.id)


def test_webhooks_that_are_not_metas_are_refused(client: kloyst.Client) -> None:
    body = b'{"object":"whatsapp_business_account","entry":[]}'
    good = "sha256=" + signature(APP_SECRET, body)
    assert kloyst.webhook_verify(APP_SECRET, good, body) and not kloyst.webhook_verify("other", good, body)
    for bad in (None, "", "sha256=" + "0" * 64):
        with pytest.raises(errors.SignatureError):
            client.webhooks.take(body, signature=bad)
    with pytest.raises(TypeError):
        client.webhooks.take(body.decode(), signature=good)  # type: ignore[arg-type]
    client.webhooks.take(body, signature=good)
    client.webhooks.take_request(f"Host: x\r\nX-Hub-Signature-256: {good}\r\n", body)
    assert client.webhooks.stats().waiting >= 2
    fold_all(client)
    assert client.webhooks.stats().waiting == 0
    assert client.webhooks.replay() >= 2
    fold_all(client)
    assert list(client.webhooks.aside()) == []
    assert client.webhooks.retain(3650) == 0


def test_a_payment_is_credited_once(client: kloyst.Client, vendor: kloyst.VendorView) -> None:
    order = vendor.recharge.create_order("order_python1", "500")
    assert order.amount == 500 and (order.currency, order.vendor_id) == ("INR", vendor.id)
    body = payment_captured("pay_python1", "order_python1", 50000)
    with pytest.raises(errors.SignatureError):
        client.recharge.take(body, signature="0" * 64, event_id="event_1")
    for event in ("event_1", "event_1", "event_2"):
        client.recharge.take(body, signature=signature(RAZORPAY_SECRET, body), event_id=event)
    report = client.recharge.fold()
    assert (report.credited, report.repeated, report.kept) == (1, 1, 0)
    assert vendor.wallet.get().balance == 500 and vendor.recharge.get_order("order_python1").amount == 500
    other = payment_captured("pay_python2", "order_nobody", 100)
    client.recharge.take(other, signature=signature(RAZORPAY_SECRET, other), event_id="event_3")
    assert client.recharge.fold().kept == 1
    kept = [each for each in client.recharge.kept(page_size=1) if each.payment_id == "pay_python2"]
    assert len(kept) == 1 and kept[0].reason.name == "UNKNOWN_ORDER"
    with pytest.raises(errors.StateError):
        client.recharge.retry("pay_python2")


def test_the_platform_looks_after_itself(client: kloyst.Client, vendor: kloyst.VendorView) -> None:
    client.ping()
    assert {each.subject for each in client.doctor()} >= {"server", "isolation"}
    while client.housekeep(100):
        pass
    metrics = client.metrics.get()
    assert metrics.transactions > 0 and len(metrics.request_times) == 13
    assert "\nkloyst_" in client.metrics.prometheus()
    assert list(vendor.breakers.list()) == []
    with pytest.raises(errors.NotFoundError):
        vendor.breakers.resume(kloyst.new_id())
    with pytest.raises(errors.NotFoundError):
        client.breakers.resume_shared(kloyst.new_id())
    assert list(client.breakers.list_shared()) == []


def test_a_worker_stops_when_told(client: kloyst.Client, vendor: kloyst.VendorView) -> None:
    with Standin() as standin:
        worker = client.worker(base_url=standin.url, vendor_id=vendor.id, until_idle=False)
        thread = threading.Thread(target=worker.run)
        thread.start()
        worker.stop()
        thread.join(120)
        assert not thread.is_alive()

        class Stop(Exception):
            pass

        def stop(_: object) -> None:
            raise Stop

        loud = client.worker(base_url=standin.url, vendor_id=vendor.id, until_idle=False, on_progress=stop)
        with pytest.raises(Stop):
            loud.run()
        loud.close()
        worker.close()
        worker.close()
        with pytest.raises(errors.ClosedError):
            worker.run()
