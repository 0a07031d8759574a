/* Drops everything in any order while calls run and the garbage is collected. Prints its seed. Run with --expose-gc. */
import { connect, type Batch, type Client, type EventPage, type Worker } from 'kloyst';

let seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
process.stdout.write(`seed ${seed}\n`);
function random(below: number): number {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return (seed >>> 8) % below;
}

const gc = (globalThis as { gc?: () => void }).gc!;

async function main(): Promise<void> {
    const rounds = Number(process.env.ROUNDS ?? 12);
    for (let round = 0; round < rounds; round++) {
        let kept: (Client | Batch | EventPage | Worker | Promise<unknown> | object)[] = [];
        const client = await connect();
        const vendor = await client.vendors.create('Garbage', 'SHARED');
        await client.wallet.credit(vendor.id, '10', { reference: 'x' });
        const waba = await client.wabas.create(vendor.id, { wabaId: '1', phoneNumberId: '1', token: 'x' });
        await client.contacts.upsert(vendor.id, '+919800000001');
        const campaign = await client.campaigns.create(vendor.id, { name: 'x', wabaAccountId: waba.id, templateName: 'x', templateLanguage: 'en', price: '0' });
        await client.campaigns.enqueue(vendor.id, campaign.id);
        kept.push(client, await client.batches.claim(vendor.id, campaign.id), await client.events.read(vendor.id, 'r', { waitMs: 0 }),
            await client.worker({ baseUrl: 'http://127.0.0.1:9' }), client.rates.list(vendor.id, 'UTILITY'));
        for (let n = 0; n < 50; n++)
            kept.push(client.wallet.debit(vendor.id, '0.01', { reference: 'x' }).catch(() => undefined));
        const settled = Promise.all(kept.filter((each) => each instanceof Promise));
        const how = random(3);
        if (how === 0)
            kept.push(client.close());
        while (kept.length > 0) {
            kept.splice(random(kept.length), 1 + random(5));
            if (random(3) === 0)
                gc();
            if (random(4) === 0)
                await new Promise((resolve) => setImmediate(resolve));
        }
        kept = [];
        await settled;
        if (how === 1)
            await client.close();
        gc();
    }
    gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
    gc();
    process.stdout.write('done\n');
}

main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
});
