/* A thread that uses a client of its own and ends in one of several ways. */
import { parentPort, workerData } from 'node:worker_threads';

import { open } from './harness.js';

async function main(): Promise<void> {
    const { id, mode } = workerData as { id: string; mode: string };
    const client = await open();
    const debits = Array.from({ length: 20 }, () => client.wallet.debit(id, '0.1', { reference: mode }));
    if (mode === 'work') {
        await Promise.all(debits);
        await client.close();
    } else if (mode === 'leave') {
        process.exit(0);
    } else {
        parentPort!.postMessage('terminate me');
    }
}

void main();
