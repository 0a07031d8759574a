/* A client: a handle on one database, with everything that can be done with it. */
import { Batches } from './batches.js';
import { Breakers } from './breakers.js';
import { Calls, type CallOptions } from './calls.js';
import { Campaigns } from './campaigns.js';
import { Contacts } from './contacts.js';
import { Events } from './events.js';
import type { ClientBox, Finding, OpenOptions, WorkerOptions } from './generated.js';
import { Holds } from './holds.js';
import { Ledger } from './ledger.js';
import { Messages } from './messages.js';
import { MetricsCalls } from './metrics.js';
import { bound } from './namespace.js';
import { native } from './native.js';
import { Rates } from './rates.js';
import { Recharge } from './recharge.js';
import { Templates } from './templates.js';
import { Users } from './users.js';
import { Vendors } from './vendors.js';
import { Wabas } from './wabas.js';
import { WalletCalls } from './wallet.js';
import { Webhooks } from './webhooks.js';
import { Worker } from './worker.js';

export interface ConnectOptions extends OpenOptions, CallOptions {
    /** Calls that are made at the same time, 1 … 1000; 64 when it is left out. More than poolSize is right: calls of one wallet combine. */
    threads?: number;
}

/** The calls of a client with one vendor's id filled in: `client.vendor(id).wallet.debit('5.00', …)`. */
export type VendorView = ReturnType<typeof viewOf>;

function viewOf(client: Client, id: string) {
    return Object.freeze({
        id,
        self: bound(client.vendors, id, Vendors.ofVendor),
        users: bound(client.users, id, Users.ofVendor),
        wabas: bound(client.wabas, id, Wabas.ofVendor),
        contacts: bound(client.contacts, id, Contacts.ofVendor),
        campaigns: bound(client.campaigns, id, Campaigns.ofVendor),
        batches: bound(client.batches, id, Batches.ofVendor),
        messages: bound(client.messages, id, Messages.ofVendor),
        wallet: bound(client.wallet, id, WalletCalls.ofVendor),
        holds: bound(client.holds, id, Holds.ofVendor),
        ledger: bound(client.ledger, id, Ledger.ofVendor),
        recharge: bound(client.recharge, id, Recharge.ofVendor),
        events: bound(client.events, id, Events.ofVendor),
        templates: bound(client.templates, id, Templates.ofVendor),
        rates: bound(client.rates, id, Rates.ofVendor),
        breakers: bound(client.breakers, id, Breakers.ofVendor),
    });
}

export class Client {
    readonly vendors: Vendors;
    readonly users: Users;
    readonly wabas: Wabas;
    readonly contacts: Contacts;
    readonly campaigns: Campaigns;
    readonly batches: Batches;
    readonly messages: Messages;
    readonly wallet: WalletCalls;
    readonly holds: Holds;
    readonly ledger: Ledger;
    readonly recharge: Recharge;
    readonly webhooks: Webhooks;
    readonly events: Events;
    readonly templates: Templates;
    readonly rates: Rates;
    readonly breakers: Breakers;
    readonly metrics: MetricsCalls;
    private readonly workers = new Set<Worker>();
    private closed: Promise<void> | undefined;

    /** @internal */
    constructor(private readonly calls: Calls, private readonly box: ClientBox) {
        const connection = { calls, box };
        this.vendors = new Vendors(connection);
        this.users = new Users(connection);
        this.wabas = new Wabas(connection);
        this.contacts = new Contacts(connection);
        this.campaigns = new Campaigns(connection);
        this.batches = new Batches(connection);
        this.messages = new Messages(connection);
        this.wallet = new WalletCalls(connection);
        this.holds = new Holds(connection);
        this.ledger = new Ledger(connection);
        this.recharge = new Recharge(connection);
        this.webhooks = new Webhooks(connection);
        this.events = new Events(connection);
        this.templates = new Templates(connection);
        this.rates = new Rates(connection);
        this.breakers = new Breakers(connection);
        this.metrics = new MetricsCalls(connection);
    }

    /** The calls about one vendor, with its id filled in. */
    vendor(id: string): VendorView {
        return viewOf(this, id);
    }

    /** One round trip to the server. */
    ping(options?: CallOptions): Promise<void> {
        return this.calls.run<void>(() => native.callPing(this.box), options);
    }

    /** Makes a worker that sends over HTTP, or hands out what another HTTP stack should send. Close it. */
    async worker(options: WorkerOptions = {}): Promise<Worker> {
        const box = await this.calls.run(() => native.callWorkerNew(this.box, options), {}, (late) => late.close());
        const worker = new Worker(box, (closed) => this.workers.delete(closed));
        this.workers.add(worker);
        return worker;
    }

    /** Looks at the installation: versions, privileges, settings, clocks, keys. Changes nothing. */
    doctor(options?: CallOptions): Promise<Finding[]> {
        return this.calls.run(() => native.callDoctorRun(this.box), options);
    }

    /**
     * What time brings: scheduled campaigns start, breakers close, lost answers are settled; up to `webhooks` bodies are folded.
     * Answers how many things there were: again at once while it is not 0, else in a second. A worker does it by itself.
     */
    housekeep(options: CallOptions & { webhooks?: number } = {}): Promise<bigint> {
        return this.calls.run(() => native.callHousekeep(this.box, options.webhooks ?? 0), options);
    }

    /**
     * Settles what is in flight: refuses new calls, stops its workers, waits for the calls that were made, then ends the
     * connections and stops an embedded server with its last user. Again does nothing.
     */
    close(): Promise<void> {
        this.closed ??= this.end();
        return this.closed;
    }

    private async end(): Promise<void> {
        this.calls.refuse();
        await Promise.all([...this.workers].map((worker) => worker.close()));
        await this.calls.close();
        const closing = new Calls(1);
        await closing.run<void>(() => native.callClose(this.box));
        await closing.close();
    }
}

/**
 * Opens a client. `url`: a PostgreSQL URL or conninfo string whose role is a member of kloyst_app and kloyst_platform; or
 * "embedded:DIR", a private PostgreSQL in DIR; or nothing for $KLOYST_URL.
 */
export async function connect(url?: string | null, options: ConnectOptions = {}): Promise<Client> {
    const { signal, timeoutMs, threads = 64, ...open } = options;
    const calls = new Calls(threads);
    try {
        // A thread of worker_threads has an environment of its own, which C does not see.
        const place = url ?? process.env.KLOYST_URL;
        return new Client(calls, await calls.run(() => native.callOpen(place, open), { signal, timeoutMs }, (late) => late.close()));
    } catch (error) {
        // The threads live until what they do has ended; nobody waits for that.
        void calls.close();
        throw error;
    }
}

/** Brings the schema of a database up to date, as a role that may create schemas and roles. */
export async function migrate(url: string, options?: CallOptions): Promise<void> {
    const calls = new Calls(1);
    try {
        await calls.run<void>(() => native.callMigrate(url), options);
    } finally {
        void calls.close();
    }
}
