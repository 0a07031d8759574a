/* Holds: money set aside in a vendor's wallet, to be captured in parts or released. */
import type { CallOptions } from './calls.js';
import type { Hold, MoneyInput, TimeInput, Transaction } from './generated.js';
import { Namespace } from './namespace.js';
import type { Posting } from './wallet.js';

export class Holds extends Namespace {
    /** @internal */
    static readonly ofVendor = ['create', 'capture', 'release', 'expire', 'get'] as const;

    /** Sets `amount` (> 0) aside; no ledger row. `expiresAt`: when it may no more be captured. */
    create(vendorId: string, amount: MoneyInput, posting: Posting & { expiresAt?: TimeInput | null }): Promise<Hold> {
        return this.call(posting, (n, c) =>
            n.callHoldCreate(c, vendorId, amount, posting.reference, posting.idempotencyKey, posting.expiresAt));
    }

    /** Takes `amount` of what is left. `asynchronous`: does not wait for the disk, so that a crash of the server may undo it. */
    capture(vendorId: string, holdId: string, amount: MoneyInput, posting: Posting & { asynchronous?: boolean }): Promise<Transaction> {
        return this.call(posting, (n, c) => n.callHoldCapture(c, vendorId, holdId, amount, posting.reference, posting.idempotencyKey,
            posting.asynchronous ?? false));
    }

    /** Frees what is left, and answers how much that was. */
    release(vendorId: string, holdId: string, options?: CallOptions): Promise<string> {
        return this.call(options, (n, c) => n.callHoldRelease(c, vendorId, holdId));
    }

    /** Releases what is left of up to `limit` holds whose time has passed; answers how many there were. */
    expire(vendorId: string, options: CallOptions & { limit?: number } = {}): Promise<number> {
        return this.call(options, (n, c) => n.callHoldExpire(c, vendorId, options.limit ?? 1000));
    }

    get(vendorId: string, holdId: string, options?: CallOptions): Promise<Hold> {
        return this.call(options, (n, c) => n.callHoldGet(c, vendorId, holdId));
    }
}
