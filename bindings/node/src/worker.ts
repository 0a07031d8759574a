/* The worker: claims messages that may leave, within Meta's limits, and posts them to the Graph API. */
import { Calls, type CallOptions } from './calls.js';
import type { Call, Native, Outgoing, RequestEnd, WorkerBox, WorkerOptions, WorkerReport } from './generated.js';
import { native } from './native.js';

/** How a request ended that worker.pull() handed out. */
export type RequestOutcome =
    | { end: 'ANSWERED'; httpStatus: number; body: Uint8Array }
    | { end: Exclude<RequestEnd, 'ANSWERED'> };

export class Worker {
    /** Its own thread: a run lasts, and must not keep other calls waiting. */
    private readonly calls = new Calls(1);
    private closed: Promise<void> | undefined;

    /** @internal */
    constructor(private readonly box: WorkerBox, private readonly forget: (worker: Worker) => void) {}

    /**
     * Sends until there is nothing to do (untilIdle), stop() was called or the signal aborted; then finishes what is in
     * flight and answers what was done since the worker was made. An abort is a graceful end and no error.
     */
    async run(options: { signal?: AbortSignal } = {}): Promise<WorkerReport> {
        const { signal } = options;
        const stop = (): void => this.stop();
        if (signal?.aborted)
            stop();
        signal?.addEventListener('abort', stop, { once: true });
        try {
            return await this.make((n) => n.callWorkerRun(this.box));
        } finally {
            signal?.removeEventListener('abort', stop);
        }
    }

    /** Ends the run under way gracefully, or the next one before it starts anything. Returns at once. */
    stop(): void {
        if (this.closed)
            return;
        native.run(native.callWorkerStop(this.box));
    }

    /** For programs with HTTP of their own: up to `most` messages that must leave at once, and when to ask again. */
    async pull(most: number, options?: CallOptions): Promise<{ messages: Outgoing[]; waitMs: number }> {
        const [messages, waitMs] = await this.make((n) => n.callWorkerPull(this.box, most), options);
        return { messages, waitMs };
    }

    /** Tells how the request of a ticket ended. */
    answer(ticket: bigint, outcome: RequestOutcome, options?: CallOptions): Promise<void> {
        const [status, body] = outcome.end === 'ANSWERED' ? [outcome.httpStatus, outcome.body] : [0, null];
        return this.make<void>((n) => n.callWorkerAnswer(this.box, ticket, outcome.end, status, body), options);
    }

    /** Ends pulling: stores what was answered and gives back what was not handed out. */
    finish(options?: CallOptions): Promise<WorkerReport> {
        return this.make((n) => n.callWorkerFinish(this.box), options);
    }

    /** Stops a run that is under way, waits for its end and releases the worker. */
    close(): Promise<void> {
        this.closed ??= (async () => {
            this.calls.refuse();
            this.stop();
            await this.calls.close();
            this.box.close();
            this.forget(this);
        })();
        return this.closed;
    }

    // One thread makes them, one after the other, as a worker needs it.
    private make<T>(prepare: (native: Native) => Call<T>, options?: CallOptions): Promise<T> {
        return this.calls.run(() => prepare(native), options);
    }
}

export type { WorkerOptions };
