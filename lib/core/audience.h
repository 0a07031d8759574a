/* Whom a campaign goes to: reading the JSON that chooses contacts, and compiling its filter. */
#ifndef KLOYST_CORE_AUDIENCE_H
#define KLOYST_CORE_AUDIENCE_H

#include "base/buffer.h"
#include "base/json_index.h"
#include "repo/campaign.h"

enum { AUDIENCE_BYTES = 8 * 1024 * 1024, AUDIENCE_CONTACTS = 100000 };

/* Reads {"contacts":[…]} or {"filter":{…}}; NULL and "" choose all contacts. Release with audience_free, also after a failure.
 * KL_ERR_JSON, KL_ERR_ENCODING, KL_ERR_TOO_LONG; KL_ERR_FORMAT: the message names the place in the JSON. */
kl_status audience_parse(const char *json, size_t length, campaign_choice *out, kl_error **error);
void audience_free(campaign_choice *choice);

/* Compiles one filter into out->path, out->values and out->instants. `place` is where it stands in the JSON. */
kl_status audience_compile(const json_index *index, const json_node *filter, const char *place, campaign_choice *out,
                           kl_error **error);

#endif
