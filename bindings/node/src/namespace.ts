/* What the groups of calls of a client have in common, and their view for one vendor. */
import type { CallOptions, Calls } from './calls.js';
import type { Call, ClientBox, Native } from './generated.js';
import { native } from './native.js';

/** What a namespace needs of its client. */
export interface Connection {
    readonly calls: Calls;
    readonly box: ClientBox;
}

/** Calls about one kind of thing; each takes the vendor's id first unless it is the platform's. */
export abstract class Namespace {
    /** @internal */
    constructor(protected readonly connection: Connection) {}

    /** @internal */
    protected call<T>(options: CallOptions | undefined, prepare: (native: Native, box: ClientBox) => Call<T>,
                      discard?: (value: T) => void): Promise<T> {
        return this.connection.calls.run(() => prepare(native, this.connection.box), options, discard);
    }
}

/** The methods `Names` of a namespace with the vendor's id filled in. */
export type Bound<T, Names extends keyof T> = {
    [K in Names]: T[K] extends (vendorId: string, ...rest: infer Rest) => infer Answer ? (...rest: Rest) => Answer : never;
};

/** Fills the vendor's id in. */
export function bound<T extends Namespace, Names extends keyof T>(namespace: T, vendorId: string, names: readonly Names[]): Bound<T, Names> {
    const view: Record<PropertyKey, unknown> = {};
    for (const name of names) {
        const method = namespace[name] as (vendorId: string, ...rest: unknown[]) => unknown;
        view[name] = (...rest: unknown[]) => method.call(namespace, vendorId, ...rest);
    }
    return Object.freeze(view) as Bound<T, Names>;
}
