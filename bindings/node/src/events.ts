/* The event feed of a vendor: what happened, handed out until it is acknowledged. */
import type { CallOptions } from './calls.js';
import type { Event, EventList } from './generated.js';
import { Namespace } from './namespace.js';

export interface ReadOptions extends CallOptions {
    /** How many at most, 1 … 10000; 500 when it is left out. */
    limit?: number;
    /** How long to wait for some, 0 … 60000 ms, on a connection of its own; 1000 when it is left out. */
    waitMs?: number;
}

/** Events in their order, until they are acknowledged. */
export class EventPage {
    readonly events: readonly Event[];
    /** Whether events were removed before this reader had read them: look at the state of things itself then. */
    readonly missed: boolean;

    /** @internal */
    constructor(private readonly list: EventList, private readonly acknowledge: (list: EventList, options?: CallOptions) => Promise<void>) {
        this.events = list.events;
        this.missed = list.missed;
    }

    /** The events have been dealt with: they are not handed out again. */
    async ack(options?: CallOptions): Promise<void> {
        await this.acknowledge(this.list, options);
        this.list.handle.close();
    }
}

export class Events extends Namespace {
    /** @internal */
    static readonly ofVendor = ['read', 'feed', 'forget'] as const;

    /** What comes next for the reader `consumer` (1 … 100 characters), which is made when there is none of that name. */
    async read(vendorId: string, consumer: string, options: ReadOptions = {}): Promise<EventPage> {
        const list = await this.call(options, (n, c) =>
            n.callEventRead(c, vendorId, consumer, options.limit ?? 500, options.waitMs ?? 1000), (late) => late.handle.close());
        return new EventPage(list, (page, own) => this.call<void>(own, (n, c) => n.callEventAck(c, vendorId, page.handle)));
    }

    /**
     * All events of a vendor, those to come too, until the loop is left or the signal aborted:
     *
     *     for await (const event of client.events.feed(vendorId, 'my-program')) …
     *
     * A page is acknowledged when the loop asks for what comes behind it: a program that stops in between sees its events again.
     */
    async *feed(vendorId: string, consumer: string, options: ReadOptions = {}): AsyncGenerator<Event, void, undefined> {
        const { signal } = options;
        while (!signal?.aborted) {
            const page = await this.read(vendorId, consumer, options).catch((error: unknown) => {
                if (signal?.aborted)
                    return undefined;
                throw error;
            });
            if (!page)
                return;
            yield* page.events;
            // Also when the signal was aborted meanwhile: the loop has taken them all.
            await page.ack();
        }
    }

    /** Removes a reader. */
    forget(vendorId: string, consumer: string, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callEventForget(c, vendorId, consumer));
    }

    /** Removes the events of all vendors older than `seconds` (at least 60), read or not; answers how many rows went. */
    removeOld(seconds: bigint | number, options?: CallOptions): Promise<bigint> {
        return this.call(options, (n, c) => n.callEventRemoveOld(c, seconds));
    }
}
