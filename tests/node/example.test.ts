/* The Fastify backend, as a process and over real HTTP. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';

import type { Client, Vendor, Waba } from 'kloyst';

import { APP_SECRET, digits, environment, firstLine, newVendor, newWaba, open, RAZORPAY_SECRET, signed, until } from './harness.js';

describe('the Fastify backend', () => {
    let client: Client, vendor: Vendor, waba: Waba, server: ChildProcess, base: string;
    const headers = { authorization: 'Bearer the-api-key' };

    before(async () => {
        client = await open();
        vendor = await newVendor(client, '5');
        waba = await newWaba(client, vendor.id);
        server = spawn(process.execPath, [process.env.KLOYST_EXAMPLE!], {
            stdio: ['ignore', 'pipe', 'inherit'],
            env: { ...process.env, ...environment, VERIFY_TOKEN: 'the-verify-token', API_KEY: 'the-api-key', PORT: '0' },
        });
        const found = /^listening (\d+)$/.exec(await firstLine(server));
        assert.ok(found, 'it listens');
        base = `http://127.0.0.1:${found[1]}`;
    });
    after(async () => {
        if (server.exitCode === null && server.signalCode === null) {
            server.kill('SIGKILL');
            await once(server, 'exit');
        }
        await client.close();
    });

    it('shakes hands with Meta', async () => {
        const query = (token: string): string => `${base}/webhook?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=1158201444`;
        const answer = await fetch(query('the-verify-token'));
        assert.deepEqual([answer.status, await answer.text()], [200, '1158201444']);
        assert.equal((await fetch(query('wrong'))).status, 403);
        assert.equal((await fetch(`${base}/webhook`)).status, 403);
    });

    it('takes a webhook and shows the message', async () => {
        const body = JSON.stringify({
            object: 'whatsapp_business_account', entry: [{
                id: '102290129340398', changes: [{
                    field: 'messages', value: {
                        messaging_product: 'whatsapp', metadata: { display_phone_number: '911', phone_number_id: waba.phoneNumberId },
                        contacts: [{ wa_id: '919822222222', profile: { name: 'Ravi' } }],
                        messages: [{ id: `wamid.${vendor.id}`, from: '919822222222', timestamp: String(Math.floor(Date.now() / 1000)), type: 'text', text: { body: 'Namasté 🙏' } }],
                    },
                }],
            }],
        });
        const post = (signature: string): Promise<Response> => fetch(`${base}/webhook`, {
            method: 'POST', body, headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature },
        });
        assert.equal((await post(`sha256=${signed(APP_SECRET, body)}`)).status, 200);
        assert.equal((await post(`sha256=${signed('other', body)}`)).status, 401);
        assert.equal((await fetch(`${base}/webhook`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })).status, 401);
        let texts: unknown[] = [];
        await until(async () => {
            const messages = (await (await fetch(`${base}/vendors/${vendor.id}/messages`, { headers })).json()) as { text: unknown }[];
            texts = messages.map((message) => message.text);
            return texts.length > 0;
        }, 'the message is there');
        assert.deepEqual(texts, ['Namasté 🙏']);
    });

    it('recharges the wallet once, however often Razorpay tells of it', async () => {
        const orderId = `order_${digits(14)}`;
        const order = await fetch(`${base}/vendors/${vendor.id}/orders`, {
            method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify({ orderId, amount: '250.50' }),
        });
        assert.deepEqual([order.status, await order.json()], [201, { orderId, amount: '250.5000', currency: 'INR' }]);
        const body = JSON.stringify({
            entity: 'event', event: 'payment.captured', contains: ['payment'],
            payload: { payment: { entity: { id: `pay_${digits(14)}`, entity: 'payment', amount: 25050, currency: 'INR', status: 'captured', order_id: orderId, captured: true } } },
        });
        const post = (event: string, secret: string): Promise<Response> => fetch(`${base}/razorpay`, {
            method: 'POST', body,
            headers: { 'content-type': 'application/json', 'x-razorpay-event-id': event, 'x-razorpay-signature': signed(secret, body) },
        });
        const events = await Promise.all(['a', 'a', 'b'].map((event) => post(orderId + event, RAZORPAY_SECRET)));
        assert.deepEqual(events.map((answer) => answer.status), [200, 200, 200]);
        assert.equal((await post(`${orderId}c`, 'wrong')).status, 401);
        const wallet = async (): Promise<unknown> => (await fetch(`${base}/vendors/${vendor.id}/wallet`, { headers })).json();
        await until(async () => ((await wallet()) as { balance: string }).balance !== '5.0000', 'the wallet is credited');
        assert.deepEqual(await wallet(), { balance: '255.5000', held: '0.0000', available: '255.5000' });
    });

    it('answers what is wrong with a status', async () => {
        const get = async (path: string, given = headers): Promise<[number, unknown]> => {
            const answer = await fetch(base + path, { headers: given });
            return [answer.status, ((await answer.json()) as { error: string }).error];
        };
        assert.deepEqual(await get(`/vendors/${vendor.id}/wallet`, { authorization: 'Bearer wrong' }), [401, 'unauthorized']);
        assert.deepEqual(await get('/vendors/00000000-0000-7000-8000-000000000000/wallet'), [404, 'KL_ERR_NOT_FOUND']);
        assert.deepEqual(await get('/vendors/nonsense/wallet'), [400, 'KL_ERR_FORMAT']);
        for (const body of [{ orderId: 'order_1', amount: 250.5 }, { orderId: 'order_1' }, { orderId: 'order_1', amount: '1', extra: 1 },
            { orderId: 'order_1', amount: '1.001' }, { orderId: 'x', amount: '1' }]) {
            const wrong = await fetch(`${base}/vendors/${vendor.id}/orders`, {
                method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body),
            });
            assert.equal(wrong.status, 400, JSON.stringify(body));
        }
    });

    it('ends in order', async () => {
        server.kill('SIGTERM');
        const [code] = (await once(server, 'exit')) as [number];
        assert.equal(code, 0);
    });
});
