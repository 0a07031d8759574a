/* Garbage collection in any order, with calls in flight. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';

import { runNode } from './harness.js';

it('what is dropped in any order is released once and never too early', async () => {
    const { code, signal, output } = await runNode(['--expose-gc', join(__dirname, 'gc.js')]);
    assert.deepEqual([code, signal], [0, null], output);
    assert.match(output, /done\n$/, output);
});

it('a client whose calls are in flight is not collected under them', async () => {
    const { code, output } = await runNode(['--expose-gc', '-e', `
        const { connect } = require('kloyst');
        (async () => {
            let calls = [];
            {
                const client = await connect();
                const { id } = await client.vendors.create('x', 'SHARED');
                await client.wallet.credit(id, '1', { reference: 'x' });
                calls = Array.from({ length: 500 }, () => client.wallet.get(id));
            }
            for (let n = 0; n < 20; n++) { gc(); await new Promise((resolve) => setImmediate(resolve)); }
            const wallets = await Promise.all(calls);
            console.log(wallets.every((wallet) => wallet.balance === '1.0000'));
        })();`]);
    assert.deepEqual([code, output], [0, 'true\n']);
});
