/* What the tests of the Node package share: a client on the server that run.mjs started, vendors, the Graph stand-in. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { connect, type Client, type ConnectOptions, type Vendor, type Waba } from 'kloyst';

export const APP_SECRET = 'kloyst-test-app-secret';
export const RAZORPAY_SECRET = 'kloyst-test-razorpay-secret';
const MASTER_KEY = Uint8Array.from({ length: 32 }, (_, index) => index);

function needed(name: string): string {
    const value = process.env[name];
    if (!value)
        throw new Error(`${name} is not set: run tests/node/suite`);
    return value;
}

export const directory = needed('KLOYST_TEST_DIR');
export const url = `embedded:${directory}`;
/** Where PostgreSQL listens, for programs that speak to it themselves. */
export const socket = join(directory, 'socket');

export function open(options: ConnectOptions = {}): Promise<Client> {
    return connect(url, { masterKey: MASTER_KEY, appSecret: APP_SECRET, razorpaySecret: RAZORPAY_SECRET, ...options });
}

/** What another process needs in its environment for connect(). */
export const environment = {
    KLOYST_URL: url,
    KLOYST_MASTER_KEY: Buffer.from(MASTER_KEY).toString('hex'),
    KLOYST_APP_SECRET: APP_SECRET,
    KLOYST_RAZORPAY_SECRET: RAZORPAY_SECRET,
};

export async function newVendor(client: Client, balance?: string): Promise<Vendor> {
    const vendor = await client.vendors.create('Test Traders', 'SHARED');
    if (balance)
        await client.wallet.credit(vendor.id, balance, { reference: 'opening balance' });
    return vendor;
}

/** Digits that no other test uses. */
export function digits(count: number): string {
    return '1' + BigInt(`0x${randomBytes(16).toString('hex')}`).toString().padStart(count, '0').slice(0, count - 1);
}

export function newWaba(client: Client, vendorId: string, phoneNumberId = digits(15)): Promise<Waba> {
    return client.wabas.create(vendorId, { wabaId: '102290129340398', phoneNumberId, token: 'EAAG-test-token' });
}

export async function body(request: IncomingMessage): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of request)
        chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
}

export function signed(secret: string, bytes: string | Buffer): string {
    return createHmac('sha256', secret).update(bytes).digest('hex');
}

export interface Standin {
    readonly baseUrl: string;
    stat(name: string): Promise<number>;
    flush(): Promise<void>;
    stop(): Promise<void>;
}

/** Starts Meta's stand-in; it is stopped by the test. */
export async function startStandin(...options: string[]): Promise<Standin> {
    const child = spawn(needed('GRAPH_STANDIN'), options, { stdio: ['ignore', 'pipe', 'inherit'] });
    const line = await firstLine(child);
    const found = /^listening (127\.0\.0\.1:\d+)$/.exec(line);
    if (!found)
        throw new Error(`the stand-in says: ${line}`);
    const baseUrl = `http://${found[1]}`;
    return {
        baseUrl,
        async stat(name) {
            const stats = (await (await fetch(`${baseUrl}/_standin/stats`)).json()) as Record<string, number>;
            return stats[name] ?? NaN;
        },
        async flush() {
            await fetch(`${baseUrl}/_standin/flush`, { method: 'POST' });
        },
        async stop() {
            child.kill('SIGTERM');
            if (child.exitCode === null)
                await once(child, 'exit');
        },
    };
}

export async function firstLine(child: ChildProcess): Promise<string> {
    const lines = createInterface({ input: child.stdout! });
    const [line] = (await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => [''])])) as [string];
    return line;
}

export interface Receiver {
    readonly url: string;
    readonly failures: unknown[];
    stop(): Promise<void>;
}

/** Takes Meta's webhooks into the inbox, as a program's endpoint does. */
export async function startReceiver(client: Client): Promise<Receiver> {
    const failures: unknown[] = [];
    const server = createServer(async (request, response) => {
        try {
            await client.webhooks.take(request.headers['x-hub-signature-256'] as string | undefined, await body(request));
            response.statusCode = 200;
        } catch (error) {
            failures.push(error);
            response.statusCode = 500;
        }
        response.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook`,
        failures,
        async stop() {
            server.closeAllConnections();
            server.close();
            await once(server, 'close');
        },
    };
}

/** Runs until a condition holds. */
export async function until(holds: () => Promise<boolean>, what: string, ms = 120000): Promise<void> {
    const deadline = Date.now() + ms;
    while (!(await holds())) {
        if (Date.now() > deadline)
            throw new Error(`not within ${ms} ms: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
}

/** Runs a program of Node's; answers how it ended. */
export async function runNode(given: string[], options: { env?: Record<string, string>; timeoutMs?: number } = {}):
    Promise<{ code: number | null; signal: string | null; output: string }> {
    const child = spawn(process.execPath, given, {
        stdio: ['ignore', 'pipe', 'pipe'], timeout: options.timeoutMs ?? 180000, killSignal: 'SIGKILL', cwd: join(__dirname, '..'),
        env: { ...process.env, NODE_OPTIONS: '', ...environment, ...options.env },
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => { output += chunk.toString(); });
    child.stderr.on('data', (chunk: Buffer) => { output += chunk.toString(); });
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    return { code, signal, output };
}
