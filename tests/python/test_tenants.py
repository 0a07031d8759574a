"""Vendors, users, accounts, contacts, templates, rates: what goes in comes out, and lists page by themselves."""

from __future__ import annotations

import io
import uuid
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, List

import pytest

import kloyst
from kloyst import PlanType, TemplateCategory, UserRole, errors
from support import TOKEN, WABA_ID, csv_of, phone_number_id


def test_settings_are_dicts_and_ids_are_uuids(client: kloyst.Client) -> None:
    settings = {"timezone": "Asia/Kolkata", "nested": {"list": [1, 2.5, None, True, "ü\U0001f600"]}}
    vendor = client.vendors.create("Zoë's Café", PlanType.DEDICATED, settings=settings)
    assert str(uuid.UUID(vendor.id)) == vendor.id and uuid.UUID(vendor.id).version == 7
    assert vendor.settings == settings and vendor.plan_type is PlanType.DEDICATED
    client.vendors.patch_settings(vendor.id, {"nested": None, "more": 1})
    client.vendors.rename(uuid.UUID(vendor.id), "Zoë")
    client.vendors.set_plan(vendor.id.upper(), PlanType.SHARED)
    again = client.vendor(vendor.id).get()
    assert again.settings == {"timezone": "Asia/Kolkata", "more": 1}
    assert (again.name, again.plan_type) == ("Zoë", PlanType.SHARED)
    assert again.updated_at >= again.created_at
    client.vendors.delete(vendor.id)
    with pytest.raises(errors.NotFoundError):
        client.vendors.get(vendor.id)


def test_lists_read_page_after_page(client: kloyst.Client) -> None:
    made = [client.vendors.create(f"Page {number}").id for number in range(5)]
    found = [vendor.id for vendor in client.vendors.list(page_size=2)]
    assert [each for each in found if each in made] == made
    rest = [vendor.id for vendor in client.vendors.list(after=made[2], page_size=1)]
    assert [each for each in rest if each in made] == made[3:]


def test_records_are_values(vendor: kloyst.VendorView) -> None:
    one, same = vendor.get(), vendor.get()
    assert one == same and one is not same and repr(one) == repr(same) and one.name in repr(one)
    with pytest.raises((AttributeError, TypeError)):
        one.unheard_of = 1
    vendor.rename("Other")
    assert one != vendor.get()


def test_users_log_in(client: kloyst.Client, vendor: kloyst.VendorView) -> None:
    email = f"admin-{kloyst.new_id()}@example.com"
    user = vendor.users.create(email.upper(), "correct horse", UserRole.ADMIN)
    assert user.email == email and user.role is UserRole.ADMIN
    assert client.users.authenticate(email, "correct horse").id == user.id
    with pytest.raises(errors.CredentialsError):
        client.users.authenticate(email, "wrong horse")
    with pytest.raises(errors.ExistsError):
        vendor.users.create(email, "correct horse")
    vendor.users.set_password(user.id, "another horse")
    vendor.users.set_role(user.id, UserRole.STAFF)
    assert vendor.users.get(user.id).role is UserRole.STAFF
    assert [each.id for each in vendor.users.list()] == [user.id]
    assert "horse" not in repr(user)
    vendor.users.delete(user.id)
    assert list(vendor.users.list()) == []


def test_tokens_are_sealed_and_opened_as_bytes(vendor: kloyst.VendorView) -> None:
    number = phone_number_id()
    waba = vendor.wabas.create(waba_id=WABA_ID, phone_number_id=number, token=TOKEN)
    assert (waba.meta_id, waba.phone_number_id) == (WABA_ID, number) and TOKEN not in repr(waba)
    assert vendor.wabas.token(waba.id) == TOKEN.encode()
    vendor.wabas.set_token(waba.id, "another")
    assert vendor.wabas.reseal() == 0
    vendor.wabas.set_rate(waba.id, 1000)
    vendor.wabas.set_portfolio(waba.id, "12345", 2000)
    assert vendor.wabas.token(waba.id) == b"another"
    assert [each.messages_per_second for each in vendor.wabas.list()] == [1000]
    vendor.wabas.delete(waba.id)


def test_contacts_are_found_by_any_spelling(vendor: kloyst.VendorView) -> None:
    contact = vendor.contacts.upsert("098765 43210", country="IN", attributes={"city": "Pune", "n": 10**15})
    assert contact.mobile == "919876543210" and contact.attributes == {"city": "Pune", "n": 10**15}
    assert contact.opted_out_at is None and contact.blocked_at is None and contact.bsuid is None
    assert vendor.contacts.find("+91 98765-43210").id == contact.id
    vendor.contacts.patch_attributes(contact.id, {"city": None})
    vendor.contacts.opt_out(contact.id, note="asked by phone")
    vendor.contacts.block(contact.id)
    again = vendor.contacts.get(contact.id)
    assert again.attributes == {"n": 10**15} and again.opted_out_at is not None and again.blocked_at is not None
    vendor.contacts.unblock(contact.id)
    vendor.contacts.opt_in(contact.id)
    evidence = list(vendor.consent.list(contact_id=contact.id))
    assert [each.kind.name for each in evidence] == ["OPT_OUT", "OPT_IN"] and evidence[0].text == "asked by phone"
    with pytest.raises(errors.NotFoundError):
        vendor.contacts.find_user("IN.nobody1")
    vendor.contacts.delete(contact.id)
    assert vendor.contacts.count() == 0


def test_json_text_is_taken_as_it_stands(vendor: kloyst.VendorView) -> None:
    contact = vendor.contacts.upsert("+919876543210", attributes='{"big": 9007199254740993, "text": "\\u00e9"}')
    assert contact.attributes == {"big": 9007199254740993, "text": "é"}
    with pytest.raises(errors.JsonError):
        vendor.contacts.upsert("+919876543210", attributes="{'no': 1}")
    with pytest.raises((TypeError, ValueError)):
        vendor.contacts.upsert("+919876543210", attributes={"nan": float("nan")})
    with pytest.raises(TypeError):
        vendor.contacts.upsert("+919876543210", attributes={"object": object()})
    recursive: dict = {}  # type: ignore[type-arg]
    recursive["self"] = recursive
    with pytest.raises((ValueError, RecursionError)):
        vendor.contacts.upsert("+919876543210", attributes=recursive)
    assert vendor.contacts.get(contact.id).attributes == contact.attributes


@pytest.mark.parametrize("bad", ["a\0b", "\ud800", "x\udfff"])
def test_texts_that_are_no_texts_are_refused(client: kloyst.Client, bad: str) -> None:
    with pytest.raises(ValueError):
        client.vendors.create(bad)
    with pytest.raises(ValueError):
        client.vendors.create("good", settings={"key": bad} if "\0" not in bad else bad)


def test_csv_comes_from_anywhere(vendor: kloyst.VendorView, tmp_path: Path) -> None:
    data = csv_of(300)
    path = tmp_path / "contacts.csv"
    path.write_bytes(data)
    pieces: List[bytes] = [data[at : at + 100] for at in range(0, len(data), 100)]
    sources: List[Any] = [path, str(path), data, io.BytesIO(data), iter(pieces), pieces]
    for number, source in enumerate(sources):
        report = vendor.contacts.import_csv(source)
        assert (report.rows, report.imported, report.rejected) == (300, 300, 0)
        assert report.created == (300 if number == 0 else 0)
    assert vendor.contacts.count() == 300
    assert vendor.contacts.find("+919800000007").attributes == {"name": "User 7", "city": "Pune"}
    exported, count = vendor.contacts.export_bytes()
    assert count == 300 and exported.splitlines()[0] == b'mobile,"city","name"'
    assert vendor.contacts.import_csv(exported).created == 0
    lines = vendor.contacts.export_bytes(format=kloyst.ContactFormat.JSON_LINES)[0].splitlines()
    assert len(lines) == 300
    with pytest.raises(TypeError):
        vendor.contacts.import_csv(io.StringIO("mobile\n1"))  # type: ignore[arg-type]
    with pytest.raises(errors.FileError):
        vendor.contacts.import_csv(tmp_path / "none.csv")


def test_an_import_tells_what_it_rejects_and_can_be_stopped(vendor: kloyst.VendorView) -> None:
    rejected: List[kloyst.ImportReject] = []
    seen: List[kloyst.ImportReport] = []
    data = b"mobile,name\n+919876543210,A\nnonsense,B\n+919876543211,C\n"
    report = vendor.contacts.import_csv(data, on_reject=rejected.append, on_progress=seen.append)
    assert report.rejected == 1 and [(each.line, each.value) for each in rejected] == [(3, "nonsense")]
    assert rejected[0].reason and seen and seen[-1].bytes == len(data)

    class Stop(Exception):
        pass

    def stop(_: object) -> None:
        raise Stop("here")

    with pytest.raises(Stop, match="here"):
        vendor.contacts.import_csv(b"mobile\n+919876543299\nnonsense\n", on_reject=stop)
    with pytest.raises(Stop, match="here"):
        vendor.contacts.import_csv(b"mobile\n+919876543299\nnonsense\n", on_progress=stop)
    # What a callback answers means nothing: list.append answers None, and others something.
    vendor.contacts.import_csv(b"mobile\n+919876543210\nnonsense\n", on_reject=lambda _: True)
    assert vendor.contacts.count() == 2


def test_an_import_takes_delimiters_and_columns(vendor: kloyst.VendorView) -> None:
    report = vendor.contacts.import_csv(
        b"who;reach\nA;9876543210\n", country="IN", mobile_column="reach", delimiter=";"
    )
    assert report.imported == 1
    with pytest.raises((TypeError, ValueError)):
        vendor.contacts.import_csv(b"a\n1\n", delimiter=";;")


def test_templates_and_rates(vendor: kloyst.VendorView, client: kloyst.Client) -> None:
    waba = vendor.wabas.create(waba_id=WABA_ID, phone_number_id=phone_number_id(), token=TOKEN)
    template = vendor.templates.upsert(
        waba.id,
        {
            "id": "1234567890",
            "name": "hello",
            "language": "en_US",
            "status": "APPROVED",
            "category": "UTILITY",
            "components": [{"type": "BODY", "text": "Hello {{1}} of {{2}}", "example": {"body_text": [["a", "b"]]}}],
        },
    )
    assert template.category is TemplateCategory.UTILITY and template.status == "APPROVED"
    assert [each.place for each in template.parameters] == ["body", "body"]
    assert template.components[0]["type"] == "BODY"
    assert vendor.templates.find(waba.id, "hello", "en_US").id == vendor.templates.get(template.id).id
    assert [each.name for each in vendor.templates.list()] == ["hello"]
    vendor.templates.delete(template.id)

    start = datetime(2026, 1, 1, tzinfo=timezone.utc)
    for year in range(2026, 2031):
        moment = start.replace(year=year)
        vendor.rates.set_vendor(TemplateCategory.MARKETING, "IN", moment, f"0.{year}")
    vendor.rates.set_vendor(TemplateCategory.MARKETING, "*", start, None)
    rates = list(vendor.rates.list_vendor(TemplateCategory.MARKETING, page_size=2))
    assert [(rate.digits, rate.amount) for rate in rates] == [
        ("", None),
        *(("91", Decimal(f"0.{year}")) for year in range(2026, 2031)),
    ]
    at = datetime(2028, 6, 1, tzinfo=timezone.utc)
    assert vendor.rates.price(TemplateCategory.MARKETING, "+919876543210", at=at) == Decimal("0.2028")
    client.rates.set(TemplateCategory.UTILITY, "91", start, "0.115")
    assert Decimal("0.115") in [rate.amount for rate in client.rates.list(TemplateCategory.UTILITY)]
    assert vendor.rates.price(TemplateCategory.UTILITY, "98765 43210", country="IN") == Decimal("0.115")


def test_what_needs_no_database() -> None:
    assert kloyst.version() == kloyst.__version__
    assert kloyst.normalize_phone("098765 43210", country="IN") == "919876543210"
    with pytest.raises(errors.FormatError) as caught:
        kloyst.normalize_phone("12")
    assert caught.value.value is not None
    assert kloyst.webhook_challenge("subscribe", "a", "a")
    assert not kloyst.webhook_challenge("subscribe", "a", "b") and not kloyst.webhook_challenge(None, None, "b")
    assert len(kloyst.error_policies()) > 30 and kloyst.error_policy(131047).first_code == 131047
    assert kloyst.error_policy(None).error_class.name == "UNKNOWN_OUTCOME"
    assert kloyst.phone_reason_text(kloyst.PhoneReason.TOO_SHORT)
