/* Makes calls on the threads of a completion queue and settles their promises on the event loop. */
import { AbortError, DeadlineError, toKloystError } from './errors.js';
import { ClosedError, type Call, type NativeQueue } from './generated.js';
import { native } from './native.js';

/** What every call takes. */
export interface CallOptions {
    /** Gives the call up when it is aborted: see AbortError. */
    signal?: AbortSignal | undefined;
    /** Gives the call up after this many milliseconds: see DeadlineError. */
    timeoutMs?: number | undefined;
}

interface Pending {
    settle(error: unknown, value: unknown): void;
}

const LONGEST_TIMEOUT = 0x7fffffff;

export function closedError(): ClosedError {
    return new ClosedError('the client was closed', 'KL_ERR_CLOSED', 60);
}

export class Calls {
    private readonly queue: NativeQueue;
    private readonly pending = new Map<number, Pending>();
    private token = 0;
    private closing = false;
    private idle: (() => void) | undefined;

    constructor(threads: number) {
        this.queue = new native.Queue(threads, (token, error, value) => this.complete(token, error, value));
    }

    /**
     * Prepares a call and makes it. What a call that was given up hands out goes to `discard`.
     */
    run<T>(prepare: () => Call<T>, options: CallOptions = {}, discard?: (value: T) => void): Promise<T> {
        // Taken now: when the call has ended nobody knows any more where it came from.
        const trace: { stack?: string } = {};
        Error.captureStackTrace(trace, this.run);
        return new Promise<T>((resolve, reject) => {
            const { signal, timeoutMs } = checkedOptions(options);
            if (this.closing)
                throw closedError();
            if (signal?.aborted)
                throw new AbortError('the call was aborted', false, signal.reason);
            const token = ++this.token;
            let timer: NodeJS.Timeout | undefined;
            let given: boolean = false;
            const stop = (): void => {
                clearTimeout(timer);
                signal?.removeEventListener('abort', onAbort);
            };
            const giveUp = (make: (begun: boolean) => AbortError): void => {
                given = true;
                stop();
                reject(make(!this.queue.cancel(token)));
            };
            const onAbort = (): void => giveUp((begun) => new AbortError('the call was aborted', begun, signal?.reason));
            this.queue.submit(this.prepared(prepare, trace), token);
            this.pending.set(token, {
                settle: (error, value) => {
                    stop();
                    if (given) {
                        if (!error)
                            discard?.(value as T);
                    } else if (error) {
                        reject(toKloystError(error, trace));
                    } else {
                        resolve(value as T);
                    }
                },
            });
            signal?.addEventListener('abort', onAbort, { once: true });
            if (timeoutMs !== undefined)
                timer = setTimeout(() => giveUp((begun) => new DeadlineError(`the call took longer than ${timeoutMs} ms`, begun)), timeoutMs);
        });
    }

    /** Refuses new calls and waits for the end of those that were made. */
    async close(): Promise<void> {
        this.refuse();
        if (this.pending.size > 0)
            await new Promise<void>((resolve) => {
                const earlier = this.idle;
                this.idle = () => {
                    earlier?.();
                    resolve();
                };
            });
        this.queue.close();
    }

    /** Refuses new calls. */
    refuse(): void {
        this.closing = true;
    }

    private prepared<T>(prepare: () => Call<T>, trace: { stack?: string }): Call<T> {
        try {
            return prepare();
        } catch (error) {
            throw toKloystError(error, trace);
        }
    }

    private complete(token: number, error: unknown, value: unknown): void {
        const pending = this.pending.get(token);
        this.pending.delete(token);
        pending?.settle(error, value);
        if (this.pending.size === 0)
            this.idle?.();
    }
}

function checkedOptions(options: CallOptions): CallOptions {
    const { signal, timeoutMs } = options;
    if (signal !== undefined && !(signal instanceof AbortSignal))
        throw new TypeError('signal must be an AbortSignal');
    if (timeoutMs !== undefined && (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > LONGEST_TIMEOUT))
        throw new RangeError(`timeoutMs must be a whole number from 1 to ${LONGEST_TIMEOUT}`);
    return options;
}
