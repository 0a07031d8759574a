/* What a call is rejected with. The classes of statuses are made from the C table. */
import { errorClasses, KloystError, type StatusFailure } from './generated.js';

/** A call was given up because its signal was aborted, or its time was over. */
export class AbortError extends Error {
    readonly code: string = 'ABORT_ERR';
    /**
     * false: nothing was done. true: the call was under way; it still comes to an end and its outcome is not told. Make a call
     * that changes something again with the same idempotency key, or ask wallet.resolve().
     */
    readonly begun: boolean;

    constructor(message: string, begun: boolean, cause?: unknown) {
        super(message, { cause });
        this.name = new.target.name;
        this.begun = begun;
    }
}

/** A call took longer than its timeoutMs. */
export class DeadlineError extends AbortError {
    override readonly code: string = 'ERR_DEADLINE';
}

function isFailure(error: unknown): error is StatusFailure {
    return error instanceof Error && typeof (error as Partial<StatusFailure>).status === 'number';
}

/** The error of a status as its class; everything else as it is. `trace` has the stack of the call. */
export function toKloystError(error: unknown, trace?: { stack?: string }): unknown {
    if (!isFailure(error) || error instanceof KloystError)
        return error;
    const Class = errorClasses.get(error.status) ?? KloystError;
    const own = new Class(error.message, error.code, error.status, error.sqlstate, error.retriable, error.value);
    const stack = trace?.stack;
    if (stack !== undefined)
        own.stack = `${own.name}: ${own.message}\n${stack.slice(stack.indexOf('\n') + 1)}`;
    return own;
}
