/* Meta's webhooks: handshake, taking a body in, folding it into the message log. */
import type { CallOptions } from './calls.js';
import { toKloystError } from './errors.js';
import { SignatureError, type FoldReport, type TimeInput, type WebhookAside, type WebhookStats } from './generated.js';
import { listBy, type List, type ListOptions } from './list.js';
import { Namespace } from './namespace.js';
import { native } from './native.js';

/** The query of Meta's GET, as an HTTP framework hands it out. */
export type HandshakeQuery = Readonly<Record<string, unknown>>;

export class Webhooks extends Namespace {
    /**
     * Answers the GET handshake: the text to answer with 200, or null: answer 403. Asks no database.
     */
    challenge(query: HandshakeQuery, verifyToken: string): string | null {
        const { 'hub.mode': mode, 'hub.verify_token': token, 'hub.challenge': challenge } = query;
        if (typeof mode !== 'string' || typeof token !== 'string' || typeof challenge !== 'string')
            return null;
        try {
            native.run(native.callWebhookChallenge(mode, token, verifyToken));
            return challenge;
        } catch (error) {
            const own = toKloystError(error);
            if (own instanceof SignatureError)
                return null;
            throw own;
        }
    }

    /** Checks X-Hub-Signature-256 over the raw bytes of a body; throws a SignatureError. Asks no database. */
    verify(appSecret: string, signature: string | null | undefined, body: Uint8Array): void {
        try {
            native.run(native.callWebhookVerify(appSecret, signature, body));
        } catch (error) {
            throw toKloystError(error);
        }
    }

    /**
     * Verifies a POST and stores its raw bytes; when the promise resolves it is durable: answer 200. SignatureError: answer 401;
     * other errors: 500, and Meta posts it again. `signature`: the value of X-Hub-Signature-256.
     */
    take(signature: string | null | undefined, body: Uint8Array, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callWebhookTake(c, signature, body));
    }

    /** The same with the request's headers as they came, lines "Name: value". */
    takeRequest(headers: string | Uint8Array, body: Uint8Array, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callWebhookTakeRequest(c, headers, body));
    }

    /** Applies up to `limit` (1000) stored bodies. */
    fold(options: CallOptions & { limit?: number } = {}): Promise<FoldReport> {
        return this.call(options, (n, c) => n.callWebhookFold(c, options.limit ?? 1000));
    }

    /** Removes folded bodies and kept items older than `days`, at most `limit` (10000) of each; answers how many. */
    retain(days: number, options: CallOptions & { limit?: number } = {}): Promise<bigint> {
        return this.call(options, (n, c) => n.callWebhookRetain(c, days, options.limit ?? 10000));
    }

    /** Has stored bodies received in a time folded again; answers how many. */
    replay(options: CallOptions & { since?: TimeInput | null; until?: TimeInput | null } = {}): Promise<bigint> {
        return this.call(options, (n, c) => n.callWebhookReplay(c, options.since, options.until));
    }

    /** What is in the inbox of all vendors. */
    stats(options?: CallOptions): Promise<WebhookStats> {
        return this.call(options, (n, c) => n.callWebhookStatsGet(c));
    }

    /** Items kept for a person, with a reason. They may hold what users wrote: for the platform's people only. */
    setAside(options: ListOptions & { after?: bigint } = {}): List<WebhookAside, bigint> {
        return listBy(options, (after = options.after ?? 0n, limit) => this.call(options, (n, c) => n.callWebhookAsideList(c, after, limit)),
            (item) => item.id);
    }
}
