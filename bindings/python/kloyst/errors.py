"""The exceptions: one class for each status of libkloyst, in groups by what a program does about them."""

from __future__ import annotations

from typing import Any, Dict, Optional, Type

from kloyst import _native


class KloystError(Exception):
    """A call that failed. The text is one line for a log; it never holds a token, key, password or message text."""

    code: str = "KL_ERR_?"
    """Name of the status, such as ``KL_ERR_INSUFFICIENT``."""
    status: int = -1
    """Number of the status. Numbers are frozen."""
    sqlstate: Optional[str]
    """Five characters when the failure came from PostgreSQL, else None."""
    retriable: bool
    """True when the same call may succeed later without any change."""
    value: Any
    """What the call found out before it failed, where its documentation says so; else None."""

    def __init__(
        self, message: str, *, sqlstate: Optional[str] = None, retriable: bool = False, value: Any = None
    ) -> None:
        super().__init__(message)
        self.value = value
        self.sqlstate = sqlstate or None
        self.retriable = retriable

    @property
    def message(self) -> str:
        """What happened, in one line."""
        return str(self.args[0])

    def __reduce__(self) -> tuple:  # type: ignore[type-arg]
        return _rebuild, (type(self), self.args[0], self.sqlstate, self.retriable, self.value)


def _rebuild(
    kind: Type[KloystError], message: str, sqlstate: Optional[str], retriable: bool, value: Any
) -> KloystError:
    return kind(message, sqlstate=sqlstate, retriable=retriable, value=value)


class InputError(KloystError, ValueError):
    """What was passed in cannot be taken. Nothing was changed."""


class RefusedError(KloystError):
    """The state of the data does not allow it: a business refusal, never to be repeated as if the network had failed."""


class TrustError(KloystError):
    """Credentials, signatures, keys or stored bytes that do not hold."""


class ClientError(KloystError):
    """The client object or the machine: closed, forked, out of memory, files, defects."""


class DatabaseError(KloystError):
    """The database could not do it."""


class GraphError(KloystError):
    """Meta's Graph API."""


class ArgumentError(InputError):
    """An unknown enum value or a number out of range."""

    code, status = "KL_ERR_ARGUMENT", 1


class FormatError(InputError):
    """Text that is not what it claims to be: money, phone, UUID, e-mail, CSV."""

    code, status = "KL_ERR_FORMAT", 2


class JsonError(InputError):
    """JSON that is not strict RFC 8259, or not an object where one is needed."""

    code, status = "KL_ERR_JSON", 3


class TooLongError(InputError):
    """Text or a body above its documented size."""

    code, status = "KL_ERR_TOO_LONG", 4


class EncodingError(InputError):
    """Not UTF-8, or an embedded NUL."""

    code, status = "KL_ERR_ENCODING", 5


class NotFoundError(RefusedError, LookupError):
    """No such row for this vendor."""

    code, status = "KL_ERR_NOT_FOUND", 20


class ExistsError(RefusedError):
    """A row with this unique value exists."""

    code, status = "KL_ERR_EXISTS", 21


class InUseError(RefusedError):
    """Other rows depend on it."""

    code, status = "KL_ERR_IN_USE", 22


class StateError(RefusedError):
    """The object is in a state that does not allow the call."""

    code, status = "KL_ERR_STATE", 23


class InsufficientError(RefusedError):
    """The available balance does not cover the amount."""

    code, status = "KL_ERR_INSUFFICIENT", 24


class ConflictError(RefusedError):
    """The idempotency key was used with other content."""

    code, status = "KL_ERR_CONFLICT", 25


class LimitError(RefusedError):
    """A balance would pass 999999.9999."""

    code, status = "KL_ERR_LIMIT", 26


class ExceedsError(RefusedError):
    """A refund above its debit, a capture or release above its hold."""

    code, status = "KL_ERR_EXCEEDS", 27


class InvalidRecipientsError(RefusedError):
    """Recipients whose template parameters do not resolve."""

    code, status = "KL_ERR_INVALID_RECIPIENTS", 28


class LeaseLostError(RefusedError):
    """The batch was leased to somebody else meanwhile."""

    code, status = "KL_ERR_LEASE_LOST", 29


class EmptyError(RefusedError):
    """Nothing to do: no recipient, no batch to claim."""

    code, status = "KL_ERR_EMPTY", 30


class WindowClosedError(RefusedError):
    """A free-form message more than 24 hours after the user's last one."""

    code, status = "KL_ERR_WINDOW_CLOSED", 31


class ConsentError(RefusedError):
    """The contact is blocked, or has stopped marketing messages."""

    code, status = "KL_ERR_CONSENT", 32


class NoRateError(RefusedError):
    """The rate card has no price for the number."""

    code, status = "KL_ERR_NO_RATE", 33


class TemplateError(RefusedError):
    """The stored template is not approved, or takes other parameters."""

    code, status = "KL_ERR_TEMPLATE", 34


class CredentialsError(TrustError):
    """Unknown user or wrong password."""

    code, status = "KL_ERR_CREDENTIALS", 40


class SignatureError(TrustError):
    """A webhook signature is missing or wrong."""

    code, status = "KL_ERR_SIGNATURE", 41


class MasterKeyError(TrustError):
    """No master key, or not the one a secret was sealed with."""

    code, status = "KL_ERR_KEY", 42


class CorruptError(TrustError):
    """Stored bytes fail authentication, or a ledger fails its proof."""

    code, status = "KL_ERR_CORRUPT", 43


class PrivilegeError(TrustError):
    """The database role lacks a privilege."""

    code, status = "KL_ERR_PERMISSION", 44


class ClosedError(ClientError):
    """The client, worker or batch was closed."""

    code, status = "KL_ERR_CLOSED", 60


class ForkedError(ClientError):
    """The client was opened by the parent process: open another one in each process."""

    code, status = "KL_ERR_FORKED", 61


class OutOfMemoryError(ClientError, MemoryError):
    """Out of memory."""

    code, status = "KL_ERR_MEMORY", 62


class FileError(ClientError):
    """A file, or what was read from or written to, failed."""

    code, status = "KL_ERR_IO", 63


class CancelledError(ClientError):
    """A callback asked to stop, or the call was cancelled before it began."""

    code, status = "KL_ERR_CANCELLED", 64


class InternalError(ClientError):
    """A defect in libkloyst."""

    code, status = "KL_ERR_INTERNAL", 65


class ConnectError(DatabaseError):
    """No connection to the server could be made."""

    code, status = "KL_ERR_CONNECT", 80


class ConnectionLostError(DatabaseError):
    """The connection died before COMMIT was sent: nothing happened."""

    code, status = "KL_ERR_CONNECTION_LOST", 81


class UnknownOutcomeError(DatabaseError):
    """The connection died around COMMIT: it may have happened. Make the same call with the same idempotency key again."""

    code, status = "KL_ERR_UNKNOWN_OUTCOME", 82


class DatabaseTimeoutError(DatabaseError):
    """A statement or lock time-out, or no pooled connection in time."""

    code, status = "KL_ERR_TIMEOUT", 83


class SerializationError(DatabaseError):
    """A serialization failure or deadlock."""

    code, status = "KL_ERR_SERIALIZATION", 84


class SchemaError(DatabaseError):
    """The schema is missing, too old or too new."""

    code, status = "KL_ERR_SCHEMA", 85


class ServerRefusedError(DatabaseError):
    """Any other failure of the database; see ``sqlstate``."""

    code, status = "KL_ERR_DATABASE", 86


class EmbeddedServerError(DatabaseError):
    """The embedded server could not be made or started."""

    code, status = "KL_ERR_SERVER", 87


class HttpError(GraphError):
    """The HTTP client could not be set up, or the Graph API not be reached."""

    code, status = "KL_ERR_HTTP", 100


class MetaRefusedError(GraphError):
    """Meta refuses to go on with a token, account, number or template."""

    code, status = "KL_ERR_REFUSED", 101


_GROUPS = (InputError, RefusedError, TrustError, ClientError, DatabaseError, GraphError)
BY_STATUS: Dict[int, Type[KloystError]] = {kind.status: kind for group in _GROUPS for kind in group.__subclasses__()}
"""The class of each status number."""


def _made(status: int, message: str, sqlstate: str, retriable: bool, value: Any) -> KloystError:
    kind = BY_STATUS.get(status, KloystError)
    error = kind(message, sqlstate=sqlstate, retriable=retriable, value=value)
    if kind is KloystError:
        error.status = status
    return error


_native.set_error_factory(_made)
