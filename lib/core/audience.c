/* Whom a campaign goes to: a list of contacts, a filter, or all. */
#include "core/audience.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static kl_status read_contacts(const json_index *index, const json_node *list, campaign_choice *out, kl_error **error)
{
    if (!json_index_is(list, JSON_ARRAY))
        return error_set(error, KL_ERR_FORMAT, "audience.contacts is not a list");
    if (list->count > AUDIENCE_CONTACTS)
        return error_set(error, KL_ERR_TOO_LONG, "audience.contacts has more than %d ids", AUDIENCE_CONTACTS);
    out->listed = true;
    out->contacts = calloc(list->count + 1, sizeof *out->contacts);
    if (!out->contacts)
        return error_memory(error);
    const json_node *item = json_index_child(index, list);
    for (size_t i = 0; i < list->count; i++, item = json_index_next(index, item)) {
        char text[KL_UUID_TEXT + 1] = "";
        json_span inside = json_index_inside(index, item);
        if (inside.length == KL_UUID_TEXT)
            memcpy(text, inside.bytes, KL_UUID_TEXT);
        if (kl_uuid_parse(text, &out->contacts[i]))
            return error_set(error, KL_ERR_FORMAT, "audience.contacts[%zu] is not the id of a contact", i);
    }
    out->contacts_count = list->count;
    return KL_OK;
}

kl_status audience_parse(const char *json, size_t length, campaign_choice *out, kl_error **error)
{
    *out = (campaign_choice){0};
    if (!json || !length)
        return KL_OK;
    json_index index;
    kl_status status = json_index_build(json, length, &(json_limits){.max_bytes = AUDIENCE_BYTES}, &index, error);
    if (status)
        return status;
    const json_node *root = json_index_root(&index);
    const json_node *contacts = json_index_member(&index, root, "contacts");
    const json_node *filter = json_index_member(&index, root, "filter");
    if (!json_index_is(root, JSON_OBJECT) || root->count != 1 || (!contacts && !filter))
        status = error_set(error, KL_ERR_FORMAT, "audience needs one member, \"contacts\" or \"filter\"");
    else if (contacts)
        status = read_contacts(&index, contacts, out, error);
    else
        status = audience_compile(&index, filter, "audience.filter", out, error);
    json_index_free(&index);
    return status;
}

void audience_free(campaign_choice *choice)
{
    for (size_t i = 0; i < choice->instants_count; i++)
        free(choice->instants[i]);
    free(choice->instants);
    free(choice->contacts);
    buffer_free(&choice->path);
    buffer_free(&choice->values);
    *choice = (campaign_choice){0};
}
