/* Vendors: the tenants. */
import type { CallOptions } from './calls.js';
import type { JsonInput, PlanType, Vendor } from './generated.js';
import { listBy, type List, type ListOptions } from './list.js';
import { Namespace } from './namespace.js';

export class Vendors extends Namespace {
    /** @internal */
    static readonly ofVendor = ['get', 'rename', 'setPlan', 'patchSettings', 'delete'] as const;

    /** Creates a vendor and its empty wallet. `name`: 1 … 200 characters; `settings`: a JSON object of at most 64 KiB. */
    create(name: string, planType: PlanType, options: CallOptions & { settings?: JsonInput | null } = {}): Promise<Vendor> {
        return this.call(options, (n, c) => n.callVendorCreate(c, name, planType, options.settings));
    }

    get(vendorId: string, options?: CallOptions): Promise<Vendor> {
        return this.call(options, (n, c) => n.callVendorGet(c, vendorId));
    }

    /** All vendors, in order of id. */
    list(options: ListOptions & { after?: string } = {}): List<Vendor, string> {
        return listBy(options, (after = options.after, limit) => this.call(options, (n, c) => n.callVendorList(c, after, limit)), (v) => v.id);
    }

    rename(vendorId: string, name: string, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callVendorRename(c, vendorId, name));
    }

    setPlan(vendorId: string, planType: PlanType, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callVendorSetPlan(c, vendorId, planType));
    }

    /** Applies a merge patch (RFC 7396): members replace, null removes, objects merge. */
    patchSettings(vendorId: string, patch: JsonInput, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callVendorPatchSettings(c, vendorId, patch));
    }

    /** Removes a vendor that has nothing left but an unused wallet; else InUseError. */
    delete(vendorId: string, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callVendorDelete(c, vendorId));
    }
}
