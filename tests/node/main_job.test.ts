/* The main job from end to end: vendor, account, contacts from CSV, recharge, campaign, worker, webhooks, report, proof. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { moneyUnits, type Campaign, type Client, type ImportReject, type ImportReport, type Vendor, type Waba, type WorkerReport } from 'kloyst';

import { digits, newWaba, open, RAZORPAY_SECRET, signed, startReceiver, startStandin, type Receiver, type Standin } from './harness.js';

const CONTACTS = 1200;
const PRICE = 8631n;

describe('the main job', () => {
    let client: Client, vendor: Vendor, waba: Waba, campaign: Campaign, standin: Standin, receiver: Receiver, folder: string;

    before(async () => {
        client = await open();
        folder = await mkdtemp(join(tmpdir(), 'kloyst-csv-'));
        receiver = await startReceiver(client);
        standin = await startStandin('--webhook-url', receiver.url, '--app-secret', 'kloyst-test-app-secret', '--read-share', '0.4',
            '--fail', 'async:131026:0.05', '--fail', 'sync:131026:0.05', '--shuffle', '--duplicate-share', '0.2', '--seed', '7');
    });
    after(async () => {
        await standin.stop();
        await receiver.stop();
        await client.close();
        await rm(folder, { recursive: true });
    });

    it('makes a vendor with a user who logs in and an account whose token is sealed', async () => {
        vendor = await client.vendors.create('Demo Traders', 'SHARED', { settings: { time_zone: 'Asia/Kolkata' } });
        assert.equal(vendor.planType, 'SHARED');
        assert.deepEqual(vendor.settings, { time_zone: 'Asia/Kolkata' });
        const email = `admin-${vendor.id}@demo.example`;
        const user = await client.users.create(vendor.id, email, 'correct horse battery staple', 'ADMIN');
        assert.equal((await client.users.authenticate(email.toUpperCase(), 'correct horse battery staple')).id, user.id);
        await assert.rejects(client.users.authenticate(email, 'wrong password'), { code: 'KL_ERR_CREDENTIALS', name: 'CredentialsError' });
        waba = await newWaba(client, vendor.id);
        await client.wabas.setRate(vendor.id, waba.id, 1000);
        assert.equal(await client.wabas.reseal(vendor.id), 0n);
        assert.ok((await client.doctor()).length > 0);
        assert.equal((await client.wabas.token(vendor.id, waba.id)).toString(), 'EAAG-test-token');
    });

    it('imports contacts from CSV and tells of what it rejects', async () => {
        const lines = Array.from({ length: CONTACTS }, (_, n) => `Name ${n},98${String(n).padStart(8, '0')},City ${n % 7}`);
        const path = join(folder, 'contacts.csv');
        await writeFile(path, ['name,mobile,city', ...lines, 'Nobody,not a number,Nowhere', 'Nobody,12,Nowhere'].join('\n'));
        const rejects: ImportReject[] = [];
        const told: ImportReport[] = [];
        const report = await client.contacts.importFile(vendor.id, path, {
            country: 'IN', reject: (reject) => rejects.push(reject), progress: (soFar) => told.push(soFar),
        });
        assert.equal(report.rows, BigInt(CONTACTS + 2));
        assert.equal(report.imported, BigInt(CONTACTS));
        assert.equal(report.rejected, 2n);
        assert.deepEqual(rejects.map((reject) => reject.line), [BigInt(CONTACTS + 2), BigInt(CONTACTS + 3)]);
        assert.equal(rejects[0]?.value, 'not a number');
        assert.equal(told.at(-1)?.bytes, report.bytes);
        assert.equal(await client.contacts.count(vendor.id), BigInt(CONTACTS));
        const again = await client.contacts.import(vendor.id, 'mobile,city\n9800000000,Pune\n', { country: 'IN' });
        assert.equal(again.imported, 1n);
        assert.equal(again.created, 0n);
        const contact = await client.contacts.find(vendor.id, '+91 98000 00000');
        assert.deepEqual(contact.attributes, { name: 'Name 0', city: 'Pune' });
        const { data, count } = await client.contacts.export(vendor.id);
        assert.equal(Number(count), CONTACTS);
        assert.ok(data.toString().includes('919800000000'));
    });

    it('recharges the wallet by a webhook of Razorpay, once', async () => {
        const order = `order_${digits(14)}`;
        const payment = `pay_${digits(14)}`;
        await client.recharge.createOrder(vendor.id, order, '2000');
        const event = Buffer.from(JSON.stringify({
            entity: 'event', event: 'payment.captured', contains: ['payment'],
            payload: { payment: { entity: { id: payment, entity: 'payment', amount: 200000, currency: 'INR', status: 'captured', order_id: order, captured: true } } },
        }));
        await client.recharge.take(signed(RAZORPAY_SECRET, event), `event-${payment}`, event);
        await client.recharge.take(signed(RAZORPAY_SECRET, event), `event-${payment}`, event);
        await assert.rejects(client.recharge.take('00', `event-${payment}-2`, event), { name: 'SignatureError' });
        await client.recharge.fold();
        const wallet = await client.wallet.get(vendor.id);
        assert.equal(wallet.balance, '2000.0000');
        assert.equal(wallet.seq, 1n);
        assert.equal((await client.wallet.statement(vendor.id).first())?.reference, payment);
    });

    it('makes a campaign, shows what it costs and holds the money', async () => {
        campaign = await client.campaigns.create(vendor.id, {
            name: 'Festival offer', wabaAccountId: waba.id, templateName: 'festival_offer', templateLanguage: 'en_US', price: PRICE,
            parameters: [{ attribute: 'name', fallback: 'friend' }, { attribute: 'city', fallback: 'your city' }],
        });
        const preflight = await client.campaigns.preflight(vendor.id, campaign.id);
        assert.equal(moneyUnits(preflight.cost), PRICE * BigInt(CONTACTS));
        assert.deepEqual(preflight.listed, []);
        assert.equal(await client.campaigns.enqueue(vendor.id, campaign.id), BigInt(CONTACTS));
        assert.equal((await client.wallet.get(vendor.id)).held, preflight.cost);
    });

    it('sends it with a worker that reports how far it is', async () => {
        const worker = await client.worker({
            baseUrl: standin.baseUrl, vendorId: vendor.id, untilIdle: true, housekeeping: false, progress: (soFar) => told.push(soFar),
        });
        const told: WorkerReport[] = [];
        const report = await worker.run();
        await worker.close();
        assert.equal(report.accepted + report.failed, BigInt(CONTACTS));
        assert.equal(report.unknown, 0n);
        assert.ok(told.length > 0);
        assert.equal(await standin.stat('accepted'), Number(report.accepted));
    });

    it('folds the webhooks, and everything reconciles', async () => {
        await standin.flush();
        while ((await client.webhooks.fold()).bodies > 0n);
        assert.deepEqual(receiver.failures, []);
        const stats = await client.campaigns.stats(vendor.id, campaign.id);
        assert.equal(stats.waiting + stats.deferred + stats.unknown + stats.sent, 0n);
        assert.equal(stats.delivered + stats.read + stats.failed, BigInt(CONTACTS));
        assert.ok(stats.failed > 0n && stats.read > 0n);
        assert.equal(moneyUnits(stats.debited) - moneyUnits(stats.refunded), PRICE * (BigInt(CONTACTS) - stats.failed));
        const account = await client.campaigns.reconcile(vendor.id, campaign.id);
        assert.equal(account.refunded, stats.refunded);
        assert.equal((await client.campaigns.get(vendor.id, campaign.id)).status, 'COMPLETED');
        const wallet = await client.wallet.get(vendor.id);
        assert.equal(wallet.held, '0.0000');
        assert.equal(moneyUnits(wallet.balance), 20000000n - moneyUnits(stats.debited) + moneyUnits(stats.refunded));
    });

    it('reports each recipient, each failure and the money of a message', async () => {
        const failures = await client.campaigns.failures(vendor.id, campaign.id);
        assert.deepEqual(failures.map((failure) => failure.code), [131026]);
        const failed = await client.campaigns.recipients(vendor.id, campaign.id, { state: 'FAILED', pageSize: 7 }).toArray();
        assert.equal(BigInt(failed.length), failures[0]?.messages);
        const { paid, givenBack } = await client.messages.money(vendor.id, failed[0]!.messageId);
        assert.equal(paid?.type, 'DEBIT_MESSAGE');
        assert.equal(givenBack?.type, 'REFUND');
        let sum = 0n;
        for await (const row of client.campaigns.transactions(vendor.id, campaign.id, { pageSize: 3 }))
            sum += row.type === 'REFUND' ? moneyUnits(row.amount) : -moneyUnits(row.amount);
        assert.equal(sum, -PRICE * BigInt(CONTACTS - failed.length));
        const message = await client.messages.get(vendor.id, failed[0]!.messageId);
        assert.equal(message.status, 'FAILED');
        assert.equal(message.direction, 'OUTBOUND');
        assert.equal(message.kind, null);
        assert.ok(message.failedAt instanceof Date);
    });

    it('proves the ledger, in the database and as a file that left it', async () => {
        const report = await client.ledger.verify(vendor.id);
        assert.equal(report.badSeq, 0n);
        const { data, end } = await client.ledger.export(vendor.id);
        assert.equal(end.seq, report.rows);
        const proof = await client.ledger.verifyStatement(data, { head: end.hash });
        assert.deepEqual(proof.reached, end);
        const path = join(folder, 'ledger.jsonl');
        assert.deepEqual(await client.ledger.exportFile(vendor.id, path, { format: 'JSON_LINES' }), end);
        assert.equal((await client.ledger.verifyFile(path, { format: 'JSON_LINES', head: end.hash })).report.rows, report.rows);
        const { reached } = await client.ledger.verifyFrom(vendor.id, null);
        assert.equal((await client.ledger.verifyFrom(vendor.id, reached)).report.rows, 0n);
        data[data.indexOf('2000.0000')] = 0x33;
        await assert.rejects(client.ledger.verifyStatement(data), (error: Error & { value?: unknown }) => {
            assert.equal(error.name, 'CorruptError');
            assert.ok(error.value, 'the report comes with the error');
            return true;
        });
    });
});
