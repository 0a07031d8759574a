/* The life of a client: closing, giving up, several of them, threads, and what it must never do to the event loop. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Worker as Thread } from 'node:worker_threads';

import { AbortError, ClosedError, connect, DeadlineError, migrate, type CallOptions, type Client } from 'kloyst';
import pg from 'pg';

import { newVendor, newWaba, open, runNode, socket, until, url } from './harness.js';

describe('a client', () => {
    let client: Client;
    before(async () => { client = await open(); });
    after(() => client.close());

    it('settles what is in flight when it is closed, and refuses everything afterwards', async () => {
        const own = await open();
        const { id } = await newVendor(own, '100');
        const debits = Array.from({ length: 100 }, () => own.wallet.debit(id, '1', { reference: 'in flight' }));
        const closing = own.close();
        const late = own.wallet.get(id);
        await assert.rejects(late, ClosedError);
        assert.equal(closing, own.close(), 'closing again is the same');
        await closing;
        assert.equal((await Promise.all(debits)).length, 100);
        assert.equal((await client.wallet.get(id)).balance, '0.0000');
        for (const call of [() => own.ping(), () => own.vendors.list().toArray(), () => own.events.read(id, 'x'), () => own.worker()])
            await assert.rejects(async () => call(), { code: 'KL_ERR_CLOSED', status: 60 });
    });

    it('closes its workers, and waits for a run to end', async () => {
        const own = await open();
        const worker = await own.worker({ baseUrl: 'http://127.0.0.1:9', housekeeping: false });
        const run = worker.run();
        await own.close();
        assert.equal((await run).batches, 0n);
        await assert.rejects(worker.run(), ClosedError);
    });

    it('refuses a batch, an event page and a worker that were closed', async () => {
        const { id } = await newVendor(client, '1');
        const waba = await newWaba(client, id);
        await client.contacts.upsert(id, '+919800000001');
        const campaign = await client.campaigns.create(id, {
            name: 'x', wabaAccountId: waba.id, templateName: 'x', templateLanguage: 'en', price: '0.1',
        });
        await client.campaigns.enqueue(id, campaign.id);
        const batch = await client.batches.claim(id, campaign.id);
        batch.close();
        batch.close();
        await assert.rejects(batch.start(1), ClosedError);
        const page = await client.events.read(id, 'reader', { waitMs: 0 });
        await page.ack();
        await assert.rejects(page.ack(), ClosedError);
        const worker = await client.worker({ baseUrl: 'http://127.0.0.1:9' });
        await worker.close();
        await assert.rejects(worker.pull(1), ClosedError);
    });

    it('sends a batch with an HTTP stack of its own', async () => {
        const { id } = await newVendor(client, '1');
        const waba = await newWaba(client, id);
        await client.contacts.import(id, 'mobile\n9800000001\n9800000002\n9800000003\n', { country: 'IN' });
        const campaign = await client.campaigns.create(id, {
            name: 'x', wabaAccountId: waba.id, templateName: 'x', templateLanguage: 'en', price: '0.1',
        });
        await client.campaigns.enqueue(id, campaign.id);
        const batch = await client.batches.claim(id, campaign.id);
        assert.equal(batch.messages.length, 3);
        assert.equal(JSON.parse(batch.messages[0]!.body).messaging_product, 'whatsapp');
        await batch.start(3);
        await batch.complete([
            { index: 0, outcome: 'ACCEPTED', waMessageId: `wamid.${campaign.id}` },
            { index: 1, outcome: 'FAILED', errorCode: 131026, errorText: 'unreachable' },
            { index: 2, outcome: 'DEFERRED', errorCode: 131056, retryAfterMs: 0 },
        ]);
        batch.close();
        const again = await client.batches.claimQueue(id, waba.id);
        assert.equal(again.no, null);
        assert.equal(again.messages[0]?.attempts, 1);
        await again.release();
        again.close();
        const stats = await client.campaigns.stats(id, campaign.id);
        assert.deepEqual([stats.sent, stats.failed, stats.deferred], [1n, 1n, 1n]);
        await assert.rejects(client.batches.claim(id, campaign.id), { code: 'KL_ERR_EMPTY' });
    });

    it('hands out messages for another HTTP stack, and takes their answers', async () => {
        const { id } = await newVendor(client, '1');
        const waba = await newWaba(client, id);
        const messageId = await client.messages.send(id, {
            wabaAccountId: waba.id, to: '+919800000001', kind: 'TEMPLATE', templateName: 'hello', templateLanguage: 'en', price: '0.25',
            idempotencyKey: 'hello-1',
        });
        assert.equal(await client.messages.send(id, {
            wabaAccountId: waba.id, to: '+919800000001', kind: 'TEMPLATE', templateName: 'hello', templateLanguage: 'en', price: '0.25',
            idempotencyKey: 'hello-1',
        }), messageId);
        assert.equal((await client.messages.state(id, messageId)).state, 'WAITING');
        const worker = await client.worker({ vendorId: id, baseUrl: 'http://127.0.0.1:9' });
        let sent = 0;
        await until(async () => {
            const { messages, waitMs } = await worker.pull(10);
            for (const message of messages) {
                assert.equal(message.messageId, messageId);
                assert.match(message.authorization, /^Bearer EAAG/);
                sent++;
                await worker.answer(message.ticket, {
                    end: 'ANSWERED', httpStatus: 200, body: Buffer.from(`{"messaging_product":"whatsapp","messages":[{"id":"wamid.${messageId}"}]}`),
                });
            }
            assert.ok(waitMs >= 0);
            return sent === 1;
        }, 'the message was handed out');
        const report = await worker.finish();
        await worker.close();
        assert.equal(report.accepted, 1n);
        assert.equal((await client.messages.state(id, messageId)).state, 'SENT');
        assert.equal((await client.messages.find(id, `wamid.${messageId}`)).id, messageId);
    });

    it('gives a call up that has not begun: nothing is done', async () => {
        const own = await open({ threads: 1 });
        const { id } = await newVendor(own, '1');
        const admin = new pg.Client({ host: socket, user: 'kloyst_admin', database: 'kloyst' });
        await admin.connect();
        await admin.query('BEGIN');
        await admin.query('SELECT FROM kloyst.wallet WHERE vendor_id = $1 FOR UPDATE', [id]);
        const first = own.wallet.debit(id, '0.5', { reference: 'holds the thread' });
        const controller = new AbortController();
        const second = own.wallet.debit(id, '0.1', { reference: 'waits', signal: controller.signal });
        const third = own.wallet.debit(id, '0.1', { reference: 'waits', timeoutMs: 20 });
        controller.abort(new Error('not wanted any more'));
        await assert.rejects(second, (error: Error) => error instanceof AbortError && !error.begun && (error.cause as Error).message === 'not wanted any more');
        await assert.rejects(third, (error: Error) => error instanceof DeadlineError && !error.begun);
        await admin.query('ROLLBACK');
        await admin.end();
        await first;
        assert.equal((await own.wallet.get(id)).balance, '0.5000');
        await own.close();
    });

    it('says that a call was under way when it was given up', async () => {
        const { id } = await newVendor(client, '1');
        const admin = new pg.Client({ host: socket, user: 'kloyst_admin', database: 'kloyst' });
        await admin.connect();
        await admin.query('BEGIN');
        await admin.query('SELECT FROM kloyst.wallet WHERE vendor_id = $1 FOR UPDATE', [id]);
        const debit = (options: CallOptions): Promise<unknown> =>
            client.wallet.debit(id, '0.5', { reference: 'r', idempotencyKey: 'k', ...options }).catch((caught: unknown) => caught);
        const controller = new AbortController();
        const given = debit({ signal: controller.signal });
        await until(async () => (await admin.query('SELECT FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))')).rowCount! > 0, 'the debit waits');
        controller.abort();
        const up = await given;
        assert.ok(up instanceof AbortError && up.begun);
        // A machine that stalls may not even begin before the deadline.
        let error: unknown;
        for (let timeoutMs = 100; timeoutMs < 30000 && !(error instanceof DeadlineError && error.begun); timeoutMs *= 3)
            error = await debit({ timeoutMs });
        assert.ok(error instanceof DeadlineError && error.begun, String(error));
        await admin.query('ROLLBACK');
        await admin.end();
        // It comes to its own end, which nobody is told.
        await until(async () => (await client.wallet.get(id)).balance === '0.5000', 'the call ended');
        assert.equal((await client.wallet.resolve(id, 'k')).amount, '0.5000');
    });

    it('rejects a signal that was aborted before, and options that are none', async () => {
        await assert.rejects(client.ping({ signal: AbortSignal.abort() }), { name: 'AbortError', begun: false });
        await assert.rejects(client.ping({ signal: {} as AbortSignal }), TypeError);
        for (const timeoutMs of [0, -1, 1.5, NaN, 2 ** 31, '5' as never])
            await assert.rejects(client.ping({ timeoutMs }), RangeError);
    });

    it('leaves the event loop alone while a thousand calls are in flight', async () => {
        const { id } = await newVendor(client, '1000');
        const admin = new pg.Client({ host: socket, user: 'kloyst_admin', database: 'kloyst' });
        await admin.connect();
        await admin.query('BEGIN');
        await admin.query('SELECT FROM kloyst.wallet WHERE vendor_id = $1 FOR UPDATE', [id]);
        let settled = 0;
        const calls = Array.from({ length: 1000 }, () => client.wallet.debit(id, '0.01', { reference: 'load' }).then(() => { settled++; }));
        for (let n = 0; n < 20; n++)
            await new Promise((resolve) => setTimeout(resolve, 1));
        assert.equal(settled, 0, 'they wait for the wallet, and the loop does not');
        await admin.query('ROLLBACK');
        await admin.end();
        await Promise.all(calls);
        assert.equal((await client.wallet.get(id)).balance, '990.0000');
    });

    it('leaves the event loop alone while a password is hashed', async () => {
        const { id } = await newVendor(client);
        await client.users.create(id, `u-${id}@loop.example`, 'a password of some length', 'STAFF');
        let turns = 0;
        // Once is enough: on a busy machine the hash may be done before the loop's thread has its turn.
        for (let n = 0; n < 20 && turns < 5; n++) {
            let hashed = false;
            const call = client.users.authenticate(`u-${id}@loop.example`, 'a password of some length').then(() => { hashed = true; });
            for (turns = 0; !hashed; turns++)
                await new Promise((resolve) => setImmediate(resolve));
            await call;
        }
        assert.ok(turns >= 5, `${turns} turns of the loop`);
    });

    it('is one of several in a process', async () => {
        const others = await Promise.all([open(), open(), open()]);
        const { id } = await newVendor(others[0]!, '3');
        await Promise.all(others.map((other) => other.wallet.debit(id, '1', { reference: 'each' })));
        await Promise.all(others.map((other) => other.close()));
        assert.equal((await client.wallet.get(id)).balance, '0.0000');
    });

    it('works in threads, which may end with calls in flight', async () => {
        const { id } = await newVendor(client, '100');
        const start = (mode: string): Thread => new Thread(join(__dirname, 'thread.js'), { workerData: { id, mode } });
        const ends = ['work', 'work', 'leave', 'terminate'].map((mode) => new Promise<number>((resolve, reject) => {
            const thread = start(mode);
            thread.on('message', () => void thread.terminate());
            thread.on('error', reject);
            thread.on('exit', resolve);
        }));
        const codes = await Promise.all(ends);
        assert.deepEqual(codes.slice(0, 3), [0, 0, 0]);
        const { rows } = await client.ledger.verify(id);
        assert.ok(rows >= 1n + 2n * 20n, `${rows} rows`);
    });

    it('lets the process end when nothing is open, and while an idle client is', async () => {
        for (const code of ["const c = await connect(); await c.ping(); await c.close();",
            'const c = await connect(); await c.ping();', 'await connect();']) {
            const ended = await runNode(['--input-type=module', '-e', `import { connect } from 'kloyst'; ${code} console.log('reached the end');`]);
            assert.deepEqual([ended.code, ended.output], [0, 'reached the end\n'], code);
        }
    });

    it('does not open what cannot be opened, and says why', async () => {
        await assert.rejects(connect('postgresql://nobody@127.0.0.1:1/none', { connectTimeoutMs: 1000 }), { code: 'KL_ERR_CONNECT' });
        await assert.rejects(connect(url, { masterKey: new Uint8Array(31) }), (error: Error & { code?: string }) => error.code === 'KL_ERR_KEY' || error.code === 'KL_ERR_ARGUMENT');
        await assert.rejects(connect(url, { poolsize: 3 } as never), TypeError);
        await assert.rejects(connect(url, { threads: 0 }), Error);
        await assert.rejects(migrate(7 as never), TypeError);
        await migrate(url);
    });

    it('tells its log what happens, without secrets', async () => {
        const lines: string[] = [];
        const own = await open({ logLevel: 'DEBUG', log: (level, component, message) => lines.push(`${level} ${component} ${message}`) });
        const { id } = await newVendor(own, '1');
        const waba = await newWaba(own, id);
        await own.wabas.token(id, waba.id);
        await own.close();
        assert.ok(lines.every((line) => !line.includes('EAAG-test-token')));
    });

    it('has a view for one vendor with every call about a vendor', async () => {
        const vendor = await newVendor(client, '2');
        const view = client.vendor(vendor.id);
        assert.equal((await view.self.get()).id, vendor.id);
        assert.equal((await view.wallet.debit('0.5', { reference: 'bound' })).balanceAfter, '1.5000');
        for (const [name, namespace] of Object.entries(client).filter(([, value]) => value && typeof value === 'object')) {
            const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(namespace))
                .filter((method) => new RegExp(`^(async )?\\*?${method}\\(vendorId\\b`).test(String((namespace as Record<string, unknown>)[method])));
            const bound = view[(name === 'vendors' ? 'self' : name) as 'wallet'] as object | undefined;
            assert.deepEqual(Object.keys(bound ?? {}).sort(), methods.sort(), name);
        }
    });
});
