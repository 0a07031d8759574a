"""Money is exact, and what is not exact is refused."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import kloyst
from kloyst import LedgerFormat, TransactionType, errors


def test_money_comes_back_as_decimals_with_four_places(vendor: kloyst.VendorView) -> None:
    row = vendor.wallet.credit("999999.9999", reference="all there is", idempotency_key="all")
    assert row.amount == Decimal("999999.9999") and str(row.balance_after) == "999999.9999"
    assert row.type is TransactionType.CREDIT_RECHARGE and row.seq == 1
    assert vendor.wallet.debit(Decimal("0.0001"), reference="least").balance_after == Decimal("999999.9998")
    wallet = vendor.wallet.get()
    assert wallet.balance == wallet.available == Decimal("999999.9998") and wallet.held == 0


@pytest.mark.parametrize("amount", [1.0, 0.1, 1, True, None, b"1", float("nan"), object(), 1 + 0j])
def test_amounts_that_are_not_exact_are_refused(vendor: kloyst.VendorView, amount: Any) -> None:
    with pytest.raises(TypeError):
        vendor.wallet.credit(amount, reference="x")
    assert vendor.wallet.get().seq == 0


@pytest.mark.parametrize(
    "amount", ["", "1e3", "+1", " 1", "1,000", "NaN", "0.00001", "1000000", "--1", "1.", ".5", "١", "1\0", "Infinity"]
)
def test_texts_that_are_no_amounts_are_refused(vendor: kloyst.VendorView, amount: str) -> None:
    with pytest.raises((ValueError, errors.LimitError)):
        vendor.wallet.credit(amount, reference="x")
    assert vendor.wallet.get().seq == 0


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "sNaN", "0.00001", "1E+7", "1E-5", "0", "-1"])
def test_decimals_that_are_no_amounts_are_refused(vendor: kloyst.VendorView, amount: str) -> None:
    with pytest.raises((ValueError, errors.LimitError)):
        vendor.wallet.credit(Decimal(amount), reference="x")
    assert vendor.wallet.get().seq == 0


def test_decimals_with_exponents_are_taken_for_what_they_are(vendor: kloyst.VendorView) -> None:
    assert vendor.wallet.credit(Decimal("1E+3"), reference="x").amount == 1000
    assert vendor.wallet.credit(Decimal("0.50000"), reference="x").amount == Decimal("0.5")


def test_an_idempotency_key_is_good_once(vendor: kloyst.VendorView) -> None:
    first = vendor.wallet.credit("5", reference="pay_1", idempotency_key="pay_1")
    again = vendor.wallet.credit("5.0000", reference="pay_1", idempotency_key="pay_1")
    assert first.id == again.id and vendor.wallet.get().balance == 5
    with pytest.raises(errors.ConflictError):
        vendor.wallet.credit("6", reference="pay_1", idempotency_key="pay_1")
    assert vendor.wallet.resolve("pay_1").id == first.id
    with pytest.raises(errors.NotFoundError):
        vendor.wallet.resolve("never used")


def test_refunds_are_bounded_by_their_debit(vendor: kloyst.VendorView) -> None:
    vendor.wallet.credit("10", reference="in")
    debit = vendor.wallet.debit("4", reference="out")
    refund = vendor.wallet.refund(debit.id, "1.5", reference="back")
    assert refund.debit_id == debit.id and refund.type is TransactionType.REFUND
    with pytest.raises(errors.ExceedsError):
        vendor.wallet.refund(uuid.UUID(debit.id), "2.5001", reference="too much")
    assert vendor.wallet.transaction(refund.id).amount == Decimal("1.5")


def test_a_set_of_operations_tells_each_outcome(vendor: kloyst.VendorView) -> None:
    results = vendor.wallet.post(
        [
            {"type": TransactionType.CREDIT_RECHARGE, "amount": "2", "reference": "in"},
            {"type": TransactionType.DEBIT_MESSAGE, "amount": "3", "reference": "too much"},
            {"type": TransactionType.DEBIT_MESSAGE, "amount": Decimal("1.5"), "reference": "out", "idempotency_key": "k"},
        ]
    )
    assert [int(result.status) for result in results] == [0, 24, 0]
    assert results[1].transaction is None and results[1].message
    last = results[2].transaction
    assert last is not None and last.balance_after == Decimal("0.5") and last.idempotency_key == "k"


def test_holds_set_money_aside(vendor: kloyst.VendorView) -> None:
    vendor.wallet.credit("10", reference="in")
    hold = vendor.holds.create("6", reference="campaign", idempotency_key="h")
    assert hold.left == 6 and hold.expires_at is None and hold.campaign_id is None
    with pytest.raises(errors.InsufficientError):
        vendor.wallet.debit("5", reference="not available")
    taken = vendor.holds.capture(hold.id, "2", reference="part", idempotency_key="c", asynchronous=True)
    assert taken.hold_id == hold.id
    with pytest.raises(errors.ExceedsError):
        vendor.holds.capture(hold.id, "4.0001", reference="more")
    assert vendor.holds.release(hold.id) == 4 and vendor.holds.release(hold.id) == 0
    assert vendor.holds.get(hold.id).released == 4
    assert vendor.holds.expire(10) == 0
    soon = vendor.holds.create("1", reference="soon", expires_at=datetime.now(timezone.utc) + timedelta(hours=1))
    assert soon.expires_at is not None and soon.expires_at.tzinfo is not None


def test_times_are_aware_and_naive_ones_refused(vendor: kloyst.VendorView) -> None:
    before = datetime.now(timezone.utc) - timedelta(minutes=1)
    row = vendor.wallet.credit("1", reference="in")
    assert row.created_at.utcoffset() == timedelta(0)
    assert abs((row.created_at - before).total_seconds()) < 3600
    india = timezone(timedelta(hours=5, minutes=30))
    until = row.created_at + timedelta(seconds=1)
    assert [r.id for r in vendor.wallet.statement_between(before.astimezone(india), until)] == [row.id]
    assert vendor.wallet.balance_at(until) == 1
    with pytest.raises((TypeError, ValueError)):
        vendor.wallet.balance_at(datetime.now())
    totals = vendor.wallet.totals(before, until, offset_minutes=330)
    assert sum(total.amount for total in totals) == 1 and totals[0].count == 1


def test_statements_page_by_themselves(vendor: kloyst.VendorView) -> None:
    for number in range(25):
        vendor.wallet.credit("1", reference=f"row {number}")
    rows = list(vendor.wallet.statement(page_size=7))
    assert [row.seq for row in rows] == list(range(1, 26))
    assert [row.reference for row in rows] == [f"row {number}" for number in range(25)]
    assert [row.seq for row in vendor.wallet.statement(after_seq=20, page_size=1)] == [21, 22, 23, 24, 25]


def test_a_ledger_is_proved_in_the_database_and_without(vendor: kloyst.VendorView, tmp_path: Path) -> None:
    for number in range(10):
        vendor.wallet.credit("1.25", reference=f"row {number}")
    report = vendor.wallet.verify()
    assert (report.rows, report.bad_seq, report.balance) == (10, 0, Decimal("12.5"))
    point, report = vendor.ledger.verify_from(None)
    assert point.seq == 10 and report.rows == 10
    vendor.wallet.debit("2", reference="more")
    point, report = vendor.ledger.verify_from(point)
    assert point.seq == 11 and report.rows == 1

    for format in LedgerFormat:
        file = tmp_path / f"statement.{format.name}"
        end = vendor.ledger.export(file, format=format)
        assert end.seq == 11 and len(end.hash) == 32
        data, same = vendor.ledger.export_bytes(format=format)
        assert data == file.read_bytes() and same.hash == end.hash
        reached, report = kloyst.verify_statement(file, format=format, head=end.hash)
        assert reached.seq == 11 and report.balance == Decimal("10.5")
        forged = data.replace(b"1.25", b"1.26", 1)
        with pytest.raises(errors.CorruptError) as caught:
            kloyst.verify_statement(forged, format=format)
        assert caught.value.value[1].bad_seq == 1
    with pytest.raises(errors.ExistsError):
        vendor.ledger.export(file)
