/* kloyst rate: what a template message costs. */
#include <string.h>
#include <time.h>

#include "groups.h"
#include "list.h"

static const char *const categories[] = {"", "marketing", "utility", "authentication"};

static void show(const kl_rate *rate)
{
    output_begin();
    output_uuid("vendor_id", kl_rate_vendor_id(rate));
    output_text("category", categories[kl_rate_category(rate)]);
    output_text("digits", kl_rate_digits(rate));
    output_time("effective_from", kl_rate_effective_from(rate));
    if (kl_rate_amount(rate) == KL_RATE_NONE)
        output_text("price", NULL);
    else
        output_money("price", kl_rate_amount(rate));
    output_end();
}

static kl_status set(invocation *in)
{
    kl_uuid vendor;
    kl_template_category category = (kl_template_category)given_choice(in, "category", 0);
    kl_time from = given_time(in, "from", (kl_time)time(NULL) * 1000000);
    kl_money price = given_money(in, "price", KL_RATE_NONE);
    if (!given(in, "price") == !flagged(in, "none"))
        return command_wrong(in, "either a price or --none is needed");
    kl_status status = given(in, "vendor")
                           ? kl_rate_set_vendor(in->handle, given_uuid(in, "vendor", &vendor), category,
                                                given(in, "country"), from, price, &in->error)
                           : kl_rate_set(in->handle, category, given(in, "country"), from, price, &in->error);
    if (!status) {
        output_begin();
        output_text("country", given(in, "country"));
        output_time("effective_from", from);
        output_text("done", "set");
        output_end();
    }
    return status;
}

static kl_status list(invocation *in)
{
    kl_status status = KL_OK;
    kl_uuid vendor;
    const kl_uuid *whose = given_uuid(in, "vendor", &vendor);
    kl_template_category category = (kl_template_category)given_choice(in, "category", 0);
    kl_rate_page *before = NULL;
    output_list();
    for (bool more = true; !status && more;) {
        kl_rate_page *page = NULL;
        size_t read = kl_rate_page_count(before);
        const kl_rate *after = read ? kl_rate_page_at(before, read - 1) : NULL;
        status = whose ? kl_rate_list_vendor(in->handle, whose, category, after, LIST_PAGE, &page, &in->error)
                       : kl_rate_list(in->handle, category, after, LIST_PAGE, &page, &in->error);
        size_t count = status ? 0 : kl_rate_page_count(page);
        for (size_t i = 0; i < count; i++)
            show(kl_rate_page_at(page, i));
        more = count == LIST_PAGE;
        kl_rate_page_free(before);
        before = page;
    }
    kl_rate_page_free(before);
    return status;
}

static kl_status price(invocation *in)
{
    kl_money amount;
    kl_status status = kl_rate_price(in->handle, &in->vendor, (kl_template_category)given_choice(in, "category", 0),
                                     given(in, "to"), given(in, "country"), given_time(in, "at", 0), &amount, &in->error);
    if (!status) {
        output_begin();
        output_money("price", amount);
        output_end();
    }
    return status;
}

#define CATEGORY {"category", "marketing|utility|authentication", "of the template", OPERAND}
#define OWN {"vendor", "UUID", "of this vendor's own card; else of the platform's", OPTIONAL}

const command rate_commands[] = {
    {"rate set", "set the price of a message", NULL, TAKES_DATABASE,
     (const parameter[]){CATEGORY,
                         {"country", NULL, "such as IN, or the digits that numbers begin with; * for every number", OPERAND},
                         {"price", "AMOUNT", "per message", OPTIONAL_OPERAND},
                         {"none", NULL, "instead of a price: from then on there is none", OPTIONAL},
                         {"from", "TIME", "from when on; else now", OPTIONAL},
                         OWN,
                         {0}},
     set},
    {"rate list", "list the prices of a category", NULL, TAKES_DATABASE, (const parameter[]){CATEGORY, OWN, {0}}, list},
    {"rate price", "tell what a message to a number costs a vendor", NULL, TAKES_DATABASE | TAKES_VENDOR,
     (const parameter[]){CATEGORY,
                         {"to", NULL, "the number", OPERAND},
                         {"country", "CODE", "of a number in national spelling, such as IN", OPTIONAL},
                         {"at", "TIME", "at that moment; else now", OPTIONAL},
                         {0}},
     price},
    {0}};
