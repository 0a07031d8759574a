/* kloyst waba: WhatsApp Business accounts and their tokens. */
#include "file.h"
#include "groups.h"
#include "list.h"

static void show(const kl_waba *waba)
{
    output_begin();
    output_id("id", kl_waba_id(waba));
    output_text("waba_id", kl_waba_meta_id(waba));
    output_text("phone_number_id", kl_waba_phone_number_id(waba));
    output_number("messages_per_second", kl_waba_messages_per_second(waba));
    output_time("created_at", kl_waba_created_at(waba));
    output_time("updated_at", kl_waba_updated_at(waba));
    output_end();
}

static kl_status create(invocation *in)
{
    kl_waba *waba = NULL;
    char *token;
    size_t length;
    kl_status status = secret_read(in, "token", "KLOYST_TOKEN", true, &token, &length);
    if (!status)
        status = kl_waba_create(in->handle, &in->vendor, given(in, "waba-id"), given(in, "phone-number-id"), token, length,
                                &waba, &in->error);
    secret_free(token, length);
    SHOW(waba, waba, show);
    return status;
}

LIST(list, waba, kl_waba_id, kl_waba_list(in->handle, &in->vendor, after, limit, &page, &in->error), show)

static kl_status get(invocation *in)
{
    kl_waba *waba = NULL;
    kl_uuid id;
    kl_status status = kl_waba_get(in->handle, &in->vendor, given_uuid(in, "account", &id), &waba, &in->error);
    SHOW(waba, waba, show);
    return status;
}

static kl_status set_token(invocation *in)
{
    kl_uuid id;
    char *token;
    size_t length;
    kl_status status = secret_read(in, "token", "KLOYST_TOKEN", true, &token, &length);
    if (!status)
        status = kl_waba_set_token(in->handle, &in->vendor, given_uuid(in, "account", &id), token, length, &in->error);
    secret_free(token, length);
    if (!status)
        list_done("token set", &id);
    return status;
}

static kl_status set_rate(invocation *in)
{
    kl_uuid id;
    kl_status status = kl_waba_set_rate(in->handle, &in->vendor, given_uuid(in, "account", &id),
                                        (int)given_count(in, "messages-per-second", 0), &in->error);
    return status ? status : get(in);
}

static kl_status set_portfolio(invocation *in)
{
    kl_uuid id;
    kl_status status =
        kl_waba_set_portfolio(in->handle, &in->vendor, given_uuid(in, "account", &id), given(in, "portfolio-id"),
                              (int)given_count(in, "user-limit", 0), &in->error);
    if (!status)
        list_done("portfolio set", &id);
    return status;
}

static kl_status delete(invocation *in)
{
    kl_uuid id;
    kl_status status = kl_waba_delete(in->handle, &in->vendor, given_uuid(in, "account", &id), &in->error);
    if (!status)
        list_done("deleted", &id);
    return status;
}

#define TOKEN {"token-file", "FILE", "holds the system user token; else $KLOYST_TOKEN, else asked for", OPTIONAL}
#define WHICH {"account", "UUID", "the account's id", OPERAND}

const command waba_commands[] = {
    {"waba create", "add an account of a vendor; its token is sealed with the master key", NULL,
     TAKES_DATABASE | TAKES_VENDOR | TAKES_KEYS,
     (const parameter[]){{"waba-id", "DIGITS", "Meta's id of the WhatsApp Business account", NEEDED},
                         {"phone-number-id", "DIGITS", "Meta's id of the number that sends", NEEDED},
                         TOKEN,
                         {0}},
     create},
    {"waba list", "list the accounts of a vendor", NULL, TAKES_DATABASE | TAKES_VENDOR | TAKES_PAGE, NULL, list},
    {"waba show", "show an account", NULL, TAKES_DATABASE | TAKES_VENDOR, (const parameter[]){WHICH, {0}}, get},
    {"waba set-token", "replace an account's token", NULL, TAKES_DATABASE | TAKES_VENDOR | TAKES_KEYS,
     (const parameter[]){WHICH, TOKEN, {0}}, set_token},
    {"waba set-rate", "set how many messages a second Meta takes from the number", NULL, TAKES_DATABASE | TAKES_VENDOR,
     (const parameter[]){WHICH, {"messages-per-second", "COUNT", "1 to 1000", OPERAND}, {0}}, set_rate},
    {"waba set-portfolio", "say to which portfolio the number belongs, and its limit of users in 24 hours", NULL,
     TAKES_DATABASE | TAKES_VENDOR,
     (const parameter[]){WHICH,
                         {"portfolio-id", "DIGITS", "Meta's id", NEEDED},
                         {"user-limit", "COUNT", "250, 2000, 10000, 100000; 0: none", NEEDED},
                         {0}},
     set_portfolio},
    {"waba delete", "remove an account that no campaign uses", NULL, TAKES_DATABASE | TAKES_VENDOR,
     (const parameter[]){WHICH, {0}}, delete},
    {0}};
