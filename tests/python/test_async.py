"""The asyncio twin: the same names, awaited, and a loop that never stands still."""

from __future__ import annotations

import asyncio
import gc
import inspect
import io
import time
import weakref
from decimal import Decimal
from typing import Any, Coroutine, TypeVar

import pytest

import kloyst
import kloyst.aio
from kloyst import errors
from support import APP_SECRET, MASTER_KEY, TOKEN, WABA_ID, Standin, csv_of, phone_number_id

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(main, 200))


async def connect(url: str, **options: Any) -> kloyst.aio.Client:
    return await kloyst.aio.connect(url, master_key=MASTER_KEY, app_secret=APP_SECRET, **options)


def test_both_layers_have_the_same_names_and_parameters() -> None:
    def surface(module: Any) -> Any:
        found = {}
        for name in ("Client", "Worker", "Batch", "EventPage", "VendorView"):
            kind = getattr(module, name)
            for attribute, value in vars(kind).items():
                if inspect.isfunction(value) and not attribute.startswith("_"):
                    found[name, attribute] = list(inspect.signature(value).parameters)
        return found

    assert surface(kloyst) == surface(kloyst.aio) and len(surface(kloyst)) > 15


def test_the_main_job_awaited(url: str, client: kloyst.Client) -> None:
    async def main() -> None:
        async with await connect(url) as c:
            vendor = c.vendor((await c.vendors.create("Async")).id)
            assert (await vendor.contacts.import_csv(io.BytesIO(csv_of(20)))).imported == 20
            assert [each.mobile async for each in vendor.contacts.list(page_size=6)] == [
                f"9198{number:08d}" for number in range(20)
            ]
            await vendor.wallet.credit("100", reference="in")
            number = phone_number_id()
            waba = await vendor.wabas.create(waba_id=WABA_ID, phone_number_id=number, token=TOKEN)
            campaign = await vendor.campaigns.create(
                "A", waba_account_id=waba.id, template_name="a", template_language="en", price="0.5"
            )
            assert await vendor.campaigns.enqueue(campaign.id) == 20
            with Standin("--token", TOKEN, "--phone-number-id", number) as standin:
                async with await c.worker(base_url=standin.url, vendor_id=vendor.id) as worker:
                    assert (await worker.run()).accepted == 20
            assert (await vendor.wallet.verify()).balance == 90
            seen = [event async for event in vendor.events.follow("async", wait_ms=0, until_idle=True)]
            assert seen == []

    run(main())


def test_the_loop_goes_on_while_calls_block(url: str, client: kloyst.Client) -> None:
    async def main() -> None:
        async with await connect(url, pool_size=4) as c:
            vendor = c.vendor((await c.vendors.create("Busy")).id)
            email = f"busy-{kloyst.new_id()}@example.com"
            await vendor.users.create(email, "correct horse")
            worst, beats, running = 0.0, 0, True

            async def heart() -> None:
                nonlocal worst, beats
                while running:
                    before = time.thread_time()
                    await asyncio.sleep(0.005)
                    beats += 1
                    worst = max(worst, time.thread_time() - before)

            async def next_beats() -> None:
                before = beats
                while beats < before + 2:
                    await asyncio.sleep(0.005)

            beating = asyncio.create_task(heart())
            # A hash of argon2id is 100 ms of a processor, and none of it is the loop's thread's. Once is enough to show it: on a
            # machine that is stopped by what it runs on, that time may count as the thread's.
            for _ in range(5):
                worst = 0.0
                await asyncio.gather(
                    *(c.users.authenticate(email, "correct horse") for _ in range(4)),
                    *(vendor.wallet.credit("1", reference="x", idempotency_key=str(n)) for n in range(200)),
                )
                await next_beats()
                if worst < 0.05:
                    break
            assert worst < 0.05, worst
            # Nor does the loop wait with a call that waits: only while it goes on does that get what it waits for.
            await vendor.events.read("r")
            waiting = asyncio.create_task(vendor.events.read("r", wait_ms=60000))
            for _ in range(5):
                await next_beats()
            assert not waiting.done()
            contact = await vendor.contacts.upsert("+919876543210")
            await vendor.contacts.opt_out(contact.id)
            assert (await waiting).events
            running = False
            await beating
            assert (await vendor.wallet.get()).balance == 200

    run(main())


def test_failures_are_raised_where_they_are_awaited(url: str, client: kloyst.Client) -> None:
    async def main() -> None:
        async with await connect(url) as c:
            vendor = c.vendor((await c.vendors.create("Fails")).id)
            results = await asyncio.gather(
                *(vendor.wallet.debit("1", reference="x") for _ in range(10)), return_exceptions=True
            )
            assert all(isinstance(each, errors.InsufficientError) for each in results)
            with pytest.raises(TypeError):
                await vendor.wallet.credit(1.5, reference="x")  # type: ignore[arg-type]

            def stop(_: object) -> None:
                raise ZeroDivisionError

            with pytest.raises(ZeroDivisionError):
                await vendor.contacts.import_csv(b"mobile\nnonsense\n", on_reject=stop)

    run(main())


def test_a_cancelled_wait_leaves_the_client_whole(url: str, client: kloyst.Client) -> None:
    async def main() -> None:
        async with await connect(url, pool_size=2) as c:
            vendor = c.vendor((await c.vendors.create("Cancels")).id)
            contact = await vendor.contacts.upsert("+919876543210")
            await vendor.events.read("r")
            busy = [asyncio.create_task(vendor.events.read("r", wait_ms=60000)) for _ in range(2)]
            await asyncio.sleep(0)
            # Both threads are taken: what is cancelled now never begins.
            credits = [asyncio.create_task(vendor.wallet.credit("1", reference="x")) for _ in range(5)]
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(vendor.wallet.credit("1", reference="x"), 0.1)
            for each in credits:
                each.cancel()
            outcomes = await asyncio.gather(*credits, return_exceptions=True)
            assert all(isinstance(each, asyncio.CancelledError) for each in outcomes)
            # One that has begun goes on; only its value is dropped.
            busy[0].cancel()
            client.vendor(vendor.id).contacts.opt_out(contact.id)
            assert len((await busy[1]).events) == 1
            assert (await vendor.wallet.get()).seq == 0
            assert (await vendor.wallet.credit("1", reference="x")).seq == 1

    run(main())


def test_a_closed_client_refuses_and_closing_settles(url: str, client: kloyst.Client) -> None:
    async def main() -> None:
        c = await connect(url)
        vendor = c.vendor((await c.vendors.create("Closes")).id)
        calls = [
            asyncio.create_task(vendor.wallet.credit("1", reference="x", idempotency_key=str(n))) for n in range(50)
        ]
        await asyncio.sleep(0)
        await c.close()
        assert sum([row.amount for row in await asyncio.gather(*calls)], Decimal(0)) == 50
        await c.close()
        with pytest.raises(errors.ClosedError):
            await vendor.wallet.get()

    run(main())


def test_a_client_belongs_to_its_loop(url: str, client: kloyst.Client) -> None:
    c = run(connect(url))
    with pytest.raises(RuntimeError, match="event loop"):
        run(c.ping())

    async def two() -> None:
        async with await connect(url) as one, await connect(url) as other:
            await asyncio.gather(one.ping(), other.ping())

    run(two())


def test_a_forgotten_client_goes(url: str, client: kloyst.Client) -> None:
    async def main() -> None:
        c = await connect(url)
        await c.ping()
        gone = weakref.ref(c)
        del c
        gc.collect()
        assert gone() is None
        await asyncio.sleep(0)

    run(main())
