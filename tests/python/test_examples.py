"""The examples, started as programs and driven over real HTTP."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import sys
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Dict, Iterator

import kloyst
from support import (
    APP_SECRET,
    RAZORPAY_SECRET,
    ROOT,
    TOKEN,
    WABA_ID,
    Standin,
    csv_of,
    environment,
    eventually,
    payment_captured,
    phone_number_id,
    request,
    signature,
)

EXAMPLES = ROOT / "examples/python"


@contextmanager
def app(url: str) -> Iterator[str]:
    """The FastAPI example under uvicorn; its address."""
    with socket.socket() as listening:
        # A port that is chosen ahead could be taken before uvicorn does; the socket itself is handed over.
        listening.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        descriptor = listening.fileno()
        program = [sys.executable, "-m", "uvicorn", "--app-dir", str(EXAMPLES), "--fd", str(descriptor), "fastapi_app:app"]
        process = subprocess.Popen(
            [*program, "--log-level", "warning"],
            env=environment(url),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[descriptor],
        )

    def up() -> bool:
        assert process.poll() is None, process.stdout and process.stdout.read().decode()
        try:
            return request("GET", address + "/metrics")[0] == 200
        except OSError:
            return False

    try:
        eventually(up)
        yield address
    finally:
        process.terminate()
        said = process.communicate(timeout=100)[0].decode()
    assert process.returncode in (0, -15) and "Traceback" not in said, said


def test_a_campaign_and_its_webhooks(url: str, client: kloyst.Client, tmp_path: Path) -> None:
    contacts = tmp_path / "contacts.csv"
    contacts.write_bytes(csv_of(120) + b"Nobody,nonsense,Pune\r\n")
    number = phone_number_id()
    with app(url) as address, Standin(
        *("--app-secret", APP_SECRET, "--token", TOKEN, "--phone-number-id", number, "--waba-id", WABA_ID),
        *("--webhook-url", address + "/webhooks/meta", "--fail", "sync:131026:0.1", "--read-share", "0.5"),
    ) as standin:
        done = subprocess.run(
            [
                *(sys.executable, EXAMPLES / "campaign.py", contacts, "--country", "IN"),
                *("--phone-number-id", number, "--waba-id", WABA_ID, "--template", "festival_offer"),
                *("--parameter", "name:friend", "--parameter", "city", "--price", "0.8631"),
                *("--graph", standin.url, "--settle", "100"),
            ],
            env=environment(url),
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "line 122" in done.stdout and "131026" in done.stdout
        report = json.loads(done.stdout.splitlines()[-1])
        accepted = standin.stats()["accepted"]
    assert (report["rows"], report["imported"], report["recipients"]) == (121, 120, 120)
    assert report["delivered"] + report["read"] == accepted == 120 - report["failed"] and report["failed"] > 0
    assert Decimal(report["captured"]) - Decimal(report["refunded"]) == accepted * Decimal("0.8631")
    assert client.wallet.verify(report["vendor"]).rows == report["ledger_rows"]


def test_a_recharge_over_http(url: str, client: kloyst.Client, vendor: kloyst.VendorView) -> None:
    email = f"pays-{kloyst.new_id()}@example.com"
    vendor.users.create(email, "correct horse")

    def login(password: str) -> Dict[str, str]:
        pair = base64.b64encode(f"{email}:{password}".encode()).decode()
        return {"Authorization": f"Basic {pair}", "Content-Type": "application/json"}

    with app(url) as address:
        order = json.dumps({"order_id": "order_http1", "amount": "250.50"}).encode()
        assert request("POST", address + "/recharges", order, login("wrong"))[0] == 401
        status, body = request("POST", address + "/recharges", order, login("correct horse"))
        assert (status, json.loads(body)["amount"]) == (201, "250.5000")
        again = json.dumps({"order_id": "order_http1", "amount": "9"}).encode()
        assert request("POST", address + "/recharges", again, login("correct horse")) == (409, b"KL_ERR_CONFLICT")

        paid = payment_captured("pay_http1", "order_http1", 25050)
        headers = {"X-Razorpay-Event-Id": "event_http1", "X-Razorpay-Signature": signature(RAZORPAY_SECRET, paid)}
        assert request("POST", address + "/webhooks/razorpay", paid, {**headers, "X-Razorpay-Signature": "0" * 64})[0] == 401
        for _ in range(2):
            assert request("POST", address + "/webhooks/razorpay", paid, headers)[0] == 200

        def balance() -> bool:
            status, body = request("GET", address + "/wallet", headers=login("correct horse"))
            return status == 200 and json.loads(body)["balance"] == "250.5000"

        eventually(balance)

        handshake = address + "/webhooks/meta?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="
        assert request("GET", handshake + "verify-me") == (200, b"1158201444")
        assert request("GET", handshake + "wrong")[0] == 403
        body = b'{"object":"whatsapp_business_account","entry":[]}'
        assert request("POST", address + "/webhooks/meta", body)[0] == 401
        assert request("POST", address + "/webhooks/meta", body, {"X-Hub-Signature-256": "sha256=" + "0" * 64})[0] == 401
        good = {"X-Hub-Signature-256": "sha256=" + signature(APP_SECRET, body)}
        assert request("POST", address + "/webhooks/meta", body, good)[0] == 200
    assert client.vendor(vendor.id).wallet.verify().rows == 1
