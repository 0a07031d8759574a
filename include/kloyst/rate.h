/* The rate card: what a template message costs, by its category and the country of the number.
 *
 * The platform has one card for all vendors; a vendor's own rates go before it, whatever country they are for. DEDICATED vendors pay
 * Meta themselves: the platform's card is not for them, and what they have no rate of their own for costs 0.
 * A rate holds from its moment until a later one of the same country. A price is looked up when a message or campaign is
 * queued, and is frozen on the message then. All prices are in the wallet's currency.
 * All calls: the statuses listed at the top of vendor.h. They are thread-safe.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_RATE_H
#define KLOYST_RATE_H

#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Meta's categories of templates. Numbers are frozen. */
typedef enum kl_template_category {
    KL_CATEGORY_MARKETING = 1,
    KL_CATEGORY_UTILITY = 2,
    KL_CATEGORY_AUTHENTICATION = 3
} kl_template_category;

/* As the price of a message or campaign: by the rate card for templates, 0 for everything else. */
#define KL_PRICE_BY_RATE_CARD ((kl_money)-1)

/* As the price of a rate: from its moment on there is none. */
#define KL_RATE_NONE ((kl_money)-1)

typedef struct kl_rate kl_rate;           /* one rate as it was read; immutable */
typedef struct kl_rate_page kl_rate_page; /* rates in order of digits, then of moment */

/* Sets the platform's price per message, 0 … 999999.9999 or KL_RATE_NONE, from `effective_from` on (microseconds since 1970;
 * it may lie in the past or the future). `country`: an ISO 3166-1 alpha-2 code, which stands for its calling code, or the
 * first 1 … 4 digits of numbers ("91", "1242"), of which the longest that fit a number decide; "*": every number.
 * A rate with the same moment is replaced. KL_ERR_ARGUMENT: no such category, price or moment; KL_ERR_FORMAT: no such
 * country. Since 0.1. */
KL_API kl_status kl_rate_set(kl *handle, kl_template_category category, const char *country, kl_time effective_from,
                             kl_money price, kl_error **error);

/* The same for one vendor, whose rates go before the platform's. KL_ERR_NOT_FOUND: no such vendor. Since 0.1. */
KL_API kl_status kl_rate_set_vendor(kl *handle, const kl_uuid *vendor_id, kl_template_category category,
                                    const char *country, kl_time effective_from, kl_money price, kl_error **error);

/* Up to `limit` (1 … 1000) of the platform's rates of a category behind `after`, a rate of an earlier page (NULL: from the
 * first), past and future ones too. Since 0.1. */
KL_API kl_status kl_rate_list(kl *handle, kl_template_category category, const kl_rate *after, int limit,
                              kl_rate_page **out, kl_error **error);

/* The same of one vendor's own rates. Since 0.1. */
KL_API kl_status kl_rate_list_vendor(kl *handle, const kl_uuid *vendor_id, kl_template_category category,
                                     const kl_rate *after, int limit, kl_rate_page **out, kl_error **error);

/* What a message to `to` costs the vendor at a moment `at` (0: now): *price. `to` and `country` as in kl_window_get().
 * KL_ERR_NOT_FOUND: no such vendor; KL_ERR_NO_RATE: neither card has a price; KL_ERR_FORMAT: no number. Since 0.1. */
KL_API kl_status kl_rate_price(kl *handle, const kl_uuid *vendor_id, kl_template_category category, const char *to,
                               const char *country, kl_time at, kl_money *price, kl_error **error);

KL_API const kl_uuid *kl_rate_vendor_id(const kl_rate *rate); /* NULL: the platform's */
KL_API kl_template_category kl_rate_category(const kl_rate *rate);
KL_API const char *kl_rate_digits(const kl_rate *rate); /* that numbers begin with; "": every number */
KL_API kl_time kl_rate_effective_from(const kl_rate *rate);
KL_API kl_money kl_rate_amount(const kl_rate *rate); /* or KL_RATE_NONE */

KL_API size_t kl_rate_page_count(const kl_rate_page *page);
KL_API const kl_rate *kl_rate_page_at(const kl_rate_page *page, size_t index);
KL_API void kl_rate_page_free(kl_rate_page *page);

#ifdef __cplusplus
}
#endif

#endif
