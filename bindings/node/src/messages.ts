/* Single messages, the message log, and conversation windows. */
import type { CallOptions } from './calls.js';
import type { CountryOptions } from './contacts.js';
import type { Message, MessageOptions, RecipientState, Transaction } from './generated.js';
import { listBy, type List, type ListOptions } from './list.js';
import { Namespace } from './namespace.js';

/** What a message cannot do without; see MessageOptions for what each kind needs. */
export type NewMessage = MessageOptions & { wabaAccountId: string };

export class Messages extends Namespace {
    /** @internal */
    static readonly ofVendor = ['send', 'state', 'get', 'find', 'list', 'money', 'window'] as const;

    /**
     * Takes a message to one user, pays for it and queues it; answers its id. The same again under an idempotency key answers
     * the same id and does nothing.
     */
    send(vendorId: string, message: NewMessage, options?: CallOptions): Promise<string> {
        return this.call(options, (n, c) => n.callMessageSend(c, vendorId, message));
    }

    /** Where a single message is, from the moment that it was taken, and when it may leave or is decided on. */
    async state(vendorId: string, messageId: string, options?: CallOptions): Promise<{ state: RecipientState; nextAt: Date | null }> {
        const [state, nextAt] = await this.call(options, (n, c) => n.callMessageState(c, vendorId, messageId));
        return { state, nextAt };
    }

    /** A message that was sent or received. */
    get(vendorId: string, messageId: string, options?: CallOptions): Promise<Message> {
        return this.call(options, (n, c) => n.callMessageGet(c, vendorId, messageId));
    }

    /** The message with this wamid. */
    find(vendorId: string, waMessageId: string, options?: CallOptions): Promise<Message> {
        return this.call(options, (n, c) => n.callMessageFind(c, vendorId, waMessageId));
    }

    /** Messages that were sent or received, in order of time; of one campaign or of all. */
    list(vendorId: string, options: ListOptions & { campaignId?: string; after?: string } = {}): List<Message, string> {
        return listBy(options, (after = options.after, limit) =>
            this.call(options, (n, c) => n.callMessageList(c, vendorId, options.campaignId, after, limit)), (message) => message.id);
    }

    /** Which ledger row paid for a message and which gave its price back. */
    async money(vendorId: string, messageId: string, options?: CallOptions): Promise<{ paid: Transaction | null; givenBack: Transaction | null }> {
        const [paid, givenBack] = await this.call(options, (n, c) => n.callMessageMoney(c, vendorId, messageId));
        return { paid, givenBack };
    }

    /** Until when the account's number may write freely to a user; null: the user never wrote. */
    window(vendorId: string, wabaAccountId: string, to: string, options: CountryOptions = {}): Promise<Date | null> {
        return this.call(options, (n, c) => n.callWindowGet(c, vendorId, wabaAccountId, to, options.country));
    }
}
