/* Debits a wallet until it is killed, and says each key that was done. */
import { connect } from 'kloyst';

async function main(): Promise<void> {
    const client = await connect();
    const vendorId = process.argv[2]!;
    for (let n = 0; ; n += 64)
        await Promise.all(Array.from({ length: 64 }, async (_, k) => {
            const idempotencyKey = `debit-${n + k}`;
            await client.wallet.debit(vendorId, '0.01', { reference: 'debit', idempotencyKey });
            process.stdout.write(`${idempotencyKey}\n`);
        }));
}

void main();
