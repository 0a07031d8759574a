"""Contacts, their import, and consent."""

from __future__ import annotations

import os
from typing import AsyncIterator, Callable, Optional, Tuple

from kloyst import _native
from kloyst._arguments import CsvSource, Id, JsonObject
from kloyst._records import Consent, Contact, ContactFormat, ImportReject, ImportReport
from kloyst._sources import spooled
from kloyst.aio._namespace import AsyncNamespace, by_id, given


class AsyncContacts(AsyncNamespace):
    """A vendor's phone book."""

    async def upsert(
        self,
        vendor_id: Id,
        mobile: str,
        *,
        country: Optional[str] = None,
        attributes: Optional[JsonObject] = None,
    ) -> Contact:
        """Creates the contact with this number in any common spelling, or replaces its attributes. `country` is the
        ISO 3166-1 alpha-2 code of national spellings."""
        return await self._call(_native.call_contact_upsert(self._client, vendor_id, mobile, country, attributes))

    async def get(self, vendor_id: Id, contact_id: Id) -> Contact:
        """One contact; also by an id that it had before it turned out to be the same user as another."""
        return await self._call(_native.call_contact_get(self._client, vendor_id, contact_id))

    async def find(self, vendor_id: Id, mobile: str, *, country: Optional[str] = None) -> Contact:
        """The contact with this number in any common spelling. NotFoundError."""
        return await self._call(_native.call_contact_find(self._client, vendor_id, mobile, country))

    async def find_user(self, vendor_id: Id, bsuid: str) -> Contact:
        """The contact with this business-scoped user id of Meta's. NotFoundError."""
        return await self._call(_native.call_contact_find_user(self._client, vendor_id, bsuid))

    def list(self, vendor_id: Id, *, after: Optional[Id] = None, page_size: int = 500) -> AsyncIterator[Contact]:
        """The vendor's contacts in order of id, read in pages of `page_size` (1 to 1000) as they are asked for."""
        return self._pages(
            lambda last: _native.call_contact_list(self._client, vendor_id, last, page_size), by_id, after
        )

    async def count(self, vendor_id: Id) -> int:
        """How many contacts the vendor has."""
        return await self._call(_native.call_contact_count(self._client, vendor_id))

    async def patch_attributes(self, vendor_id: Id, contact_id: Id, patch: JsonObject) -> None:
        """Applies a merge patch (RFC 7396): members replace, None removes, dicts merge."""
        await self._call(_native.call_contact_patch_attributes(self._client, vendor_id, contact_id, patch))

    async def block(self, vendor_id: Id, contact_id: Id) -> None:
        """From now on nothing at all is sent to the contact."""
        await self._call(_native.call_contact_block(self._client, vendor_id, contact_id))

    async def unblock(self, vendor_id: Id, contact_id: Id) -> None:
        """Ends a block."""
        await self._call(_native.call_contact_unblock(self._client, vendor_id, contact_id))

    async def opt_out(self, vendor_id: Id, contact_id: Id, *, note: Optional[str] = None) -> None:
        """No marketing is sent to the contact from now on; `note` is kept with the evidence."""
        await self._call(_native.call_contact_opt_out(self._client, vendor_id, contact_id, note))

    async def opt_in(self, vendor_id: Id, contact_id: Id, *, note: Optional[str] = None) -> None:
        """Marketing may be sent to the contact again."""
        await self._call(_native.call_contact_opt_in(self._client, vendor_id, contact_id, note))

    async def delete(self, vendor_id: Id, contact_id: Id) -> None:
        """Removes a contact; messages sent to it stay."""
        await self._call(_native.call_contact_delete(self._client, vendor_id, contact_id))

    async def import_csv(
        self,
        vendor_id: Id,
        source: CsvSource,
        *,
        country: Optional[str] = None,
        mobile_column: Optional[str] = None,
        delimiter: Optional[str] = None,
        on_progress: Optional[Callable[[ImportReport], object]] = None,
        on_reject: Optional[Callable[[ImportReject], object]] = None,
    ) -> ImportReport:
        """Imports CSV (RFC 4180, UTF-8, with a header line) in one transaction and constant memory.

        `source` is a path, the bytes themselves, an open binary file, or an iterable of bytes. The column with the number
        is found by its header unless `mobile_column` names it; every other column becomes an attribute. Importing a file
        twice is the same as once. `on_progress` and `on_reject` (one rejected row) stop the import by raising an exception,
        which comes out here; nothing is changed then. They are called from the thread that imports.
        """
        options = given(
            country=country,
            mobile_column=mobile_column,
            delimiter=delimiter,
            progress=on_progress,
            reject=on_reject,
        )
        if isinstance(source, (str, os.PathLike)):
            path = os.fspath(source)
            return await self._call(_native.call_contact_import_file(self._client, vendor_id, path, options))
        if isinstance(source, bytes):
            return await self._call(_native.call_contact_import(self._client, vendor_id, source, options))
        # Whoever reads it may block, and it may be long: it goes through a file, in constant memory.
        with await self._runtime.outside(lambda: spooled(source)) as file:
            return await self._call(_native.call_contact_import_file(self._client, vendor_id, file.name, options))

    async def export_bytes(
        self, vendor_id: Id, *, format: ContactFormat = ContactFormat.CSV
    ) -> Tuple[bytes, int]:
        """All contacts as of one moment, as CSV that `import_csv` takes or as JSON lines, and how many there are."""
        return await self._call(_native.call_contact_export(self._client, vendor_id, format))


class AsyncConsents(AsyncNamespace):
    """The evidence of who wants no marketing."""

    def list(
        self,
        vendor_id: Id,
        *,
        contact_id: Optional[Id] = None,
        after: Optional[Id] = None,
        page_size: int = 500,
    ) -> AsyncIterator[Consent]:
        """Pieces of evidence in order of time, of one contact or of all."""
        return self._pages(
            lambda last: _native.call_consent_list(self._client, vendor_id, contact_id, last, page_size),
            by_id,
            after,
        )
