/* kloyst template: templates as Meta has them. */
#include <stdio.h>
#include <stdlib.h>

#include "groups.h"
#include "list.h"

static const char *const categories[] = {"", "marketing", "utility", "authentication"};

static void show_short(const kl_template *template_)
{
    output_begin();
    output_id("id", kl_template_id(template_));
    output_text("waba_id", kl_template_waba_id(template_));
    output_text("name", kl_template_name(template_));
    output_text("language", kl_template_language(template_));
    output_text("category", categories[kl_template_category_of(template_)]);
    output_text("status", kl_template_status(template_));
    output_text("quality", kl_template_quality(template_));
    output_number("parameters", (int64_t)kl_template_parameter_count(template_));
    output_end();
}

static void show(const kl_template *template_)
{
    output_begin();
    output_id("id", kl_template_id(template_));
    output_text("waba_id", kl_template_waba_id(template_));
    output_text("meta_id", kl_template_meta_id(template_));
    output_text("name", kl_template_name(template_));
    output_text("language", kl_template_language(template_));
    output_text("category", categories[kl_template_category_of(template_)]);
    output_text("status", kl_template_status(template_));
    output_text("reason", kl_template_reason(template_));
    output_text("quality", kl_template_quality(template_));
    output_number("parameters", (int64_t)kl_template_parameter_count(template_));
    output_text("unsupported", kl_template_unsupported(template_));
    output_json("components", kl_template_components(template_));
    output_time("created_at", kl_template_created_at(template_));
    output_time("updated_at", kl_template_updated_at(template_));
    output_end();
}

static kl_status put(invocation *in)
{
    kl_template *template_ = NULL;
    kl_uuid account;
    char *json;
    size_t length;
    kl_status status = given_json(in, "json", &json, &length);
    if (!status)
        status = kl_template_upsert(in->handle, &in->vendor, given_uuid(in, "account", &account), json, length, &template_,
                                    &in->error);
    free(json);
    SHOW(template, template_, show);
    return status;
}

LIST(list, template, kl_template_id, kl_template_list(in->handle, &in->vendor, after, limit, &page, &in->error), show_short)

static kl_status get(invocation *in)
{
    kl_template *template_ = NULL;
    kl_uuid id;
    kl_status status = kl_template_get(in->handle, &in->vendor, given_uuid(in, "template", &id), &template_, &in->error);
    SHOW(template, template_, show);
    return status;
}

static kl_status delete(invocation *in)
{
    kl_uuid id;
    kl_status status = kl_template_delete(in->handle, &in->vendor, given_uuid(in, "template", &id), &in->error);
    if (!status)
        list_done("deleted", &id);
    return status;
}

#define WHICH {"template", "UUID", "the template's id", OPERAND}

const command template_commands[] = {
    {"template put", "store a template of an account, or replace it",
     "Once an account has a stored template, only stored and approved ones are sent.", TAKES_DATABASE | TAKES_VENDOR,
     (const parameter[]){{"account", "UUID", "the account's id", OPERAND},
                         {"json", "JSON", "Meta's object, as in 'data' of GET /WABA_ID/message_templates", OPERAND},
                         {0}},
     put},
    {"template list", "list the templates of a vendor", NULL, TAKES_DATABASE | TAKES_VENDOR | TAKES_PAGE, NULL, list},
    {"template show", "show a template", NULL, TAKES_DATABASE | TAKES_VENDOR, (const parameter[]){WHICH, {0}}, get},
    {"template delete", "forget a template; at Meta it stays", NULL, TAKES_DATABASE | TAKES_VENDOR,
     (const parameter[]){WHICH, {0}}, delete},
    {0}};
