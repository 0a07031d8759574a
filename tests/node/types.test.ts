/* What the types must allow and refuse: checked by tsc, which fails when an expected error is none. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { connect, type Batch, type Client, type Contact, type Event, type KloystError, type Transaction, type VendorView, type Wallet } from 'kloyst';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(..._equal: Equal<A, B> extends true ? [] : ['different']): void => {};

// Never called: only its types matter.
export async function refusals(client: Client, view: VendorView, id: string): Promise<void> {
    // @ts-expect-error an amount is never a number
    await client.wallet.debit(id, 0.5, { reference: 'x' });
    // @ts-expect-error a reference is needed
    await client.wallet.debit(id, '0.5', {});
    // @ts-expect-error no such plan
    await client.vendors.create('x', 'FREE');
    // @ts-expect-error a moment is no text
    await client.campaigns.schedule(id, id, '2026-01-01');
    // @ts-expect-error a campaign needs an account
    await client.campaigns.create(id, { name: 'x', templateName: 'x', templateLanguage: 'en' });
    // @ts-expect-error an option that there is not
    await connect('embedded:x', { poolsize: 3 });
    // @ts-expect-error a body is bytes: decoding it would break its signature
    await client.webhooks.take('sha256=', 'text');
    // @ts-expect-error the vendor is filled in
    await view.wallet.debit(id, '0.5', { reference: 'x' });
    // @ts-expect-error an answer has a status
    await (await client.worker()).answer(1n, { end: 'ANSWERED' });
    // @ts-expect-error nothing of the inside
    client.calls.close();
}

export async function allowances(client: Client, view: VendorView, id: string, batch: Batch): Promise<void> {
    same<Awaited<ReturnType<typeof client.wallet.get>>, Wallet>();
    same<Awaited<ReturnType<typeof view.wallet.debit>>, Transaction>();
    same<Wallet['balance'], string>();
    same<Wallet['seq'], bigint>();
    same<Contact['mobile'], string | null>();
    same<Transaction['createdAt'], Date>();
    same<Transaction['type'], 'CREDIT_RECHARGE' | 'DEBIT_MESSAGE' | 'REFUND'>();
    same<KloystError['sqlstate'], string>();
    for await (const contact of client.contacts.list(id, { pageSize: 10, signal: AbortSignal.timeout(1000) }))
        same<typeof contact, Contact>();
    for await (const event of view.events.feed('reader'))
        same<typeof event, Event>();
    for await (const page of view.contacts.list().pages())
        same<typeof page, Contact[]>();
    await batch.complete([{ index: 0, outcome: 'ACCEPTED', waMessageId: 'wamid' }]);
    await client.wallet.credit(id, 5000n, { reference: 'x', idempotencyKey: 'y', timeoutMs: 5 });
}

describe('the types', () => {
    it('were checked when this was compiled', () => assert.equal(typeof refusals, 'function'));
});
