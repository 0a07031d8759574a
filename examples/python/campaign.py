#!/usr/bin/env python3
"""A campaign from a CSV file: import the contacts, pay, send, report.

    campaign.py contacts.csv --country IN --phone-number-id 106540352242922 --waba-id 102290129340398 \
        --template festival_offer --language en_US --parameter name:friend --parameter city:"your city" --price 0.8631

The database is $KLOYST_URL, else a private one; $KLOYST_MASTER_KEY (64 hex digits) seals the token, which is $WHATSAPP_TOKEN. The last
line is JSON, for programs. Webhooks are taken by another program, such as fastapi_app.py.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from decimal import Decimal
from typing import Any, Dict, List

import kloyst


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="import contacts, send a campaign, report")
    parser.add_argument("contacts", help="CSV with a header line")
    parser.add_argument("--country", help="of numbers without a calling code, such as IN")
    parser.add_argument("--phone-number-id", required=True, help="Meta's id of the number to send from")
    parser.add_argument("--waba-id", required=True, help="Meta's id of its WhatsApp Business account")
    parser.add_argument("--template", required=True)
    parser.add_argument("--language", default="en_US")
    parser.add_argument("--parameter", action="append", default=[], metavar="COLUMN[:FALLBACK]", help="of the body, in order")
    parser.add_argument("--price", type=Decimal, required=True, help="of a message")
    parser.add_argument("--graph", help="URL of the Graph API, if it is not Meta's")
    parser.add_argument("--settle", type=float, default=0, metavar="SECONDS", help="wait so long for the last webhooks")
    return parser.parse_args()


def parameter(text: str) -> Dict[str, Any]:
    column, colon, fallback = text.partition(":")
    return {"attribute": column, "fallback": fallback} if colon else {"attribute": column}


def import_contacts(vendor: kloyst.VendorView, options: argparse.Namespace) -> kloyst.ImportReport:
    rejected: List[kloyst.ImportReject] = []
    report = vendor.contacts.import_csv(options.contacts, country=options.country, on_reject=rejected.append)
    print(f"{report.rows} rows: {report.imported} imported, {report.duplicate} duplicate, {report.rejected} rejected")
    for row in rejected[:5]:
        print(f"  line {row.line}: {row.reason}")
    return report


def enqueue(vendor: kloyst.VendorView, options: argparse.Namespace) -> str:
    waba = vendor.wabas.create(
        waba_id=options.waba_id, phone_number_id=options.phone_number_id, token=os.environ["WHATSAPP_TOKEN"]
    )
    campaign = vendor.campaigns.create(
        f"{options.template} of {time.strftime('%Y-%m-%d')}",
        waba_account_id=waba.id,
        template_name=options.template,
        template_language=options.language,
        parameters=[parameter(each) for each in options.parameter],
        price=options.price,
    )
    preflight = vendor.campaigns.preflight(campaign.id, list_limit=5)
    if preflight.cost > preflight.available:
        payment = kloyst.new_id()
        vendor.wallet.credit(preflight.cost - preflight.available, reference=payment, idempotency_key=payment)
    messages = vendor.campaigns.enqueue(campaign.id, leave_out_invalid=True)
    print(f"{messages} messages are queued and their money, {preflight.cost}, is held")
    return campaign.id


def wait_until_settled(vendor: kloyst.VendorView, campaign_id: str, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        stats = vendor.campaigns.stats(campaign_id)
        if stats.delivered + stats.read + stats.failed == stats.recipients:
            return
        time.sleep(0.1)


def main() -> int:
    options = arguments()
    with kloyst.connect(migrate=True) as client:
        vendor = client.vendor(client.vendors.create("Demo Traders").id)
        imported = import_contacts(vendor, options)
        campaign_id = enqueue(vendor, options)
        with client.worker(base_url=options.graph, vendor_id=vendor.id) as worker:
            sent = worker.run()
        print(f"{sent.accepted} accepted, {sent.failed} refused")
        wait_until_settled(vendor, campaign_id, options.settle)
        stats = vendor.campaigns.stats(campaign_id)
        account = vendor.campaigns.reconcile(campaign_id)
        ledger = vendor.wallet.verify()
        for failure in vendor.campaigns.failures(campaign_id):
            print(f"  {failure.messages} failed with {failure.code}: {kloyst.error_policy(failure.code).text}")
        print(
            json.dumps(
                {
                    "vendor": vendor.id,
                    "campaign": campaign_id,
                    "rows": imported.rows,
                    "imported": imported.imported,
                    "recipients": stats.recipients,
                    "sent": stats.sent,
                    "delivered": stats.delivered,
                    "read": stats.read,
                    "failed": stats.failed,
                    "captured": str(account.captured),
                    "refunded": str(account.refunded),
                    "balance": str(ledger.balance),
                    "ledger_rows": ledger.rows,
                }
            )
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
