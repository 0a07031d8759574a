/* Recharging wallets by Razorpay: expected payments, the webhooks that tell of them, and what could not be credited. */
import type { CallOptions } from './calls.js';
import type { MoneyInput, Order, PaymentKept, RechargeReport } from './generated.js';
import { listBy, type List, type ListOptions } from './list.js';
import { Namespace } from './namespace.js';

export class Recharge extends Namespace {
    /** @internal */
    static readonly ofVendor = ['createOrder', 'order'] as const;

    /** Stores what a vendor is expected to pay for Razorpay's order, before the checkout. `amount`: whole paise; `currency`: "INR". */
    createOrder(vendorId: string, orderId: string, amount: MoneyInput, options: CallOptions & { currency?: string } = {}): Promise<Order> {
        return this.call(options, (n, c) => n.callOrderCreate(c, vendorId, orderId, amount, options.currency ?? 'INR'));
    }

    order(vendorId: string, orderId: string, options?: CallOptions): Promise<Order> {
        return this.call(options, (n, c) => n.callOrderGet(c, vendorId, orderId));
    }

    /**
     * Verifies a POST of Razorpay's and stores it; when the promise resolves it is durable: answer 200. SignatureError: answer 401.
     * `signature`: of X-Razorpay-Signature; `eventId`: of x-razorpay-event-id; `body`: the raw bytes.
     */
    take(signature: string | null | undefined, eventId: string, body: Uint8Array, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callRazorpayTake(c, signature, eventId, body));
    }

    /** Applies up to `limit` (1000) stored events: credits what was paid. */
    fold(options: CallOptions & { limit?: number } = {}): Promise<RechargeReport> {
        return this.call(options, (n, c) => n.callRazorpayFold(c, options.limit ?? 1000));
    }

    /** What is kept for a person, of all vendors. */
    kept(options: ListOptions & { after?: bigint } = {}): List<PaymentKept, bigint> {
        return listBy(options, (after = options.after ?? 0n, limit) => this.call(options, (n, c) => n.callPaymentKeptList(c, after, limit)),
            (item) => item.id);
    }

    /** Tries to credit a kept payment again. */
    retry(paymentId: string, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callPaymentRetry(c, paymentId));
    }
}
