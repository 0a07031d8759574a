"""Members of sets that are passed in: dicts with these keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

if TYPE_CHECKING:
    from typing import Optional, TypedDict

    from kloyst._arguments import Id, Money
    from kloyst._records import SendOutcome, TransactionType

    class _Operation(TypedDict):
        type: TransactionType
        amount: Money
        reference: str

    class WalletOperation(_Operation, total=False):
        """One member of `wallet.post`."""

        idempotency_key: Optional[str]
        debit_id: Optional[Id]

    class _Result(TypedDict):
        index: int
        outcome: SendOutcome

    class SendResult(_Result, total=False):
        """How a message of a batch was sent: with ACCEPTED its `wa_message_id`, else `error_code`, and with DEFERRED
        `retry_after_ms`."""

        wa_message_id: Optional[str]
        error_code: int
        error_text: Optional[str]
        retry_after_ms: int

else:
    WalletOperation = SendResult = Mapping[str, Any]
