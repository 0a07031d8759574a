/* Wrong types and ranges for every input of every call, from the table that the calls are made from: refused before anything happens. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { open } from './harness.js';

interface Given { name: string; camel?: string; kind: string; optional: boolean; info: string }
interface Surface { calls: Record<string, { inputs: Given[] }>; structs: Record<string, Given[]>; enums: Record<string, Record<string, number>> }
type Made = Record<string, (...given: unknown[]) => unknown>;

const surface = JSON.parse(readFileSync(process.env.KLOYST_SURFACE!, 'utf8')) as Surface;
const library = dirname(require.resolve('kloyst/package.json'));
const { native } = require(join(library, 'lib', 'native.js')) as { native: Made };
const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const enumName = (info: string): string => info.slice(3).split('_').map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');

const circular: Record<string, unknown> = {};
circular.self = circular;
const throwing = { toJSON() { throw new Error('not today'); } };
const handles = [null, undefined, {}, { close() {} }, 7, 'x', true, Symbol('x'), [], () => 0];

// What each kind must refuse; null and undefined are allowed where an input may be left out.
const bad: Record<string, unknown[]> = {
    CLIENT: handles, WORKER: handles, BATCH: handles, EVENT_PAGE: handles, RATE_PAGE: handles,
    UUID: [null, undefined, 7, '', 'x', {}, [], Buffer.alloc(16), 'g'.repeat(36), '00000000-0000-0000-0000-0000000000', Symbol('x'), 'é'.repeat(36)],
    TEXT: [null, undefined, 7, 7n, true, {}, [], Symbol('x'), Buffer.from('x'), 'a\0b', '\ud800', 'x\udc00'],
    JSON: [null, undefined, 7, 7n, true, Symbol('x'), () => 0, circular, throwing, { a: 1n }, 'a\0b'],
    SECRET: [null, undefined, 7, true, {}, [], Symbol('x')],
    BYTES: [null, undefined, 7, 'text', true, {}, [1, 2], Symbol('x')],
    BYTES32: [null, undefined, 7, 'x'.repeat(32), Buffer.alloc(31), Buffer.alloc(33), {}, []],
    MONEY: [null, undefined, 0.1, 1, NaN, Infinity, true, {}, [], '', 'x', '1e3', '0.00001', '1,5', '+1', ' 1', 10n ** 19n, Symbol('x')],
    TIME: [null, undefined, 'now', 0, 1.5, NaN, new Date(NaN), {}, [], 2n ** 64n, true, '2026-01-01'],
    INT: [null, undefined, '1', 1.5, NaN, Infinity, 2 ** 31, -(2 ** 31) - 1, true, {}, [], Symbol('x')],
    LONG: [null, undefined, '1', 1.5, NaN, Infinity, true, {}, []],
    SIZE: [null, undefined, '1', 1.5, NaN, -1, Infinity, true, {}, []],
    FLAG: [0, 1, 'true', '', {}, [], Symbol('x')],
    INT64: [null, undefined, '1', 1.5, NaN, Infinity, 2 ** 53, 2n ** 63n, -(2n ** 63n) - 1n, true, {}, []],
    UINT64: [null, undefined, '1', -1n, -1, 1.5, NaN, 2n ** 64n, true, {}, []],
    ENUM: [null, undefined, '', 'NOPE', 'toString', '__proto__', 1.5, {}, [], true, 'ok'],
    INTS: [7, 'x', {}, [1.5], ['1'], [2 ** 31], [null], true],
    STRUCTS: [null, undefined, 7, 'x', {}, [7], [null], [{ nope: 1 }], ['x']],
    STRUCT: [7, 'x', [], true, { nope: 1 }],
    OPTIONS: [7, 'x', true, [1], { nope: 1 }, Symbol('x')],
    CHARACTER: ['', ',,', 7, true, {}, '€'],
    LOG: [7, 'x', {}, true], PROGRESS: [7, 'x', {}, true], REJECT: [7, 'x', {}, true],
};

describe('every call', () => {
    let good: Record<string, unknown>;
    let close: () => Promise<void>;

    before(async () => {
        const client = await open();
        const box = (client as unknown as { box: unknown }).box;
        const { id } = await client.vendors.create('Bad input', 'SHARED');
        const inside = (client as unknown as { calls: { run(prepare: () => unknown): Promise<{ handle: unknown }> } }).calls;
        const rates = await inside.run(() => native.callRateList!(box, 'UTILITY', null, 1));
        const events = await inside.run(() => native.callEventRead!(box, id, 'reader', 1, 0));
        const waba = await client.wabas.create(id, { wabaId: '1', phoneNumberId: '1', token: 'x' });
        await client.contacts.upsert(id, '+919800000001');
        const campaign = await client.campaigns.create(id, { name: 'x', wabaAccountId: waba.id, templateName: 'x', templateLanguage: 'en', price: '0' });
        await client.campaigns.enqueue(id, campaign.id);
        const batch = await inside.run(() => native.callBatchClaim!(box, id, campaign.id, 60000));
        const worker = await inside.run(() => native.callWorkerNew!(box, {}));
        good = {
            CLIENT: box, WORKER: worker, BATCH: batch.handle, EVENT_PAGE: events.handle, RATE_PAGE: rates.handle, UUID: id, TEXT: 'x', JSON: {},
            SECRET: 'x', BYTES: Buffer.from('x'), BYTES32: Buffer.alloc(32), MONEY: '1', TIME: new Date(), INT: 1, LONG: 1, SIZE: 1, FLAG: true,
            INT64: 1n, UINT64: 1n, INTS: [1], STRUCTS: [], STRUCT: { seq: 0n, hash: Buffer.alloc(32), balance: '0' }, OPTIONS: {}, CHARACTER: ',',
            LOG: () => 0, PROGRESS: () => 0, REJECT: () => 0,
        };
        close = async () => {
            (worker as unknown as { close(): void }).close();
            await client.close();
        };
    });
    after(() => close());

    const value = (given: Given): unknown => (given.kind === 'ENUM' ? Object.keys(surface.enums[enumName(given.info)]!)[0] : good[given.kind]);
    const refused = (what: string, make: () => unknown): void => {
        let made: unknown;
        try {
            made = make();
        } catch (error) {
            assert.ok(error instanceof Error && error.message.length > 0, what);
            assert.ok(error instanceof TypeError || error instanceof RangeError || typeof (error as { status?: unknown }).status === 'number' ||
                error.message === 'not today' || /number of arguments/.test(error.message), `${what}: ${String(error)}`);
            return;
        }
        assert.fail(`${what} was taken: ${String(made)}`);
    };

    it('refuses what it must not take', () => {
        let checked = 0;
        for (const [name, { inputs }] of Object.entries(surface.calls)) {
            const call = native[camel(`call_${name}`)];
            assert.ok(call, name);
            const right = inputs.map(value);
            call(...right);
            for (const [place, given] of inputs.entries()) {
                assert.ok(bad[given.kind], `a rule for ${given.kind}`);
                const others = Object.entries(good).filter(([kind]) => /CLIENT|WORKER|BATCH|PAGE/.test(kind) && kind !== given.kind).map(([, box]) => box);
                for (const wrong of [...bad[given.kind]!, ...others]) {
                    if ((given.optional || given.kind === 'OPTIONS') && wrong == null)
                        continue;
                    if ((given.kind === 'OPTIONS' || given.kind === 'JSON') && others.includes(wrong))
                        continue; // an object without members of its own
                    const wrongly = [...right];
                    wrongly[place] = wrong;
                    refused(`${name}(${given.name}: ${given.kind} = ${typeof wrong} ${String(typeof wrong === 'object' ? '' : String(wrong))})`, () => call(...wrongly));
                    checked++;
                }
            }
            if (inputs.some((given) => !given.optional && given.kind !== 'OPTIONS'))
                refused(`${name}()`, () => call());
        }
        assert.ok(checked > 3000, `${checked} calls`);
    });

    it('refuses options that are not right', () => {
        let checked = 0;
        for (const [name, { inputs }] of Object.entries(surface.calls)) {
            const place = inputs.findIndex((given) => given.kind === 'OPTIONS');
            if (place < 0)
                continue;
            for (const field of surface.structs[inputs[place]!.info]!)
                for (const wrong of bad[field.kind] ?? assert.fail(`a rule for ${field.kind}`)) {
                    if (wrong == null)
                        continue;
                    if (field.name === 'master_key' && wrong instanceof Uint8Array)
                        continue; // its length is judged when the client is opened
                    const given = inputs.map(value);
                    given[place] = { [field.camel!]: wrong };
                    refused(`${name}({ ${field.camel}: ${String(typeof wrong === 'object' ? JSON.stringify(Object.keys(wrong as object)) : String(wrong))} })`,
                        () => native[camel(`call_${name}`)]!(...given));
                    checked++;
                }
        }
        assert.ok(checked > 300, `${checked} options`);
    });

    it('cannot be made twice, and only when it was made by the module', () => {
        const run = native.run!;
        const call = native.callUuidGenerate!();
        run(call);
        assert.throws(() => run(call), Error);
        for (const wrong of [null, undefined, {}, 7, 'x'])
            assert.throws(() => run(wrong), TypeError);
        assert.throws(() => run(native.callPing!(good.CLIENT)), Error, 'a call that may wait is not made on the event loop');
    });
});
