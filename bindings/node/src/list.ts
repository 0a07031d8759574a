/* Lists that read themselves page by page. */
import type { CallOptions } from './calls.js';

export interface ListOptions extends CallOptions {
    /** How many are read at a time, 1 … 1000; 500 when it is left out. */
    pageSize?: number | undefined;
}

/**
 * What is in the database, in order, read while it is walked through:
 *
 *     for await (const contact of client.contacts.list(vendorId)) …
 *
 * Each page is true of its moment. `timeoutMs` is for each page.
 */
export class List<T, Cursor = unknown> implements AsyncIterable<T> {
    /** @internal */
    constructor(
        private readonly read: (after: Cursor | undefined, limit: number) => Promise<{ items: T[]; next: Cursor | undefined }>,
        private readonly pageSize: number,
    ) {}

    /** The pages, none of them empty. */
    async *pages(): AsyncGenerator<T[], void, undefined> {
        let after: Cursor | undefined;
        for (;;) {
            const { items, next } = await this.read(after, this.pageSize);
            if (items.length === 0)
                return;
            yield items;
            after = next;
        }
    }

    async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
        for await (const page of this.pages())
            yield* page;
    }

    /** All of them, or the first `most`. */
    async toArray(most = Infinity): Promise<T[]> {
        const all: T[] = [];
        if (most <= 0)
            return all;
        for await (const page of this.pages()) {
            all.push(...page);
            if (all.length >= most)
                break;
        }
        return all.length > most ? all.slice(0, most) : all;
    }

    /** The first, or undefined. */
    async first(): Promise<T | undefined> {
        const { items } = await this.read(undefined, 1);
        return items[0];
    }
}

const DEFAULT_PAGE = 500;

/** A list whose cursor is the last element's key. */
export function listBy<T, Cursor>(
    options: ListOptions,
    read: (after: Cursor | undefined, limit: number) => Promise<T[]>,
    key: (item: T) => Cursor,
): List<T, Cursor> {
    return new List<T, Cursor>(async (after, limit) => {
        const items = await read(after, limit);
        const last = items.at(-1);
        return { items, next: last === undefined ? undefined : key(last) };
    }, options.pageSize ?? DEFAULT_PAGE);
}
