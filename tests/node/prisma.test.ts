/* The Prisma schema: a real client reads and joins the eight models, as one vendor and no other. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';

import { PrismaPg } from '@prisma/adapter-pg';
import { Prisma, PrismaClient } from '@prisma/client';
import type { Client } from 'kloyst';
import { forVendor } from 'kloyst/prisma';
import pg from 'pg';

import { newVendor, newWaba, open, socket } from './harness.js';

const schema = readFileSync(require.resolve('kloyst/prisma/schema.prisma'), 'utf8');
const models = ['Vendor', 'User', 'WabaAccount', 'Contact', 'Wallet', 'Transaction', 'Campaign', 'MessageLog'];

describe('Prisma', () => {
    let client: Client, admin: pg.Client, prisma: PrismaClient, mine: PrismaClient, vendorId: string, otherId: string, campaignId: string;

    before(async () => {
        client = await open();
        admin = new pg.Client({ host: socket, user: 'kloyst_admin', database: 'kloyst' });
        await admin.connect();
        await admin.query("CREATE ROLE report LOGIN IN ROLE kloyst_app");
        prisma = new PrismaClient({ adapter: new PrismaPg({ host: socket, user: 'report', database: 'kloyst' }) });
        vendorId = (await newVendor(client, '10')).id;
        otherId = (await newVendor(client, '7')).id;
        mine = forVendor(prisma, vendorId);
        for (const id of [vendorId, otherId]) {
            await client.users.create(id, `prisma-${id}@example.org`, 'a long password', 'ADMIN');
            const waba = await newWaba(client, id);
            await client.contacts.upsert(id, '+919800000001', { attributes: { name: 'Asha', age: 7 } });
            const campaign = await client.campaigns.create(id, {
                name: 'Offer', wabaAccountId: waba.id, templateName: 'offer', templateLanguage: 'en', price: '0.8631',
            });
            await client.campaigns.enqueue(id, campaign.id);
            const batch = await client.batches.claim(id, campaign.id);
            await batch.start(1);
            await batch.complete([{ index: 0, outcome: 'ACCEPTED', waMessageId: `wamid.${id}` }]);
            batch.close();
            campaignId = id === vendorId ? campaign.id : campaignId;
        }
    });
    after(async () => {
        await prisma.$disconnect();
        await admin.query('DROP ROLE report');
        await admin.end();
        await client.close();
    });

    it('has the user\'s eight models, with their fields and enums', () => {
        assert.deepEqual(Prisma.dmmf.datamodel.models.map((model) => model.name).sort(), [...models].sort());
        const fields = Object.fromEntries(Prisma.dmmf.datamodel.models.map((model) => [model.name, model.fields.map((field) => field.name)]));
        const users: Record<string, string[]> = {
            Vendor: ['id', 'name', 'planType', 'settings'], User: ['id', 'vendorId', 'email', 'passwordHash', 'role'],
            WabaAccount: ['id', 'vendorId', 'wabaId', 'systemUserToken', 'phoneNumberId'], Contact: ['id', 'vendorId', 'mobile', 'attributes'],
            Wallet: ['id', 'vendorId', 'balance', 'updatedAt'], Transaction: ['id', 'walletId', 'type', 'amount', 'reference'],
            Campaign: ['id', 'vendorId', 'name', 'status'],
            MessageLog: ['id', 'vendorId', 'campaignId', 'waMessageId', 'status', 'direction'],
        };
        for (const [model, names] of Object.entries(users))
            for (const name of names)
                assert.ok(fields[model]?.includes(name), `${model}.${name}`);
    });

    it('reads and joins all of them', async () => {
        const vendor = await mine.vendor.findUniqueOrThrow({
            where: { id: vendorId },
            include: {
                users: true, wabaAccounts: { include: { campaigns: true } }, contacts: { include: { messageLogs: true } },
                wallet: { include: { transactions: { orderBy: { seq: 'asc' }, include: { campaign: true } } } },
                campaigns: { include: { messageLogs: { include: { contact: true } }, transactions: true, wabaAccount: true } }, messageLogs: true,
            },
        });
        assert.equal(vendor.planType, 'SHARED');
        assert.equal(vendor.users[0]?.role, 'ADMIN');
        assert.match(vendor.users[0]!.passwordHash, /^\$argon2id\$/);
        assert.ok(!Buffer.from(vendor.wabaAccounts[0]!.systemUserToken).includes('EAAG-test-token'), 'the token is sealed');
        assert.equal(vendor.wabaAccounts[0]?.campaigns[0]?.id, campaignId);
        assert.deepEqual(vendor.contacts[0]?.attributes, { name: 'Asha', age: 7 });
        assert.equal(vendor.wallet?.balance.toFixed(4), (await client.wallet.get(vendorId)).balance);
        assert.deepEqual(vendor.wallet?.transactions.map((row) => [row.seq, row.type, row.amount.toFixed(4), row.campaign?.name ?? null]),
            [[1n, 'CREDIT_RECHARGE', '10.0000', null], [2n, 'DEBIT_MESSAGE', '0.8631', 'Offer']]);
        const [campaign] = vendor.campaigns;
        assert.equal(campaign?.status, 'COMPLETED');
        assert.equal(campaign.transactions[0]?.reference, campaignId);
        assert.deepEqual(campaign.messageLogs.map((log) => [log.status, log.direction, log.waMessageId, log.contact?.mobile]),
            [['SENT', 'OUTBOUND', `wamid.${vendorId}`, '919800000001']]);
        assert.equal(vendor.messageLogs[0]?.id, vendor.contacts[0]?.messageLogs[0]?.id);
        assert.equal((await mine.user.findUniqueOrThrow({ where: { email: `prisma-${vendorId}@example.org` }, include: { vendor: true } })).vendor.id, vendorId);
    });

    it('agrees with the library on who sees what', async () => {
        for (const model of models) {
            const name = (model[0]!.toLowerCase() + model.slice(1)) as 'user';
            const rows = await mine[name].findMany();
            assert.ok(rows.length > 0, model);
            assert.ok(rows.every((row: { id: string; vendorId?: string }) => (row.vendorId ?? row.id) === vendorId), model);
            // Without a vendor there is nothing, and another one's ids are of nobody.
            assert.deepEqual(await prisma[name].findMany(), [], model);
        }
        assert.equal(await mine.vendor.findUnique({ where: { id: otherId } }), null);
        assert.equal(await forVendor(prisma, otherId).campaign.findUnique({ where: { id: campaignId } }), null);
    });

    it('cannot change the ledger', async () => {
        await assert.rejects(mine.transaction.deleteMany());
        await assert.rejects(mine.transaction.updateMany({ data: { reference: 'x' } }));
    });

    it('names columns that there are, of their types', async () => {
        const { rows } = await admin.query<{ table_name: string; column_name: string; is_nullable: string; udt_name: string }>(
            `SELECT table_name, column_name, is_nullable, udt_name FROM information_schema.columns WHERE table_schema = 'kloyst'`);
        const columns = new Map(rows.map((row) => [`${row.table_name}.${row.column_name}`, row]));
        const types: Record<string, string[]> = {
            String: ['uuid', 'text'], Int: ['int4'], BigInt: ['int8'], Decimal: ['numeric'], DateTime: ['timestamptz'], Json: ['jsonb'], Bytes: ['bytea'],
        };
        const enums = new Set([...schema.matchAll(/^enum (\w+)/gm)].map((match) => match[1]));
        let checked = 0;
        for (const [, model, body] of schema.matchAll(/^model (\w+) \{(.*?)^\}/gms)) {
            const table = /@@map\("(\w+)"\)/.exec(body!)?.[1];
            for (const [, field, type, optional, rest] of body!.matchAll(/^ {2}(\w+) +(\w+)(\?)?(?=\s)(.*)$/gm)) {
                if (models.includes(type!))
                    continue; // a relation
                const column = columns.get(`${table}.${/@map\("(\w+)"\)/.exec(rest!)?.[1] ?? field}`);
                assert.ok(column, `${model}.${field}`);
                assert.equal(optional === '?', column.is_nullable === 'YES', `${model}.${field} may be null`);
                if (!enums.has(type!))
                    assert.ok(types[type!]?.includes(column.udt_name), `${model}.${field} is ${column.udt_name}`);
                checked++;
            }
        }
        const labels = await admin.query<{ name: string; labels: string[] }>(
            `SELECT typname AS name, array_agg(enumlabel::text ORDER BY enumsortorder) AS labels FROM pg_type JOIN pg_enum ON enumtypid = pg_type.oid GROUP BY 1`);
        for (const type of Prisma.dmmf.datamodel.enums)
            assert.deepEqual(type.values.map((value) => value.name), labels.rows.find((row) => row.name === type.dbName)?.labels, type.name);
        assert.match(schema, /schemas\s*=\s*\["kloyst"\]/);
    });
});
