/* Money: exact, once per key, typed errors with code and SQLSTATE, and right after a program was killed. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { ConflictError, DataError, formatMoney, InsufficientError, KloystError, moneyUnits, TimeoutError, uuid, type Client } from 'kloyst';
import pg from 'pg';

import { environment, newVendor, open, socket, until } from './harness.js';

describe('the wallet', () => {
    let client: Client;
    before(async () => { client = await open(); });
    after(() => client.close());

    it('takes text and bigint, and gives text with four decimals', async () => {
        const { id } = await newVendor(client, '10');
        await client.wallet.debit(id, '0.0001', { reference: 'text' });
        await client.wallet.debit(id, 1n, { reference: 'bigint' });
        assert.equal((await client.wallet.get(id)).balance, '9.9998');
        assert.equal(formatMoney(-1n), '-0.0001');
        assert.equal(moneyUnits('-12.5'), -125000n);
    });

    for (const amount of [0.1, 1, NaN, true, null, undefined, {}, [], '1e2', '0.00001', '1,0', ' 1', 'NaN', '', '٣'])
        it(`refuses ${typeof amount === 'string' ? `"${amount}"` : String(amount)} as an amount and takes nothing`, async () => {
            const { id } = await newVendor(client, '5');
            await assert.rejects(client.wallet.debit(id, amount as never, { reference: 'wrong' }), (error: Error) => {
                assert.ok(error instanceof TypeError || error instanceof RangeError || error instanceof KloystError, String(error));
                assert.match(error.message, /amount/i);
                return true;
            });
            assert.equal((await client.wallet.get(id)).balance, '5.0000');
        });

    it('says what a failure is: class, code, number, whether to try again', async () => {
        const { id } = await newVendor(client, '1');
        const error = await client.wallet.debit(id, '2', { reference: 'too much' }).catch((caught: unknown) => caught);
        assert.ok(error instanceof InsufficientError && error instanceof DataError && error instanceof KloystError && error instanceof Error);
        assert.equal(error.code, 'KL_ERR_INSUFFICIENT');
        assert.equal(error.status, 24);
        assert.equal(error.retriable, false);
        assert.equal(error.name, 'InsufficientError');
        assert.match(error.stack!, /wallet\.test\.js/, 'the stack leads to the call');
    });

    it('brings the SQLSTATE along', async () => {
        const { id } = await newVendor(client, '1');
        // Opening may take longer than that on a busy machine.
        let hasty: Client | undefined;
        await until(async () => (hasty = await open({ statementTimeoutMs: 500 }).catch(() => undefined)) !== undefined, 'it is open');
        const admin = new pg.Client({ host: socket, user: 'kloyst_admin', database: 'kloyst' });
        await admin.connect();
        try {
            await admin.query('BEGIN');
            await admin.query('SELECT FROM kloyst.wallet WHERE vendor_id = $1 FOR UPDATE', [id]);
            const error = await hasty!.wallet.debit(id, '1', { reference: 'locked' }).catch((caught: unknown) => caught);
            assert.ok(error instanceof TimeoutError, String(error));
            assert.equal(error.sqlstate, '57014');
            assert.equal(error.retriable, true);
        } finally {
            await admin.end();
            await hasty!.close();
        }
        assert.equal((await client.wallet.get(id)).balance, '1.0000');
    });

    it('does the same once under a key, whatever happens at the same time', async () => {
        const { id } = await newVendor(client, '100');
        const rows = await Promise.all(Array.from({ length: 200 }, (_, n) =>
            client.wallet.debit(id, '1', { reference: 'same', idempotencyKey: `key-${n % 50}` })));
        assert.equal(new Set(rows.map((row) => row.id)).size, 50);
        assert.equal((await client.wallet.get(id)).balance, '50.0000');
        await assert.rejects(client.wallet.debit(id, '2', { reference: 'other', idempotencyKey: 'key-1' }), ConflictError);
        assert.equal((await client.wallet.resolve(id, 'key-7')).idempotencyKey, 'key-7');
        assert.equal((await client.ledger.verify(id)).rows, 51n);
    });

    it('never goes below zero, however many want it at the same time', async () => {
        const { id } = await newVendor(client, '10');
        const outcomes = await Promise.allSettled(Array.from({ length: 300 }, () => client.wallet.debit(id, '0.1', { reference: 'race' })));
        assert.equal(outcomes.filter((outcome) => outcome.status === 'fulfilled').length, 100);
        assert.ok(outcomes.every((outcome) => outcome.status === 'fulfilled' || outcome.reason instanceof InsufficientError));
        assert.equal((await client.wallet.get(id)).balance, '0.0000');
    });

    it('posts many operations of which some are refused', async () => {
        const { id } = await newVendor(client, '1');
        const results = await client.wallet.post(id, [
            { type: 'DEBIT_MESSAGE', amount: '0.6', reference: 'a' },
            { type: 'DEBIT_MESSAGE', amount: '0.6', reference: 'b' },
            { type: 'CREDIT_RECHARGE', amount: '0.2', reference: 'c', idempotencyKey: 'c' },
        ]);
        assert.deepEqual(results.map((result) => result.status), ['OK', 'INSUFFICIENT', 'OK']);
        assert.equal(results[1]?.transaction, null);
        assert.equal(results[2]?.transaction?.balanceAfter, '0.6000');
    });

    it('sets money aside, captures and frees it', async () => {
        const { wallet, holds } = client.vendor((await newVendor(client, '10')).id);
        const hold = await holds.create('6', { reference: 'order', expiresAt: new Date(Date.now() + 3600_000) });
        assert.equal((await wallet.get()).available, '4.0000');
        const row = await holds.capture(hold.id, '2.5', { reference: 'part' });
        assert.equal(row.holdId, hold.id);
        assert.equal(await holds.release(hold.id), '3.5000');
        assert.deepEqual([(await holds.get(hold.id)).left, (await wallet.get()).balance], ['0.0000', '7.5000']);
    });

    it('keeps integers and hashes exact', async () => {
        const { id } = await newVendor(client, '1');
        const row = (await client.wallet.statement(id).first())!;
        assert.equal(row.seq, 1n);
        assert.ok(Buffer.isBuffer(row.hash) && row.hash.length === 32);
        assert.equal(row.debitId, null);
        assert.equal(row.batchNo, null);
        assert.ok(row.createdAt instanceof Date);
        const [day] = await client.wallet.totals(id, new Date(Date.now() - 86400_000), new Date(Date.now() + 60_000), { offsetMinutes: 330 });
        assert.deepEqual([day?.type, day?.count, day?.amount], ['CREDIT_RECHARGE', 1n, '1.0000']);
        assert.equal(await client.wallet.balanceAt(id, new Date(0)), '0.0000');
    });

    it('is right after a program was killed while it debited', async () => {
        const { id } = await newVendor(client, '1000');
        const child = spawn(process.execPath, [join(__dirname, 'debit_forever.js'), id], {
            stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...environment, PGAPPNAME: 'killed' },
        });
        const done: string[] = [];
        await new Promise<void>((resolve) => child.stdout.on('data', (chunk: Buffer) => {
            done.push(...chunk.toString().split('\n').filter(Boolean));
            if (done.length > 200)
                resolve();
        }));
        const admin = new pg.Client({ host: socket, user: 'kloyst_admin', database: 'kloyst' });
        await admin.connect();
        const connected = async (): Promise<boolean> =>
            (await admin.query("SELECT FROM pg_stat_activity WHERE application_name = 'killed'")).rowCount! > 0;
        assert.ok(await connected());
        child.kill('SIGKILL');
        await once(child, 'close');
        // What the server had received when the program died is still carried out.
        await until(async () => !(await connected()), 'its connections have ended');
        await admin.end();
        const report = await client.ledger.verify(id);
        const wallet = await client.wallet.get(id);
        assert.equal(moneyUnits(wallet.balance), 10000000n - (report.rows - 1n) * 100n);
        // Everything that the program was told to be done is; done again under its key it is done once.
        for (const key of done.slice(-50))
            assert.equal((await client.wallet.resolve(id, key)).amount, '0.0100');
        await Promise.all(Array.from({ length: 400 }, (_, n) => client.wallet.debit(id, '0.01', { reference: 'debit', idempotencyKey: `debit-${n}` })));
        const keys = new Set<string | null>();
        for await (const row of client.wallet.statement(id))
            keys.add(row.idempotencyKey);
        assert.equal(BigInt(keys.size), (await client.ledger.verify(id)).rows);
    });

    it('answers another vendor as one that is not there', async () => {
        const [mine, other] = [await newVendor(client, '1'), await newVendor(client, '1')];
        const row = (await client.wallet.statement(mine.id).first())!;
        await assert.rejects(client.wallet.transaction(other.id, row.id), { code: 'KL_ERR_NOT_FOUND' });
        await assert.rejects(client.wallet.get(uuid()), { code: 'KL_ERR_NOT_FOUND' });
    });
});
