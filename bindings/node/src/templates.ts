/* Templates as Meta has them. */
import type { CallOptions } from './calls.js';
import type { JsonInput, Template } from './generated.js';
import { listBy, type List, type ListOptions } from './list.js';
import { Namespace } from './namespace.js';

export class Templates extends Namespace {
    /** @internal */
    static readonly ofVendor = ['upsert', 'get', 'find', 'list', 'delete'] as const;

    /** Stores a template of the account from Meta's JSON, or replaces the one of this name and language. */
    upsert(vendorId: string, wabaAccountId: string, json: JsonInput, options?: CallOptions): Promise<Template> {
        return this.call(options, (n, c) => n.callTemplateUpsert(c, vendorId, wabaAccountId, json));
    }

    get(vendorId: string, templateId: string, options?: CallOptions): Promise<Template> {
        return this.call(options, (n, c) => n.callTemplateGet(c, vendorId, templateId));
    }

    find(vendorId: string, wabaAccountId: string, name: string, language: string, options?: CallOptions): Promise<Template> {
        return this.call(options, (n, c) => n.callTemplateFind(c, vendorId, wabaAccountId, name, language));
    }

    list(vendorId: string, options: ListOptions & { after?: string } = {}): List<Template, string> {
        return listBy(options, (after = options.after, limit) => this.call(options, (n, c) => n.callTemplateList(c, vendorId, after, limit)),
            (template) => template.id);
    }

    /** Forgets a template; at Meta it stays. */
    delete(vendorId: string, templateId: string, options?: CallOptions): Promise<void> {
        return this.call<void>(options, (n, c) => n.callTemplateDelete(c, vendorId, templateId));
    }
}
