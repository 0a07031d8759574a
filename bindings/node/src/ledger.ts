/* Proof of a ledger, in the database and in a statement that left it. */
import type { CallOptions } from './calls.js';
import type { LedgerFormat, LedgerPoint, LedgerReport } from './generated.js';
import { Namespace } from './namespace.js';

/** How far a proof came. */
export interface Proof {
    /** Where to go on another time. */
    reached: LedgerPoint;
    report: LedgerReport;
}

export interface VerifyOptions extends CallOptions {
    format?: LedgerFormat;
    /** The 32 bytes of the hash that the last row must have, known from elsewhere. */
    head?: Uint8Array | null;
}

export class Ledger extends Namespace {
    /** @internal */
    static readonly ofVendor = ['verify', 'verifyFrom', 'export', 'exportFile'] as const;

    /** Recomputes the ledger from its first row. A CorruptError names the row that fails and has the report as its value. */
    verify(vendorId: string, options?: CallOptions): Promise<LedgerReport> {
        return this.call(options, (n, c) => n.callWalletVerify(c, vendorId));
    }

    /** verify() of the rows behind `from`, where an earlier one ended; null: from the first. */
    async verifyFrom(vendorId: string, from: LedgerPoint | null, options?: CallOptions): Promise<Proof> {
        const [reached, report] = await this.call(options, (n, c) => n.callLedgerVerifyFrom(c, vendorId, from));
        return { reached, report };
    }

    /** The whole ledger as bytes, and its last row. A large one is better written by exportFile(). */
    async export(vendorId: string, options: CallOptions & { format?: LedgerFormat } = {}): Promise<{ data: Buffer; end: LedgerPoint }> {
        const [data, end] = await this.call(options, (n, c) => n.callLedgerExport(c, vendorId, options.format ?? 'CSV'));
        return { data, end };
    }

    /** The same to a new file; answers its last row. After a failure there is none. */
    exportFile(vendorId: string, path: string, options: CallOptions & { format?: LedgerFormat } = {}): Promise<LedgerPoint> {
        return this.call(options, (n, c) => n.callLedgerExportFile(c, vendorId, options.format ?? 'CSV', path));
    }

    /** Verifies a statement that left the database, from its bytes. */
    async verifyStatement(data: Uint8Array, options: VerifyOptions = {}): Promise<Proof> {
        const [reached, report] = await this.call(options, (n) => n.callLedgerVerifyStream(data, options.format ?? 'CSV', options.head));
        return { reached, report };
    }

    /** The same of a file. */
    async verifyFile(path: string, options: VerifyOptions = {}): Promise<Proof> {
        const [reached, report] = await this.call(options, (n) => n.callLedgerVerifyFile(path, options.format ?? 'CSV', options.head));
        return { reached, report };
    }
}
