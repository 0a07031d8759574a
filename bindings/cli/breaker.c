/* kloyst breaker: what Meta has refused to go on with. */
#include "groups.h"
#include "list.h"

static void show(const kl_breaker *breaker)
{
    static const char *const scopes[] = {"", "number", "waba", "template", "campaign"};
    output_begin();
    output_id("id", kl_breaker_id(breaker));
    output_text("scope", scopes[kl_breaker_scope_of(breaker)]);
    output_text("subject", kl_breaker_subject(breaker));
    output_text("language", kl_breaker_language(breaker));
    output_number("code", kl_breaker_code(breaker));
    output_flag("shared", kl_breaker_shared(breaker));
    output_time("opened_at", kl_breaker_opened_at(breaker));
    output_time("resumes_at", kl_breaker_resumes_at(breaker));
    output_text("reason", kl_breaker_reason(breaker));
    output_end();
}

LIST(list_own, breaker, kl_breaker_id, kl_breaker_list(in->handle, &in->vendor, after, limit, &page, &in->error), show)
LIST(list_shared, breaker, kl_breaker_id, kl_breaker_list_shared(in->handle, after, limit, &page, &in->error), show)

static kl_status resume_own(invocation *in)
{
    kl_uuid id;
    kl_status status = kl_breaker_resume(in->handle, &in->vendor, given_uuid(in, "breaker", &id), &in->error);
    if (!status)
        list_done("resumed", &id);
    return status;
}

static kl_status resume_shared(invocation *in)
{
    kl_uuid id;
    kl_status status = kl_breaker_resume_shared(in->handle, given_uuid(in, "breaker", &id), &in->error);
    if (!status)
        list_done("resumed", &id);
    return status;
}

#define WHICH {"breaker", "UUID", "the breaker's id", OPERAND}

const command breaker_commands[] = {
    {"breaker list", "list what of a vendor is stopped", NULL, TAKES_DATABASE | TAKES_VENDOR | TAKES_PAGE, NULL, list_own},
    {"breaker list-shared", "list what is stopped for all vendors", NULL, TAKES_DATABASE | TAKES_PAGE, NULL, list_shared},
    {"breaker resume", "let what was stopped go on", NULL, TAKES_DATABASE | TAKES_VENDOR, (const parameter[]){WHICH, {0}},
     resume_own},
    {"breaker resume-shared", "let what was stopped for all vendors go on", NULL, TAKES_DATABASE,
     (const parameter[]){WHICH, {0}}, resume_shared},
    {0}};
