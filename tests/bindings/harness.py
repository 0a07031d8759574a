"""What the tests of the Python module have in common: promises that are counted, a private server, a vendor with all there is."""
import os
import sys
import tempfile
import traceback

BUILD = os.environ.get("BUILD", "build")
sys.path.insert(0, os.path.join(os.environ.get("KLOYST_PYTHON", os.path.join(BUILD, "bindings/python"))))

from kloyst import _native  # noqa: E402

# The errors of this layer, and not what the package makes of them.
_native.set_error_factory(None)

failed = 0


def promise(function):
    """Runs a test at once and prints how it went; its doc string is what is promised."""
    global failed
    name = " ".join((function.__doc__ or function.__name__).split())
    try:
        function()
        print(f"ok {name}", flush=True)
    except BaseException:  # noqa: B902  a SystemExit of the tested code is a failure, too
        failed += 1
        print(f"not ok {name}", flush=True)
        traceback.print_exc()
    return function


def finish():
    sys.stdout.flush()
    sys.exit(failed > 0)


def raises(kind, function, *arguments):
    """The exception of the kind that the call must raise."""
    try:
        value = function(*arguments)
    except kind as error:
        return error
    raise AssertionError(f"{kind} was expected; there is {value!r}")


def refuses(status, function, *arguments):
    """The status error with this number."""
    from kloyst import _native
    error = raises(_native.StatusError, function, *arguments)
    assert error.status == status, (error.status, error.message)
    return error


shared_directory = None


def open_client(options=None, directory=None):
    """A client on the private server of this test, which starts with the first and stops with the last."""
    from kloyst import _native
    global shared_directory
    if not shared_directory:
        shared_directory = tempfile.mkdtemp(prefix="kl-bindings.")
    directory = directory or shared_directory
    settings = {"master_key": b"k" * 32, "app_secret": "secret", "razorpay_secret": "secret"}
    settings.update(options or {})
    return _native.run(_native.call_open("embedded:" + directory, settings))


class World:
    """A client, a vendor and one of each resource that a call takes."""

    def __init__(self):
        from kloyst import _native as n
        run = n.run
        self.client = open_client()
        self.vendor = run(n.call_vendor_create(self.client, "Vendor", "SHARED", None))
        run(n.call_wallet_credit(self.client, self.vendor.id, "1000", "recharge", None))
        self.waba = run(n.call_waba_create(self.client, self.vendor.id, "1", "2", "token"))
        for i in range(3):
            run(n.call_contact_upsert(self.client, self.vendor.id, f"+9198765432{i:02}", None, None))
        self.worker = run(n.call_worker_new(self.client, None))
        self.event_page = run(n.call_event_read(self.client, self.vendor.id, "reader", 10, 0)).handle
        run(n.call_rate_set(self.client, "MARKETING", "*", moment(), "0.5"))
        self.rate_page = run(n.call_rate_list(self.client, "MARKETING", None, 10)).handle
        self.batch = self.claim().handle

    def claim(self):
        from kloyst import _native as n
        campaign = n.run(n.call_campaign_create(self.client, self.vendor.id, {
            "name": "Campaign", "waba_account_id": self.waba.id, "template_name": "hello", "template_language": "en", "price": "0.5"}))
        n.run(n.call_campaign_enqueue(self.client, self.vendor.id, campaign.id, False))
        return n.run(n.call_batch_claim(self.client, self.vendor.id, campaign.id, 60000))


def moment():
    from datetime import datetime, timezone
    return datetime(2026, 1, 1, tzinfo=timezone.utc)


def resident():
    """Memory of this process in KiB."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
