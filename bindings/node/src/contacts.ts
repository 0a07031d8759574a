/* Contacts: a vendor's phone book, importing it from CSV, and what its users want. */
import type { CallOptions } from './calls.js';
import type { Consent, Contact, ContactFormat, ImportOptions, ImportReport, JsonInput } from './generated.js';
import { listBy, type List, type ListOptions } from './list.js';
import { Namespace } from './namespace.js';

export interface CountryOptions extends CallOptions {
    /** Default country of national spellings, ISO 3166-1 alpha-2. */
    country?: string | null;
}

export class Contacts extends Namespace {
    /** @internal */
    static readonly ofVendor = ['upsert', 'get', 'find', 'findUser', 'list', 'count', 'patchAttributes', 'delete', 'block', 'unblock', 'optOut',
        'optIn', 'consents', 'import', 'importFile', 'export'] as const;

    /** Creates the contact with this number, in any common spelling, or replaces its attributes. */
    upsert(vendorId: string, mobile: string, options: CountryOptions & { attributes?: JsonInput | null } = {}): Promise<Contact> {
        return this.call(options, (n, c) => n.callContactUpsert(c, vendorId, mobile, options.country, options.attributes));
    }

    get(vendorId: string, contactId: string, options?: CallOptions): Promise<Contact> {
        return this.call(options, (n, c) => n.callContactGet(c, vendorId, contactId));
    }

    /** The contact with this number in any common spelling. */
    find(vendorId: string, mobile: string, options: CountryOptions = {}): Promise<Contact> {
        return this.call(options, (n, c) => n.callContactFind(c, vendorId, mobile, options.country));
    }

    /** The contact with this business-scoped user id of Meta's ("IN.1a2b3c"). */
    findUser(vendorId: string, bsuid: string, options?: CallOptions): Promise<Contact> {
        return this.call(options, (n, c) => n.callContactFindUser(c, vendorId, bsuid));
    }

    list(vendorId: string, options: ListOptions & { after?: string } = {}): List<Contact, string> {
        return listBy(options, (after = options.after, limit) => this.call(options, (n, c) => n.callContactList(c, vendorId, after, limit)),
            (contact) => contact.id);
    }

    count(vendorId: string, options?: CallOptions): Promise<bigint> {
        return this.call(options, (n, c) => n.callContactCount(c, vendorId));
    }

    /** Applies a merge patch (RFC 7396) to the attributes. */
    patchAttributes(vendorId: string, contactId: string, patch: JsonInput, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callContactPatchAttributes(c, vendorId, contactId, patch));
    }

    /** Removes a contact; messages sent to it stay. */
    delete(vendorId: string, contactId: string, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callContactDelete(c, vendorId, contactId));
    }

    /** From now on nothing at all is sent to the contact. */
    block(vendorId: string, contactId: string, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callContactBlock(c, vendorId, contactId));
    }

    unblock(vendorId: string, contactId: string, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callContactUnblock(c, vendorId, contactId));
    }

    /** No marketing is sent to the contact from now on. `note` is kept with the evidence. */
    optOut(vendorId: string, contactId: string, options: CallOptions & { note?: string | null } = {}): Promise<void> {
        return this.call<void>(options, (n, c) => n.callContactOptOut(c, vendorId, contactId, options.note));
    }

    /** Marketing may be sent to the contact again. */
    optIn(vendorId: string, contactId: string, options: CallOptions & { note?: string | null } = {}): Promise<void> {
        return this.call<void>(options, (n, c) => n.callContactOptIn(c, vendorId, contactId, options.note));
    }

    /** Evidence of consent, in order of time; of one contact or of all. */
    consents(vendorId: string, options: ListOptions & { contactId?: string; after?: string } = {}): List<Consent, string> {
        return listBy(options, (after = options.after, limit) =>
            this.call(options, (n, c) => n.callConsentList(c, vendorId, options.contactId, after, limit)), (consent) => consent.id);
    }

    /**
     * Imports CSV (UTF-8, with a header line) in one transaction; after a failure nothing is changed. What a file on disk holds is
     * better imported by importFile(), which reads it piece by piece.
     */
    import(vendorId: string, csv: string | Uint8Array, options: CallOptions & ImportOptions = {}): Promise<ImportReport> {
        const { signal, timeoutMs, ...rest } = options;
        const bytes = typeof csv === 'string' ? Buffer.from(csv) : csv;
        return this.call({ signal, timeoutMs }, (n, c) => n.callContactImport(c, vendorId, bytes, rest));
    }

    /** The same from a file. An abort stops it: nothing is changed then. */
    importFile(vendorId: string, path: string, options: CallOptions & ImportOptions = {}): Promise<ImportReport> {
        const { signal, timeoutMs, ...rest } = options;
        return this.call({ signal, timeoutMs }, (n, c) => n.callContactImportFile(c, vendorId, path, rest));
    }

    /** All contacts as bytes, as of one moment; CSV unless another format is asked for. */
    async export(vendorId: string, options: CallOptions & { format?: ContactFormat } = {}): Promise<{ data: Buffer; count: number }> {
        const [data, count] = await this.call(options, (n, c) => n.callContactExport(c, vendorId, options.format ?? 'CSV'));
        return { data, count };
    }
}
