/* Users of a vendor, and logging in. */
import type { CallOptions } from './calls.js';
import type { User, UserRole } from './generated.js';
import { listBy, type List, type ListOptions } from './list.js';
import { Namespace } from './namespace.js';

export class Users extends Namespace {
    /** @internal */
    static readonly ofVendor = ['create', 'get', 'list', 'setRole', 'setPassword', 'delete'] as const;

    /** `email`: unique over all vendors, kept in lower case. `password`: 8 … 1024 bytes, kept as an argon2id hash. */
    create(vendorId: string, email: string, password: string | Uint8Array, role: UserRole, options?: CallOptions): Promise<User> {
        return this.call(options, (n, c) => n.callUserCreate(c, vendorId, email, password, role));
    }

    get(vendorId: string, userId: string, options?: CallOptions): Promise<User> {
        return this.call(options, (n, c) => n.callUserGet(c, vendorId, userId));
    }

    list(vendorId: string, options: ListOptions & { after?: string } = {}): List<User, string> {
        return listBy(options, (after = options.after, limit) => this.call(options, (n, c) => n.callUserList(c, vendorId, after, limit)),
            (user) => user.id);
    }

    setRole(vendorId: string, userId: string, role: UserRole, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callUserSetRole(c, vendorId, userId, role));
    }

    setPassword(vendorId: string, userId: string, password: string | Uint8Array, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callUserSetPassword(c, vendorId, userId, password));
    }

    delete(vendorId: string, userId: string, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callUserDelete(c, vendorId, userId));
    }

    /** Checks a login over all vendors. An unknown address and a wrong password give the same CredentialsError after the same work. */
    authenticate(email: string, password: string | Uint8Array, options?: CallOptions): Promise<User> {
        return this.call(options, (n, c) => n.callUserAuthenticate(c, email, password));
    }
}
