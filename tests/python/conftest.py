"""One private server for all tests of a process, and reports in the form that tests/run-checks counts."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from typing import Any, Iterator

import pytest

sys.path.insert(0, os.path.dirname(__file__))

import kloyst  # noqa: E402
from support import APP_SECRET, MASTER_KEY, RAZORPAY_SECRET  # noqa: E402


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    # A server that does not run as root must be able to pass through.
    place = tempfile.mkdtemp(prefix="kl-python-")
    os.chmod(place, 0o711)
    yield f"embedded:{place}/db"
    shutil.rmtree(place, ignore_errors=True)


def connect(url: str, **options: Any) -> kloyst.Client:
    return kloyst.connect(
        url, master_key=MASTER_KEY, app_secret=APP_SECRET, razorpay_secret=RAZORPAY_SECRET, **options
    )


@pytest.fixture(scope="session")
def client(url: str) -> Iterator[kloyst.Client]:
    with connect(url) as opened:
        yield opened


@pytest.fixture
def vendor(client: kloyst.Client) -> kloyst.VendorView:
    """A vendor of the test's own."""
    return client.vendor(client.vendors.create("Vendor of a test").id)


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" or report.outcome != "passed":
        word = {"passed": "ok", "skipped": "skipped"}.get(report.outcome, "not ok")
        print(f"\n{word} {report.nodeid.rsplit('/', 1)[-1]}", flush=True)
