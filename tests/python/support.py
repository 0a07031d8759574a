"""What several tests need: the stand-in for Meta, signed webhooks, small HTTP requests, waiting."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple

ROOT = Path(__file__).resolve().parents[2]
MASTER_KEY = bytes(range(32))
APP_SECRET = "app-secret-of-the-tests"
RAZORPAY_SECRET = "razorpay-secret-of-the-tests"
TOKEN = "EAAG-token-of-the-tests"
WABA_ID = "102290129340398"


def standin_program() -> str:
    return os.environ.get("GRAPH_STANDIN") or str(Path(os.environ.get("BUILD", ROOT / "build")) / "tests/graph-standin")


class Standin:
    """A Graph API of its own on loopback."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen([standin_program(), *options], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("listening "), line
        self.url = "http://" + line.split()[1]

    def stats(self) -> Dict[str, Any]:
        stats: Dict[str, Any] = json.loads(request("GET", self.url + "/_standin/stats")[1])
        return stats

    def flush(self) -> None:
        """Returns when every webhook was posted."""
        status, body = request("POST", self.url + "/_standin/flush", timeout=120)
        assert status == 200, body

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)
        if self.process.stdout:
            self.process.stdout.close()

    def __enter__(self) -> Standin:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def request(
    method: str,
    url: str,
    body: Optional[bytes] = None,
    headers: Optional[Dict[str, str]] = None,
    timeout: float = 100,
) -> Tuple[int, bytes]:
    """Status and body of one request over real HTTP."""
    wanted = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(wanted, timeout=timeout) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def signature(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def payment_captured(payment_id: str, order_id: str, paise: int) -> bytes:
    """Razorpay's event of a payment, as it is posted."""
    entity = {
        "id": payment_id,
        "entity": "payment",
        "amount": paise,
        "currency": "INR",
        "status": "captured",
        "order_id": order_id,
        "captured": True,
        "notes": [],
    }
    event = {
        "entity": "event",
        "event": "payment.captured",
        "contains": ["payment"],
        "payload": {"payment": {"entity": entity}},
        "created_at": 1691735748,
    }
    return json.dumps(event).encode()


def eventually(what: Callable[[], Any], seconds: float = 120) -> Any:
    """The first answer of `what` that is true."""
    until = time.monotonic() + seconds
    while True:
        answer = what()
        if answer:
            return answer
        assert time.monotonic() < until, f"still {answer!r} after {seconds} s"
        time.sleep(0.02)


def sql(url: str, text: str) -> str:
    """What the private server says itself, past the library."""
    place = url.replace("embedded:", "", 1) + "/socket"
    done = subprocess.run(
        ["psql", "-XqAt", "-h", place, "-U", "kloyst_admin", "-d", "kloyst", "-c", text],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def environment(url: str) -> Dict[str, str]:
    """Of a program that is started by a test."""
    return {
        **os.environ,
        "KLOYST_URL": url,
        "KLOYST_MASTER_KEY": MASTER_KEY.hex(),
        "KLOYST_APP_SECRET": APP_SECRET,
        "KLOYST_RAZORPAY_SECRET": RAZORPAY_SECRET,
        "META_VERIFY_TOKEN": "verify-me",
        "WHATSAPP_TOKEN": TOKEN,
        "PYTHONUNBUFFERED": "1",
    }


_numbers = iter(range(10**6, 10**7))


def phone_number_id() -> str:
    """One that no other test of this process has."""
    return f"1065{os.getpid() % 10000:04d}{next(_numbers)}"


def csv_of(count: int) -> bytes:
    rows: List[str] = ["name,mobile,city"]
    rows += [f"User {i},+9198{i:08d},{'Pune' if i % 2 else 'Delhi'}" for i in range(count)]
    return ("\r\n".join(rows) + "\r\n").encode()
