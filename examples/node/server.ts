/* A backend with Fastify: Meta's webhook, recharging by Razorpay, and what a dashboard asks for.
 *
 *     KLOYST_URL=… KLOYST_MASTER_KEY=… KLOYST_APP_SECRET=… KLOYST_RAZORPAY_SECRET=… VERIFY_TOKEN=… API_KEY=… node server.js
 *
 * Prints `listening PORT` when it does. SIGTERM ends it after the requests that are under way.
 */
import { timingSafeEqual } from 'node:crypto';
import type { AddressInfo } from 'node:net';

import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { connect, InsufficientError, KloystError, NotFoundError, SignatureError, type Client } from 'kloyst';

interface Settings {
    port: number;
    verifyToken: string;
    apiKey: string;
}

function settings(): Settings {
    const { PORT = '0', VERIFY_TOKEN: verifyToken, API_KEY: apiKey } = process.env;
    if (!verifyToken || !apiKey)
        throw new Error('VERIFY_TOKEN and API_KEY must be set');
    return { port: Number(PORT), verifyToken, apiKey };
}

const httpStatus = (error: KloystError): number => {
    if (error instanceof NotFoundError)
        return 404;
    if (error instanceof InsufficientError)
        return 402;
    if (error.status < 20)
        return 400;
    return error.status < 60 ? 409 : 503;
};

function header(value: string | string[] | undefined): string | undefined {
    return Array.isArray(value) ? undefined : value;
}

/** What Meta and Razorpay call. Their bodies are signed: they are taken as bytes. */
async function hooks(app: FastifyInstance, client: Client, { verifyToken }: Settings): Promise<void> {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: 3 << 20 }, (_request, body, done) => done(null, body));

    const taken = async (reply: FastifyReply, take: Promise<void>): Promise<FastifyReply> => {
        try {
            await take;
            return await reply.code(200).send();
        } catch (error) {
            // Anything but 401 is answered with 500 by the error handler, and posted again.
            if (error instanceof SignatureError)
                return reply.code(401).send();
            throw error;
        }
    };

    app.get('/webhook', (request, reply) => {
        const challenge = client.webhooks.challenge(request.query as Record<string, unknown>, verifyToken);
        return challenge === null ? reply.code(403).send() : reply.type('text/plain').send(challenge);
    });

    app.post('/webhook', (request, reply) =>
        taken(reply, client.webhooks.take(header(request.headers['x-hub-signature-256']), (request.body as Buffer | undefined) ?? Buffer.alloc(0))));

    app.post('/razorpay', (request, reply) =>
        taken(reply, client.recharge.take(header(request.headers['x-razorpay-signature']), header(request.headers['x-razorpay-event-id']) ?? '',
            (request.body as Buffer | undefined) ?? Buffer.alloc(0))));
}

/** What the dashboard asks for, with the platform's key. */
async function api(app: FastifyInstance, client: Client, { apiKey }: Settings): Promise<void> {
    app.addHook('onRequest', async (request, reply) => {
        const given = Buffer.from(request.headers.authorization ?? '');
        const wanted = Buffer.from(`Bearer ${apiKey}`);
        if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
            return reply.code(401).send({ error: 'unauthorized' });
    });

    app.get<{ Params: { id: string } }>('/vendors/:id/wallet', async ({ params }) => {
        const { balance, held, available } = await client.wallet.get(params.id);
        return { balance, held, available };
    });

    // Before the checkout: what the vendor is going to pay for Razorpay's order.
    app.post<{ Params: { id: string }; Body: { orderId: string; amount: string } }>('/vendors/:id/orders', {
        schema: {
            body: {
                type: 'object', required: ['orderId', 'amount'], additionalProperties: false,
                properties: { orderId: { type: 'string' }, amount: { type: 'string' } },
            },
        },
    }, async ({ params, body }, reply) => {
        const order = await client.recharge.createOrder(params.id, body.orderId, body.amount);
        return reply.code(201).send({ orderId: order.id, amount: order.amount, currency: order.currency });
    });

    app.get<{ Params: { id: string } }>('/vendors/:id/messages', async ({ params }) =>
        (await client.messages.list(params.id).toArray(100)).map(({ id, status, direction, text }) => ({ id, status, direction, text })));
}

/** Applies what was taken, until it is told to stop. */
async function fold(client: Client, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
        const [webhooks, payments] = await Promise.all([client.webhooks.fold({ limit: 200 }), client.recharge.fold({ limit: 200 })]);
        if (webhooks.bodies === 0n && payments.events === 0n)
            await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

async function main(): Promise<void> {
    const given = settings();
    const client = await connect();
    // Nothing is turned into what it is not: an amount that came as a number is refused.
    const app = Fastify({ ajv: { customOptions: { coerceTypes: false, removeAdditional: false } } });
    app.setErrorHandler((error, _request, reply) => {
        if (error instanceof KloystError)
            return reply.code(httpStatus(error)).send({ error: error.code, message: error.message });
        const code = (error as { statusCode?: number }).statusCode ?? (error instanceof TypeError ? 400 : 500);
        return reply.code(code).send({ error: 'error', message: code < 500 ? (error as Error).message : 'internal error' });
    });
    await app.register((scope) => hooks(scope, client, given));
    await app.register((scope) => api(scope, client, given));
    await app.listen({ port: given.port, host: '127.0.0.1' });

    const stop = new AbortController();
    const folding = fold(client, stop.signal);
    const ended = new Promise((resolve) => process.once('SIGTERM', resolve).once('SIGINT', resolve));
    console.log(`listening ${(app.server.address() as AddressInfo).port}`);
    await Promise.race([ended, folding]);
    stop.abort();
    await app.close();
    await folding;
    await client.close();
}

main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
});
