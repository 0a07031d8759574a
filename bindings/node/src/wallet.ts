/* The prepaid wallet of a vendor and its append-only ledger. */
import type { CallOptions } from './calls.js';
import type { DayTotal, MoneyInput, TimeInput, Transaction, Wallet, WalletOperation, WalletResult } from './generated.js';
import { listBy, type List, type ListOptions } from './list.js';
import { Namespace } from './namespace.js';

export interface Posting extends CallOptions {
    /** What it is for, 1 … 255 characters. */
    reference: string;
    /** 1 … 255 characters, unique per vendor for ever: the same again answers the first row. Without it a repeated call counts twice. */
    idempotencyKey?: string | null;
}

export class WalletCalls extends Namespace {
    /** @internal */
    static readonly ofVendor = ['get', 'credit', 'debit', 'refund', 'resolve', 'post', 'transaction', 'statement', 'balanceAt', 'totals'] as const;

    get(vendorId: string, options?: CallOptions): Promise<Wallet> {
        return this.call(options, (n, c) => n.callWalletGet(c, vendorId));
    }

    /** Adds `amount` (> 0). */
    credit(vendorId: string, amount: MoneyInput, posting: Posting): Promise<Transaction> {
        return this.call(posting, (n, c) => n.callWalletCredit(c, vendorId, amount, posting.reference, posting.idempotencyKey));
    }

    /** Takes `amount` (> 0) from what is available; else InsufficientError. */
    debit(vendorId: string, amount: MoneyInput, posting: Posting): Promise<Transaction> {
        return this.call(posting, (n, c) => n.callWalletDebit(c, vendorId, amount, posting.reference, posting.idempotencyKey));
    }

    /** Gives `amount` of a debit back; more than is left of it is an ExceedsError. */
    refund(vendorId: string, debitId: string, amount: MoneyInput, posting: Posting): Promise<Transaction> {
        return this.call(posting, (n, c) => n.callWalletRefund(c, vendorId, debitId, amount, posting.reference, posting.idempotencyKey));
    }

    /** After an UnknownOutcomeError or an AbortError that had begun: the row of the key, or NotFoundError when it was not done. */
    resolve(vendorId: string, idempotencyKey: string, options?: CallOptions): Promise<Transaction> {
        return this.call(options, (n, c) => n.callWalletResolve(c, vendorId, idempotencyKey));
    }

    /** Does 1 … 10000 operations in one transaction; one that is refused takes nothing and stops nobody. */
    post(vendorId: string, operations: readonly WalletOperation[], options?: CallOptions): Promise<WalletResult[]> {
        return this.call(options, (n, c) => n.callWalletPost(c, vendorId, operations));
    }

    transaction(vendorId: string, transactionId: string, options?: CallOptions): Promise<Transaction> {
        return this.call(options, (n, c) => n.callTransactionGet(c, vendorId, transactionId));
    }

    /** Ledger rows in order, of all times or with from <= createdAt < until. */
    statement(vendorId: string, options: ListOptions & { afterSeq?: bigint; from?: TimeInput; until?: TimeInput } = {}): List<Transaction, bigint> {
        const { from, until } = options;
        return listBy(options, (after = options.afterSeq ?? 0n, limit) => this.call(options, (n, c) =>
            from === undefined && until === undefined
                ? n.callWalletStatement(c, vendorId, after, limit)
                : n.callWalletStatementBetween(c, vendorId, from ?? EARLIEST, until ?? LATEST, after, limit)), (row) => row.seq);
    }

    /** The balance after the newest row until `at`. */
    balanceAt(vendorId: string, at: TimeInput, options?: CallOptions): Promise<string> {
        return this.call(options, (n, c) => n.callWalletBalanceAt(c, vendorId, at));
    }

    /** Sums by day and type, of at most 366 days. Days are of a place whose clock is `offsetMinutes` ahead of UTC. */
    totals(vendorId: string, from: TimeInput, until: TimeInput, options: CallOptions & { offsetMinutes?: number } = {}): Promise<DayTotal[]> {
        return this.call(options, (n, c) => n.callWalletTotals(c, vendorId, from, until, options.offsetMinutes ?? 0));
    }
}

const EARLIEST = new Date(0);
const LATEST = new Date('9999-12-31T23:59:59.999Z');
