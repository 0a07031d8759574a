/* Campaigns: one template message to many contacts of a vendor. */
import type { CallOptions } from './calls.js';
import type {
    AudienceCount, Campaign, CampaignAccount, CampaignFailure, CampaignOptions, CampaignProgress, CampaignStats, ErrorClass, JsonInput, Preflight, Recipient,
    RecipientState, TimeInput, Transaction,
} from './generated.js';
import { listBy, type List, type ListOptions } from './list.js';
import { Namespace } from './namespace.js';

/** What a campaign cannot do without. */
export type NewCampaign = CampaignOptions & { name: string; wabaAccountId: string; templateName: string; templateLanguage: string };

export interface EnqueueOptions extends CallOptions {
    /** Leaves recipients whose parameters do not resolve out and counts them, instead of an InvalidRecipientsError. */
    leaveOutInvalid?: boolean;
}

export class Campaigns extends Namespace {
    /** @internal */
    static readonly ofVendor = ['create', 'get', 'list', 'rename', 'delete', 'preflight', 'enqueue', 'schedule', 'pause', 'resume', 'cancel',
        'retryFailed', 'retryClass', 'countAudience', 'stats', 'failures', 'progress', 'recipients', 'transactions', 'reconcile'] as const;

    /** Creates a DRAFT. */
    create(vendorId: string, campaign: NewCampaign, options?: CallOptions): Promise<Campaign> {
        return this.call(options, (n, c) => n.callCampaignCreate(c, vendorId, campaign));
    }

    get(vendorId: string, campaignId: string, options?: CallOptions): Promise<Campaign> {
        return this.call(options, (n, c) => n.callCampaignGet(c, vendorId, campaignId));
    }

    list(vendorId: string, options: ListOptions & { after?: string } = {}): List<Campaign, string> {
        return listBy(options, (after = options.after, limit) => this.call(options, (n, c) => n.callCampaignList(c, vendorId, after, limit)),
            (campaign) => campaign.id);
    }

    rename(vendorId: string, campaignId: string, name: string, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callCampaignRename(c, vendorId, campaignId, name));
    }

    /** Removes a DRAFT. */
    delete(vendorId: string, campaignId: string, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callCampaignDelete(c, vendorId, campaignId));
    }

    /** Resolves every recipient's parameters without changing anything; at most `listLimit` (100) of those that do not resolve are listed. */
    preflight(vendorId: string, campaignId: string, options: CallOptions & { listLimit?: number } = {}): Promise<Preflight> {
        return this.call(options, (n, c) => n.callCampaignPreflight(c, vendorId, campaignId, options.listLimit ?? 100));
    }

    /** Turns a DRAFT into a QUEUED campaign and holds its money; answers how many recipients there are. */
    enqueue(vendorId: string, campaignId: string, options: EnqueueOptions = {}): Promise<bigint> {
        return this.call(options, (n, c) => n.callCampaignEnqueue(c, vendorId, campaignId, options.leaveOutInvalid ?? false));
    }

    /** The same, to start at `at`. */
    schedule(vendorId: string, campaignId: string, at: TimeInput, options: EnqueueOptions = {}): Promise<bigint> {
        return this.call(options, (n, c) => n.callCampaignSchedule(c, vendorId, campaignId, at, options.leaveOutInvalid ?? false));
    }

    /** When the promise resolves, no further message of it is started anywhere until it is resumed. */
    pause(vendorId: string, campaignId: string, options: CallOptions & { reason?: string | null } = {}): Promise<void> {
        return this.call<void>(options, (n, c) => n.callCampaignPause(c, vendorId, campaignId, options.reason));
    }

    resume(vendorId: string, campaignId: string, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callCampaignResume(c, vendorId, campaignId));
    }

    /** Ends a campaign; money of messages that have not left is given back. Answers how many will not be sent. */
    cancel(vendorId: string, campaignId: string, options?: CallOptions): Promise<bigint> {
        return this.call(options, (n, c) => n.callCampaignCancel(c, vendorId, campaignId));
    }

    /** Sends messages that failed once more: those with one of the codes, else those whose cause passes. Answers how many. */
    retryFailed(vendorId: string, campaignId: string, options: CallOptions & { codes?: readonly number[] | null } = {}): Promise<bigint> {
        return this.call(options, (n, c) => n.callCampaignRetryFailed(c, vendorId, campaignId, options.codes));
    }

    /** The same of those that failed with a code of one class, see errorPolicy(). */
    retryClass(vendorId: string, campaignId: string, errorClass: ErrorClass, options?: CallOptions): Promise<bigint> {
        return this.call(options, (n, c) => n.callCampaignRetryClass(c, vendorId, campaignId, errorClass));
    }

    /** Counts the contacts of an audience; of all without one. */
    countAudience(vendorId: string, options: CallOptions & { audience?: JsonInput | null } = {}): Promise<AudienceCount> {
        return this.call(options, (n, c) => n.callCampaignAudienceCount(c, vendorId, options.audience));
    }

    stats(vendorId: string, campaignId: string, options?: CallOptions): Promise<CampaignStats> {
        return this.call(options, (n, c) => n.callCampaignStatsGet(c, vendorId, campaignId));
    }

    /** Error codes of its FAILED messages, the most frequent first. */
    failures(vendorId: string, campaignId: string, options?: CallOptions): Promise<CampaignFailure[]> {
        return this.call(options, (n, c) => n.callCampaignFailures(c, vendorId, campaignId));
    }

    /** How fast it goes. */
    progress(vendorId: string, campaignId: string, options?: CallOptions): Promise<CampaignProgress> {
        return this.call(options, (n, c) => n.callCampaignProgressGet(c, vendorId, campaignId));
    }

    /** Its recipients, each with what became of its message. */
    recipients(vendorId: string, campaignId: string,
               options: ListOptions & { state?: RecipientState; after?: string } = {}): List<Recipient, string> {
        return listBy(options, (after = options.after, limit) =>
            this.call(options, (n, c) => n.callRecipientList(c, vendorId, campaignId, options.state, after, limit)), (recipient) => recipient.messageId);
    }

    /** Its captures and refunds in the ledger. */
    transactions(vendorId: string, campaignId: string, options: ListOptions & { afterSeq?: bigint } = {}): List<Transaction, bigint> {
        return listBy(options, (after = options.afterSeq ?? 0n, limit) =>
            this.call(options, (n, c) => n.callWalletStatementOfCampaign(c, vendorId, campaignId, after, limit)), (row) => row.seq);
    }

    /** Adds up its money as of one moment; a CorruptError says what does not agree, and has the sums as its value. */
    reconcile(vendorId: string, campaignId: string, options?: CallOptions): Promise<CampaignAccount> {
        return this.call(options, (n, c) => n.callCampaignReconcile(c, vendorId, campaignId));
    }
}
