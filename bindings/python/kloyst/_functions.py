"""What needs no database: ids, telephone numbers, signatures, tables, statements that prove themselves."""

from __future__ import annotations

import os
from typing import List, Optional, Tuple, Union

from kloyst import _native
from kloyst._records import ErrorPolicy, LedgerFormat, LedgerPoint, LedgerReport, PhoneReason, StatusInfo
from kloyst._runtime_sync import Runtime

_call = Runtime().call


def version() -> str:
    """The version of libkloyst, "0.1.0"."""
    return _call(_native.call_version())


def new_id() -> str:
    """A new version-7 UUID; within one process later ones sort after earlier ones."""
    return _call(_native.call_uuid_generate())


def normalize_phone(text: str, *, country: Optional[str] = None) -> str:
    """E.164 digits without '+' of any common spelling of a telephone number. `country` is the ISO 3166-1 alpha-2 code of
    national spellings. FormatError: its `value` is the PhoneReason."""
    return _call(_native.call_phone_normalize(text, country))[0]


def phone_reason_text(reason: PhoneReason) -> str:
    """One line on why a text is no telephone number."""
    return _call(_native.call_phone_reason_text(reason))


def statuses() -> List[StatusInfo]:
    """The table of statuses, by number."""
    rows = (_call(_native.call_status_at(index)) for index in range(_call(_native.call_status_count())))
    return [row for row in rows if row is not None]


def error_policy(code: Optional[int]) -> ErrorPolicy:
    """What a worker does about one of Meta's error codes; None: about an answer that tells nothing."""
    if code is None:
        return _call(_native.call_error_policy_unreadable())
    return _call(_native.call_error_policy_get(code))


def error_policies() -> List[ErrorPolicy]:
    """The table of Meta's error codes, by code."""
    return [_call(_native.call_error_policy_at(index)) for index in range(_call(_native.call_error_policy_count()))]


def webhook_challenge(mode: Optional[str], token: Optional[str], verify_token: str) -> bool:
    """Whether Meta's GET handshake is right: then answer 200 with hub.challenge as the body, else 403."""
    from kloyst.errors import SignatureError

    if mode is None or token is None:
        return False
    try:
        _call(_native.call_webhook_challenge(mode, token, verify_token))
    except SignatureError:
        return False
    return True


def webhook_verify(app_secret: str, signature: Optional[str], body: bytes) -> bool:
    """Whether X-Hub-Signature-256 is of this body."""
    from kloyst.errors import SignatureError

    try:
        _call(_native.call_webhook_verify(app_secret, signature, body))
    except SignatureError:
        return False
    return True


def verify_statement(
    source: Union[str, "os.PathLike[str]", bytes],
    *,
    format: LedgerFormat = LedgerFormat.CSV,
    head: Optional[bytes] = None,
) -> Tuple[LedgerPoint, LedgerReport]:
    """Verifies an exported statement, a file or its bytes, without a database. `head`: the 32 bytes of the hash that the last
    row must have. CorruptError names the first bad row."""
    if isinstance(source, bytes):
        return _call(_native.call_ledger_verify_stream(source, format, head))
    return _call(_native.call_ledger_verify_file(os.fspath(source), format, head))
