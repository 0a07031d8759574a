/* What needs no database, the tables, and that the two ways to load the package give the same. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';

import * as kloyst from 'kloyst';

describe('the package', () => {
    it('is the same for require() and import', async () => {
        const imported = (await import('kloyst')) as unknown as Record<string, unknown>;
        const required = require('kloyst') as Record<string, unknown>;
        for (const name of Object.keys(required))
            assert.equal(imported[name], required[name], name);
        assert.ok(Object.keys(required).length > 50);
    });

    it('makes every call of the library', () => {
        const { native } = require(join(dirname(require.resolve('kloyst/package.json')), 'lib', 'native.js')) as { native: object };
        const folder = dirname(require.resolve('kloyst'));
        const text = readdirSync(folder).filter((name) => name.endsWith('.js')).map((name) => readFileSync(join(folder, name), 'utf8')).join();
        const unused = Object.getOwnPropertyNames(native).filter((name) => name.startsWith('call') && !text.includes(`.${name}(`));
        // What statuses(), parseUuid(), formatMoney() and the log's own words say already.
        assert.deepEqual(unused.sort(), ['callLogLevelName', 'callMoneyParse', 'callStatusName', 'callStatusRetriable', 'callStatusText', 'callUuidFormat'],
            'a function of the C API has no method in bindings/node/src, or an exception is none any more');
    });

    it('has an error class for every status of the C table', () => {
        for (const { status, name } of kloyst.statuses()) {
            if (status === 'OK')
                continue;
            const own = name.replace('KL_ERR_', '').split('_').map((word) => word[0] + word.slice(1).toLowerCase()).join('');
            assert.ok([...kloyst.errorClasses.values()].some((Class) => Class.name === `${own}Error`), name);
        }
        assert.equal(kloyst.errorClasses.size, kloyst.statuses().length - 1);
    });

    it('makes ids that sort by time, and refuses what is none', () => {
        const ids = Array.from({ length: 1000 }, () => kloyst.uuid());
        assert.deepEqual([...ids].sort(), ids);
        assert.match(ids[0]!, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        assert.equal(kloyst.parseUuid(ids[0]!.toUpperCase()), ids[0]);
        for (const text of ['', 'x', ids[0]!.slice(1), `{${ids[0]}}`, ids[0]!.replaceAll('-', '')])
            assert.throws(() => kloyst.parseUuid(text), { name: 'FormatError' });
    });

    it('reads telephone numbers of any spelling', () => {
        assert.equal(kloyst.normalizePhone('+91 98765-43210'), '919876543210');
        assert.equal(kloyst.normalizePhone('098765 43210', 'IN'), '919876543210');
        assert.throws(() => kloyst.normalizePhone('98765', 'IN'), (error: kloyst.KloystError) => {
            assert.ok(error instanceof kloyst.FormatError);
            assert.deepEqual((error.value as unknown[])[1], 'TOO_SHORT');
            return true;
        });
        assert.ok(kloyst.phoneReasonText('TOO_SHORT').length > 0);
        assert.ok(kloyst.keptReasonText('AMOUNT').length > 0);
    });

    it('knows what Meta\'s errors mean', () => {
        assert.equal(kloyst.errorPolicy(131056).errorClass, 'RETRY');
        assert.equal(kloyst.errorPolicy(null).errorClass, 'UNKNOWN_OUTCOME');
        assert.equal(kloyst.errorClassName('RETRY'), 'retry');
        assert.ok(kloyst.errorPolicies().length > 20);
        assert.match(kloyst.version(), /^\d+\.\d+\.\d+$/);
    });
});
