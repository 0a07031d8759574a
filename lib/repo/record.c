/* What happened to outbound messages: binding the statements that merge events and refund failures. */
#include "repo/record.h"

#include <stdlib.h>
#include <string.h>

static const char *const labels[] = {NULL, "UNKNOWN", "SENT", "FAILED", "DELIVERED", "READ"};

const char *record_status_label(kl_message_status status)
{
    return (int)status >= 1 && status <= KL_MESSAGE_READ ? labels[status] : NULL;
}

kl_message_status record_status_from(const char *label)
{
    for (int i = 1; i <= KL_MESSAGE_READ; i++)
        if (strcmp(labels[i], label) == 0)
            return (kl_message_status)i;
    return KL_MESSAGE_UNKNOWN;
}

bool record_bind_apply(pg_parameters *p, const kl_uuid *vendor_id, const record_event *events, size_t count)
{
    kl_uuid *ids = malloc((count + 1) * sizeof *ids);
    const char **texts = malloc((count + 1) * sizeof *texts);
    kl_time *times = malloc((count + 1) * sizeof *times);
    int32_t *codes = malloc((count + 1) * sizeof *codes);
    bool enough = ids && texts && times && codes;
    if (enough) {
        for (size_t i = 0; i < count; i++) {
            ids[i] = events[i].message_id;
            times[i] = events[i].at;
            codes[i] = events[i].error_code;
            texts[i] = events[i].wa_message_id;
        }
        pg_bind_uuid(p, vendor_id);
        pg_bind_uuid_array(p, ids, count);
        pg_bind_text_array(p, texts, count);
        for (size_t i = 0; i < count; i++)
            texts[i] = record_status_label(events[i].status);
        pg_bind_text_array(p, texts, count);
        pg_bind_time_array(p, times, count);
        pg_bind_int4_array(p, codes, count);
        for (size_t i = 0; i < count; i++)
            texts[i] = events[i].error_text;
        pg_bind_text_array(p, texts, count);
    }
    free(ids);
    free(texts);
    free(times);
    free(codes);
    return enough;
}

void record_bind_refund(pg_parameters *p, const kl_uuid *vendor_id, const kl_uuid *message_ids, size_t count,
                        const kl_uuid *refund_id)
{
    pg_bind_uuid(p, vendor_id);
    pg_bind_uuid_array(p, message_ids, count);
    pg_bind_uuid(p, refund_id);
}

void record_bind_unknown(pg_parameters *p, const kl_uuid *vendor_id, const kl_uuid *message_ids, size_t count)
{
    pg_bind_uuid(p, vendor_id);
    pg_bind_uuid_array(p, message_ids, count);
}

bool record_same_series(const kl_uuid *a, const kl_uuid *b)
{
    /* The low 32 bits are the ordinal. */
    return memcmp(a->bytes, b->bytes, sizeof a->bytes - 4) == 0;
}
