/* Batches: claiming, sending and completing messages with any HTTP stack. */
import type { CallOptions } from './calls.js';
import type { BatchBox, BatchMessage, Call, ClaimedBatch, ClientBox, Native, SendResult } from './generated.js';
import { Namespace } from './namespace.js';

export interface ClaimOptions extends CallOptions {
    /** How long the lease lasts, 1000 … 3600000; 60000 when it is left out. */
    leaseMs?: number;
}

type Caller = <T>(options: CallOptions | undefined, prepare: (native: Native, box: ClientBox) => Call<T>) => Promise<T>;

/**
 * A lease on messages: start() what is about to be sent, send it, complete() with the results, close().
 * What was started and has no result becomes UNKNOWN when the lease runs out; nothing is sent twice.
 */
export class Batch {
    readonly vendorId: string;
    readonly wabaAccountId: string;
    readonly phoneNumberId: string;
    /** null: of the queue. */
    readonly campaignId: string | null;
    /** 0, 1, 2 … in its campaign; null: of the queue. */
    readonly no: number | null;
    readonly messages: readonly BatchMessage[];
    private readonly handle: BatchBox;

    /** @internal */
    constructor(claimed: ClaimedBatch, private readonly call: Caller) {
        this.vendorId = claimed.vendorId;
        this.wabaAccountId = claimed.wabaAccountId;
        this.phoneNumberId = claimed.phoneNumberId;
        this.campaignId = claimed.campaignId;
        this.no = claimed.no;
        this.messages = claimed.messages;
        this.handle = claimed.handle;
    }

    /** Writes down that messages before `index` may leave from now on: must succeed before they are sent. */
    start(index: number, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callBatchStart(c, this.handle, index));
    }

    /** Makes the lease last `leaseMs` from now. */
    renew(leaseMs: number, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callBatchRenew(c, this.handle, leaseMs));
    }

    /** Stores results of started messages, in any order and any number of calls; failed ones are refunded. */
    complete(results: readonly SendResult[], options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callBatchComplete(c, this.handle, results));
    }

    /** Gives messages that were not started back at once. */
    release(options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callBatchRelease(c, this.handle));
    }

    /** Releases the memory; the lease runs out by itself. */
    close(): void {
        this.handle.close();
    }
}

export class Batches extends Namespace {
    /** @internal */
    static readonly ofVendor = ['claim', 'claimQueue'] as const;

    /** Leases and pays for the next batch of a campaign; EmptyError when none waits just now. */
    async claim(vendorId: string, campaignId: string, options: ClaimOptions = {}): Promise<Batch> {
        return this.batch(await this.call(options, (n, c) =>
            n.callBatchClaim(c, vendorId, campaignId, options.leaseMs ?? 60000), giveBack));
    }

    /** Leases up to `limit` (500) due messages of the queue of an account: single ones, and those that were refused in passing. */
    async claimQueue(vendorId: string, wabaAccountId: string, options: ClaimOptions & { limit?: number } = {}): Promise<Batch> {
        return this.batch(await this.call(options, (n, c) =>
            n.callQueueClaim(c, vendorId, wabaAccountId, options.limit ?? 500, options.leaseMs ?? 60000), giveBack));
    }

    private batch(claimed: ClaimedBatch): Batch {
        return new Batch(claimed, (options, prepare) => this.call(options, prepare));
    }
}

/** Nobody waits for it any more: its lease runs out. */
function giveBack(claimed: ClaimedBatch): void {
    claimed.handle.close();
}
