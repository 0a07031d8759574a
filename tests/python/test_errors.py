"""Every status is an exception of its own, and says what it is."""

from __future__ import annotations

import pickle
from typing import Optional

import pytest

import kloyst
from conftest import connect
from kloyst import errors
from support import MASTER_KEY, eventually


def test_every_status_has_one_class_and_every_class_one_status() -> None:
    rows = [row for row in kloyst.statuses() if row.status != 0]
    assert len(rows) > 40
    assert {int(row.status) for row in rows} == set(errors.BY_STATUS)
    for row in rows:
        kind = errors.BY_STATUS[int(row.status)]
        assert kind.code == row.name
        assert kind.__doc__ and getattr(errors, kind.__name__) is kind


def test_a_refusal_carries_code_status_and_message(vendor: kloyst.VendorView) -> None:
    with pytest.raises(errors.InsufficientError) as caught:
        vendor.wallet.debit("1", reference="too much")
    error = caught.value
    assert error.code == "KL_ERR_INSUFFICIENT" and error.status == 24
    assert error.sqlstate is None and error.retriable is False
    assert error.message and "\n" not in error.message
    assert isinstance(error, errors.RefusedError) and isinstance(error, kloyst.KloystError)


def test_a_server_that_is_not_there_cannot_be_reached() -> None:
    with pytest.raises(errors.ConnectError) as caught:
        kloyst.connect("postgresql://somebody@127.0.0.1:1/nothing", master_key=MASTER_KEY)
    assert isinstance(caught.value, errors.DatabaseError) and caught.value.retriable


def impatient_client(url: str) -> kloyst.Client:
    """One whose statements may take half a second, which opening it may exceed on a busy machine."""

    def opened() -> Optional[kloyst.Client]:
        try:
            return connect(url, statement_timeout_ms=500)
        except errors.DatabaseTimeoutError:
            return None

    client: kloyst.Client = eventually(opened)
    return client


def test_a_failure_of_the_server_carries_the_sqlstate(url: str, vendor: kloyst.VendorView) -> None:
    vendor.wallet.credit("1", reference="in")
    caught = []
    with impatient_client(url) as impatient:

        def while_it_is_imported(_: object) -> None:
            # The import's transaction has the vendor's row.
            with pytest.raises(errors.DatabaseTimeoutError) as error:
                impatient.vendors.delete(vendor.id)
            caught.append(error.value)

        vendor.contacts.import_csv(b"mobile\n+919876543210\nnonsense\n", on_reject=while_it_is_imported)
    assert [(error.sqlstate, error.retriable, error.code) for error in caught] == [("57014", True, "KL_ERR_TIMEOUT")]


def test_exceptions_survive_pickling() -> None:
    error = errors.ServerRefusedError("no", sqlstate="57014", retriable=True)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is errors.ServerRefusedError
    assert (again.message, again.sqlstate, again.retriable) == ("no", "57014", True)


def test_input_errors_are_value_errors_and_missing_rows_lookup_errors(client: kloyst.Client) -> None:
    with pytest.raises(ValueError):
        client.vendors.create("")
    with pytest.raises(LookupError):
        client.vendors.get(kloyst.new_id())
