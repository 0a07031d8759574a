/* Lists that page by themselves, and the event feed. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { uuid, type Client, type Contact, type Event } from 'kloyst';

import { APP_SECRET, newVendor, newWaba, open, signed } from './harness.js';

describe('lists', () => {
    let client: Client, vendorId: string;
    before(async () => {
        client = await open();
        vendorId = (await newVendor(client)).id;
        await client.contacts.import(vendorId, `mobile,n\n${Array.from({ length: 250 }, (_, n) => `98${String(n).padStart(8, '0')},${n}`).join('\n')}\n`, { country: 'IN' });
    });
    after(() => client.close());

    it('come in order, each element once, whatever the page size', async () => {
        const all = await client.contacts.list(vendorId).toArray();
        assert.equal(all.length, 250);
        for (const pageSize of [1, 7, 249, 250, 251, 1000]) {
            const ids: string[] = [];
            for await (const contact of client.contacts.list(vendorId, { pageSize }))
                ids.push(contact.id);
            assert.deepEqual(ids, all.map((contact) => contact.id), `pages of ${pageSize}`);
        }
        assert.deepEqual((await client.contacts.list(vendorId, { after: all[99]!.id }).toArray()).length, 150);
        assert.equal((await client.contacts.list(vendorId, { pageSize: 50 }).toArray(120)).length, 120);
        assert.equal((await client.contacts.list(vendorId).first())?.id, all[0]!.id);
        const pages: Contact[][] = [];
        for await (const page of client.contacts.list(vendorId, { pageSize: 100 }).pages())
            pages.push(page);
        assert.deepEqual(pages.map((page) => page.length), [100, 100, 50]);
    });

    it('may be left, walked through twice, and given up', async () => {
        const list = client.contacts.list(vendorId, { pageSize: 10 });
        for await (const contact of list) {
            assert.ok(contact.id);
            break;
        }
        assert.equal((await list.toArray()).length, 250);
        const controller = new AbortController();
        let seen = 0;
        await assert.rejects(async () => {
            for await (const _ of client.contacts.list(vendorId, { pageSize: 10, signal: controller.signal }))
                if (++seen === 25)
                    controller.abort();
        }, { name: 'AbortError' });
        assert.equal(seen, 30, 'the page that was read is handed out');
    });

    it('refuse sizes that there are not', async () => {
        for (const pageSize of [0, 1001, -1, 1.5, '5' as never])
            await assert.rejects(client.contacts.list(vendorId, { pageSize }).toArray(), Error, String(pageSize));
    });

    it('are empty for a vendor that is not there', async () => {
        assert.deepEqual(await client.contacts.list(uuid()).toArray(), []);
    });

    it('list rates page by page', async () => {
        for (let n = 0; n < 5; n++)
            await client.rates.set(vendorId, { category: 'UTILITY', country: String(91 + n), effectiveFrom: new Date(2020, 1, 1), price: `0.${n + 1}` });
        const rates = await client.rates.list(vendorId, 'UTILITY', { pageSize: 2 }).toArray();
        assert.deepEqual(rates.map((rate) => rate.amount), ['0.1000', '0.2000', '0.3000', '0.4000', '0.5000']);
        assert.equal(await client.rates.price(vendorId, 'UTILITY', '+919800000001'), '0.1000');
        await client.rates.set(vendorId, { category: 'UTILITY', country: '91', effectiveFrom: new Date(2021, 1, 1), price: null });
        assert.equal((await client.rates.list(vendorId, 'UTILITY').toArray())[1]?.amount, null);
    });

    it('feed events to a reader, and again what was not acknowledged', async () => {
        const { id } = await newVendor(client);
        const waba = await newWaba(client, id);
        const contact = await client.contacts.upsert(id, '+919811111111');
        const feed = (options = {}): AsyncGenerator<Event, void> => client.events.feed(id, 'test', { waitMs: 100, ...options });
        await client.events.read(id, 'test', { waitMs: 0 });
        await client.contacts.optOut(id, contact.id, { note: 'by phone' });
        await client.contacts.optIn(id, contact.id);
        const states: number[] = [];
        for await (const event of feed()) {
            assert.equal(event.kind, 'CONSENT');
            assert.equal(event.contactId, contact.id);
            states.push(event.state);
            if (states.length === 2)
                break;
        }
        // The loop was left before it asked for more: nothing was acknowledged.
        const again = await client.events.read(id, 'test', { waitMs: 0 });
        assert.deepEqual(again.events.map((event) => event.state), states);
        await again.ack();
        const controller = new AbortController();
        const seen: Event[] = [];
        const reading = (async () => {
            for await (const event of feed({ signal: controller.signal, waitMs: 5000 }))
                seen.push(event);
        })();
        const inbound = Buffer.from(JSON.stringify({
            object: 'whatsapp_business_account', entry: [{
                id: '102290129340398', changes: [{
                    field: 'messages', value: {
                        messaging_product: 'whatsapp', metadata: { display_phone_number: '911', phone_number_id: waba.phoneNumberId },
                        contacts: [{ wa_id: '919811111111', profile: { name: 'Asha' } }],
                        messages: [{ id: `wamid.${id}`, from: '919811111111', timestamp: String(Math.floor(Date.now() / 1000)), type: 'text', text: { body: 'Hello' } }],
                    },
                }],
            }],
        }));
        await client.webhooks.take(`sha256=${signed(APP_SECRET, inbound)}`, inbound);
        while ((await client.webhooks.fold()).bodies > 0n);
        const deadline = Date.now() + 120000;
        while (seen.length === 0 && Date.now() < deadline) {
            await client.webhooks.fold();
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        controller.abort();
        await reading;
        assert.equal(seen[0]?.kind, 'MESSAGE_RECEIVED');
        const message = await client.messages.get(id, seen[0]!.messageId!);
        assert.deepEqual([message.text, message.kind, message.direction], ['Hello', 'TEXT', 'INBOUND']);
        const window = await client.messages.window(id, waba.id, '+919811111111');
        assert.ok(window! > new Date());
        assert.deepEqual((await client.contacts.consents(id).toArray()).map((consent) => [consent.kind, consent.text]), [['OPT_OUT', 'by phone'], ['OPT_IN', null]]);
    });

    it('answer the handshake of Meta, and verify signatures', async () => {
        const query = { 'hub.mode': 'subscribe', 'hub.verify_token': 'secret', 'hub.challenge': '42' };
        assert.equal(client.webhooks.challenge(query, 'secret'), '42');
        assert.equal(client.webhooks.challenge({ ...query, 'hub.verify_token': 'Secret' }, 'secret'), null);
        assert.equal(client.webhooks.challenge({ ...query, 'hub.challenge': ['4', '2'] }, 'secret'), null);
        client.webhooks.verify('s', `sha256=${signed('s', 'body')}`, Buffer.from('body'));
        assert.throws(() => client.webhooks.verify('s', 'sha256=00', Buffer.from('body')), { name: 'SignatureError' });
        await assert.rejects(client.webhooks.take(null, Buffer.from('{}')), { code: 'KL_ERR_SIGNATURE' });
    });
});
