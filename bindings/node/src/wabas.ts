/* WhatsApp Business accounts of a vendor, with the sealed token to send with. */
import type { CallOptions } from './calls.js';
import type { Waba } from './generated.js';
import { listBy, type List, type ListOptions } from './list.js';
import { Namespace } from './namespace.js';

export interface NewWaba extends CallOptions {
    /** Meta's id of the WhatsApp Business account, 1 … 32 digits. */
    wabaId: string;
    /** Meta's id of the number, 1 … 32 digits. */
    phoneNumberId: string;
    /** The system user token; sealed with the master key and bound to this vendor and row. */
    token: string | Uint8Array;
}

export class Wabas extends Namespace {
    /** @internal */
    static readonly ofVendor = ['create', 'get', 'list', 'setToken', 'setRate', 'setPortfolio', 'token', 'reseal', 'delete'] as const;

    create(vendorId: string, account: NewWaba): Promise<Waba> {
        return this.call(account, (n, c) => n.callWabaCreate(c, vendorId, account.wabaId, account.phoneNumberId, account.token));
    }

    get(vendorId: string, wabaAccountId: string, options?: CallOptions): Promise<Waba> {
        return this.call(options, (n, c) => n.callWabaGet(c, vendorId, wabaAccountId));
    }

    list(vendorId: string, options: ListOptions & { after?: string } = {}): List<Waba, string> {
        return listBy(options, (after = options.after, limit) => this.call(options, (n, c) => n.callWabaList(c, vendorId, after, limit)),
            (waba) => waba.id);
    }

    setToken(vendorId: string, wabaAccountId: string, token: string | Uint8Array, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callWabaSetToken(c, vendorId, wabaAccountId, token));
    }

    /** The number's throughput: 1 … 1000 messages per second, 80 when created. */
    setRate(vendorId: string, wabaAccountId: string, messagesPerSecond: number, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callWabaSetRate(c, vendorId, wabaAccountId, messagesPerSecond));
    }

    /** To how many users the numbers of the portfolio together may write in any 24 hours outside of open windows; 0: to any number. */
    setPortfolio(vendorId: string, wabaAccountId: string, portfolioId: string, userLimit: number, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callWabaSetPortfolio(c, vendorId, wabaAccountId, portfolioId, userLimit));
    }

    /** Opens the token for a program with an HTTP stack of its own. Overwrite the bytes when you are done with them. */
    token(vendorId: string, wabaAccountId: string, options?: CallOptions): Promise<Buffer> {
        return this.call(options, (n, c) => n.callWabaToken(c, vendorId, wabaAccountId), (token) => token.fill(0));
    }

    /** Seals the tokens of the vendor's accounts with the first master key, where another one sealed them; answers how many there were. */
    reseal(vendorId: string, options?: CallOptions): Promise<bigint> {
        return this.call(options, (n, c) => n.callWabaReseal(c, vendorId));
    }

    delete(vendorId: string, wabaAccountId: string, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callWabaDelete(c, vendorId, wabaAccountId));
    }
}
