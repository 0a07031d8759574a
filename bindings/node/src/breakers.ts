/* Circuit breakers: what Meta has refused to go on with, and how long it rests. */
import type { CallOptions } from './calls.js';
import type { Breaker } from './generated.js';
import { listBy, type List, type ListOptions } from './list.js';
import { Namespace } from './namespace.js';

export class Breakers extends Namespace {
    /** @internal */
    static readonly ofVendor = ['list', 'resume'] as const;

    /** Open breakers that stop something of the vendor. */
    list(vendorId: string, options: ListOptions & { after?: string } = {}): List<Breaker, string> {
        return listBy(options, (after = options.after, limit) => this.call(options, (n, c) => n.callBreakerList(c, vendorId, after, limit)),
            (breaker) => breaker.id);
    }

    /** Those that stop every vendor of a number or account. */
    listShared(options: ListOptions & { after?: string } = {}): List<Breaker, string> {
        return listBy(options, (after = options.after, limit) => this.call(options, (n, c) => n.callBreakerListShared(c, after, limit)),
            (breaker) => breaker.id);
    }

    /** Closes a breaker: sending goes on at once. */
    resume(vendorId: string, breakerId: string, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callBreakerResume(c, vendorId, breakerId));
    }

    /** Closes one that stops other vendors too. */
    resumeShared(breakerId: string, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callBreakerResumeShared(c, breakerId));
    }
}
