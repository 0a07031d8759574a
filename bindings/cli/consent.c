/* kloyst consent: the evidence of who wants marketing and who does not. */
#include "groups.h"
#include "list.h"

static const char *source_name(kl_consent_source source)
{
    static const char *const names[] = {"?", "call", "keyword", "quick-reply", "preference", "error"};
    return names[source >= KL_CONSENT_CALL && source <= KL_CONSENT_ERROR ? source : 0];
}

static void show(const kl_consent *consent)
{
    output_begin();
    output_id("id", kl_consent_id(consent));
    output_id("contact_id", kl_consent_contact_id(consent));
    output_text("kind", kl_consent_kind_of(consent) == KL_OPT_IN ? "opt-in" : "opt-out");
    output_text("source", source_name(kl_consent_source_of(consent)));
    output_text("user", kl_consent_user(consent));
    output_text("text", kl_consent_text(consent));
    output_uuid("message_id", kl_consent_message_id(consent));
    output_time("said_at", kl_consent_said_at(consent));
    output_time("created_at", kl_consent_created_at(consent));
    output_end();
}

LIST(list, consent, kl_consent_id,
     kl_consent_list(in->handle, &in->vendor, given_uuid(in, "contact", &(kl_uuid){{0}}), after, limit, &page, &in->error),
     show)

const command consent_commands[] = {
    {"consent list", "list the evidence of opt-outs and opt-ins",
     "Evidence outlives its contact. 'contact opt-out' and 'contact opt-in' add to it.",
     TAKES_DATABASE | TAKES_VENDOR | TAKES_PAGE,
     (const parameter[]){{"contact", "UUID", "only of this contact", OPTIONAL}, {0}}, list},
    {0}};
