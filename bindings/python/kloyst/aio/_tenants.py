"""Vendors, their users and their WhatsApp Business accounts."""

from __future__ import annotations

from typing import AsyncIterator, Optional

from kloyst import _native
from kloyst._arguments import Id, JsonObject
from kloyst._records import PlanType, User, UserRole, Vendor, Waba
from kloyst.aio._namespace import AsyncNamespace, by_id


class AsyncVendors(AsyncNamespace):
    """Vendors: the tenants. Each has one wallet, made with it."""

    async def create(
        self, name: str, plan_type: PlanType = PlanType.SHARED, *, settings: Optional[JsonObject] = None
    ) -> Vendor:
        """Creates a vendor and its empty wallet. `name` has 1 to 200 characters, `settings` at most 64 KiB."""
        return await self._call(_native.call_vendor_create(self._client, name, plan_type, settings))

    async def get(self, vendor_id: Id) -> Vendor:
        """One vendor. NotFoundError."""
        return await self._call(_native.call_vendor_get(self._client, vendor_id))

    def list(self, *, after: Optional[Id] = None, page_size: int = 500) -> AsyncIterator[Vendor]:
        """All vendors in order of id, read in pages of `page_size` (1 to 1000) as they are asked for."""
        return self._pages(lambda last: _native.call_vendor_list(self._client, last, page_size), by_id, after)

    async def rename(self, vendor_id: Id, name: str) -> None:
        """Gives a vendor another name."""
        await self._call(_native.call_vendor_rename(self._client, vendor_id, name))

    async def set_plan(self, vendor_id: Id, plan_type: PlanType) -> None:
        """SHARED sends through the platform's number and pays from the wallet; DEDICATED pays Meta itself."""
        await self._call(_native.call_vendor_set_plan(self._client, vendor_id, plan_type))

    async def patch_settings(self, vendor_id: Id, patch: JsonObject) -> None:
        """Applies a merge patch (RFC 7396): members replace, None removes, dicts merge."""
        await self._call(_native.call_vendor_patch_settings(self._client, vendor_id, patch))

    async def delete(self, vendor_id: Id) -> None:
        """Removes a vendor that has nothing left but an unused wallet. InUseError."""
        await self._call(_native.call_vendor_delete(self._client, vendor_id))


class AsyncUsers(AsyncNamespace):
    """Users of a vendor, and logging in. Passwords are kept as argon2id hashes."""

    async def create(self, vendor_id: Id, email: str, password: str, role: UserRole = UserRole.STAFF) -> User:
        """Creates a user. `email` is unique over all vendors (ExistsError); `password` has 8 to 1024 bytes."""
        return await self._call(_native.call_user_create(self._client, vendor_id, email, password, role))

    async def get(self, vendor_id: Id, user_id: Id) -> User:
        """One user. NotFoundError."""
        return await self._call(_native.call_user_get(self._client, vendor_id, user_id))

    def list(
        self, vendor_id: Id, *, after: Optional[Id] = None, page_size: int = 500
    ) -> AsyncIterator[User]:
        """The vendor's users in order of id."""
        return self._pages(lambda last: _native.call_user_list(self._client, vendor_id, last, page_size), by_id, after)

    async def set_role(self, vendor_id: Id, user_id: Id, role: UserRole) -> None:
        """Makes a user ADMIN or STAFF."""
        await self._call(_native.call_user_set_role(self._client, vendor_id, user_id, role))

    async def set_password(self, vendor_id: Id, user_id: Id, password: str) -> None:
        """Replaces the password."""
        await self._call(_native.call_user_set_password(self._client, vendor_id, user_id, password))

    async def delete(self, vendor_id: Id, user_id: Id) -> None:
        """Removes a user."""
        await self._call(_native.call_user_delete(self._client, vendor_id, user_id))

    async def authenticate(self, email: str, password: str) -> User:
        """Checks a login over all vendors. An unknown address and a wrong password give the same CredentialsError after
        the same work, about 0.1 s of CPU."""
        return await self._call(_native.call_user_authenticate(self._client, email, password))


class AsyncWabas(AsyncNamespace):
    """WhatsApp Business accounts of a vendor: Meta's ids and the sealed token to send with."""

    async def create(self, vendor_id: Id, *, waba_id: str, phone_number_id: str, token: str) -> Waba:
        """Creates an account. `waba_id` and `phone_number_id` are Meta's; `token`, the system user token, is sealed with the
        master key."""
        return await self._call(
            _native.call_waba_create(self._client, vendor_id, waba_id, phone_number_id, token)
        )

    async def get(self, vendor_id: Id, waba_account_id: Id) -> Waba:
        """One account, without its token. NotFoundError."""
        return await self._call(_native.call_waba_get(self._client, vendor_id, waba_account_id))

    def list(
        self, vendor_id: Id, *, after: Optional[Id] = None, page_size: int = 500
    ) -> AsyncIterator[Waba]:
        """The vendor's accounts in order of id."""
        return self._pages(lambda last: _native.call_waba_list(self._client, vendor_id, last, page_size), by_id, after)

    async def set_token(self, vendor_id: Id, waba_account_id: Id, token: str) -> None:
        """Replaces the token."""
        await self._call(_native.call_waba_set_token(self._client, vendor_id, waba_account_id, token))

    async def reseal(self, vendor_id: Id) -> int:
        """Seals the vendor's tokens with the first of the client's master keys, where another of them sealed them; answers how
        many accounts there were."""
        return await self._call(_native.call_waba_reseal(self._client, vendor_id))

    async def set_rate(self, vendor_id: Id, waba_account_id: Id, messages_per_second: int) -> None:
        """Sets the number's throughput: 1 to 1000 messages a second, 80 when created."""
        await self._call(
            _native.call_waba_set_rate(self._client, vendor_id, waba_account_id, messages_per_second)
        )

    async def set_portfolio(self, vendor_id: Id, waba_account_id: Id, portfolio_id: str, user_limit: int) -> None:
        """Says to which business portfolio the number belongs, and to how many users its numbers may write in 24 hours
        outside of open windows; 0: to any number."""
        await self._call(
            _native.call_waba_set_portfolio(self._client, vendor_id, waba_account_id, portfolio_id, user_limit)
        )

    async def token(self, vendor_id: Id, waba_account_id: Id) -> bytes:
        """Opens the token, for a program with an HTTP stack of its own. MasterKeyError, CorruptError."""
        return await self._call(_native.call_waba_token(self._client, vendor_id, waba_account_id))

    async def delete(self, vendor_id: Id, waba_account_id: Id) -> None:
        """Removes an account that no campaign uses. InUseError."""
        await self._call(_native.call_waba_delete(self._client, vendor_id, waba_account_id))
