/* The rate card: what a template message costs, by its category and the country of the number. */
import type { CallOptions } from './calls.js';
import type { CountryOptions } from './contacts.js';
import type { Call, ClientBox, MoneyInput, Native, Rate, RateList, RatePageBox, TemplateCategory, TimeInput } from './generated.js';
import { List, type ListOptions } from './list.js';
import { Namespace } from './namespace.js';

export interface NewRate extends CallOptions {
    category: TemplateCategory;
    /** An ISO 3166-1 alpha-2 code, the first 1 … 4 digits of numbers, or "*" for every number. */
    country: string;
    effectiveFrom: TimeInput;
    /** Per message; null: from that moment on there is none. */
    price: MoneyInput | null;
}

export class Rates extends Namespace {
    /** @internal */
    static readonly ofVendor = ['set', 'list', 'price'] as const;

    /** Sets one vendor's price per message, which goes before the platform's. */
    set(vendorId: string, rate: NewRate): Promise<void> {
        return this.call<void>(rate, (n, c) => n.callRateSetVendor(c, vendorId, rate.category, rate.country, rate.effectiveFrom, rate.price));
    }

    /** Sets the platform's price per message. */
    setPlatform(rate: NewRate): Promise<void> {
        return this.call<void>(rate, (n, c) => n.callRateSet(c, rate.category, rate.country, rate.effectiveFrom, rate.price));
    }

    /** A vendor's own rates of a category, past and future ones too. */
    list(vendorId: string, category: TemplateCategory, options: ListOptions = {}): List<Rate, RatePageBox> {
        return this.pages(options, (n, c, after, limit) => n.callRateListVendor(c, vendorId, category, after, limit));
    }

    /** The platform's. */
    listPlatform(category: TemplateCategory, options: ListOptions = {}): List<Rate, RatePageBox> {
        return this.pages(options, (n, c, after, limit) => n.callRateList(c, category, after, limit));
    }

    /** What a message to `to` costs the vendor, now or at a moment. */
    price(vendorId: string, category: TemplateCategory, to: string, options: CountryOptions & { at?: TimeInput | null } = {}): Promise<string> {
        return this.call(options, (n, c) => n.callRatePrice(c, vendorId, category, to, options.country, options.at));
    }

    private pages(options: ListOptions,
                  read: (native: Native, box: ClientBox, after: RatePageBox | undefined, limit: number) => Call<RateList>): List<Rate, RatePageBox> {
        return new List<Rate, RatePageBox>(async (after, limit) => {
            const list = await this.call(options, (n, c) => read(n, c, after, limit), (late) => late.handle.close());
            after?.close();
            return { items: list.rates, next: list.handle };
        }, options.pageSize ?? 500);
    }
}
