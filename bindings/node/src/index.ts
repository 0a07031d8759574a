/* kloyst: multi-tenant WhatsApp messaging on PostgreSQL. */
/// <reference types="node" preserve="true" />
export { Batch, type Batches, type ClaimOptions } from './batches.js';
export type { Breakers } from './breakers.js';
export type { CallOptions } from './calls.js';
export type { Campaigns, EnqueueOptions, NewCampaign } from './campaigns.js';
export { Client, connect, migrate, type ConnectOptions, type VendorView } from './client.js';
export type { Contacts, CountryOptions } from './contacts.js';
export { AbortError, DeadlineError } from './errors.js';
export { EventPage, type Events, type ReadOptions } from './events.js';
export * from './generated.js';
export type { Holds } from './holds.js';
export type { Ledger, Proof, VerifyOptions } from './ledger.js';
export { List, type ListOptions } from './list.js';
export type { Messages, NewMessage } from './messages.js';
export type { MetricsCalls } from './metrics.js';
export type { NewRate, Rates } from './rates.js';
export type { Recharge } from './recharge.js';
export type { Templates } from './templates.js';
export {
    errorClassName, errorPolicies, errorPolicy, formatMoney, keptReasonText, moneyUnits, normalizePhone, parseUuid, phoneReasonText, statuses, uuid, version,
} from './tools.js';
export type { Users } from './users.js';
export type { Vendors } from './vendors.js';
export type { NewWaba, Wabas } from './wabas.js';
export type { Posting, WalletCalls } from './wallet.js';
export type { HandshakeQuery, Webhooks } from './webhooks.js';
export { Worker, type RequestOutcome } from './worker.js';
