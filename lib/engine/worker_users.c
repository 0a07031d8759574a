/* Which users count for a portfolio: those who are written to outside an open window. */
#include <stdlib.h>

#include "base/error.h"
#include "base/uuid.h"
#include "core/batch.h"
#include "engine/worker_internal.h"
#include "repo/window.h"

/* The templates among the picks of one vendor. */
typedef struct templates {
    const char **recipients;
    int64_t *hashes;
    bool *open;
    size_t count;
} templates;

static const char *recipient_of(const pick *p)
{
    return kl_batch_mobile(p->from->batch, p->message.index);
}

/* What is no template can only go into an open window. */
static bool is_template(const pick *p)
{
    return *kl_batch_template_name(p->from->batch, p->message.index);
}

/* Those whose window is not open, or closes before they can have left, count. */
static kl_status count_of_vendor(worker *w, const number *n, const kl_uuid *vendor_id, templates *t, int64_t *counted,
                                 size_t *counting, kl_error **error)
{
    kl_status status = t->count ? window_open_among(w->handle->pool, vendor_id, n->phone_number_id, t->recipients, t->count,
                                                    t->open, error)
                                : KL_OK;
    for (size_t i = 0; !status && i < t->count; i++)
        if (!t->open[i])
            counted[(*counting)++] = t->hashes[i];
    return status;
}

kl_status worker_count_users(worker *w, const number *n, const pick *picks, size_t count, int64_t *counted, size_t *counting,
                             kl_error **error)
{
    *counting = 0;
    if (n->unlimited) {
        for (size_t i = 0; i < count; i++)
            if (is_template(&picks[i]))
                counted[(*counting)++] = picks[i].recipient;
        return KL_OK;
    }
    templates t = {malloc((count + 1) * sizeof *t.recipients), malloc((count + 1) * sizeof *t.hashes),
                   malloc((count + 1) * sizeof *t.open), 0};
    kl_status status = t.recipients && t.hashes && t.open ? KL_OK : error_memory(error);
    for (const sharer *s = n->sharers; !status && s; s = s->next) {
        t.count = 0;
        for (size_t i = 0; i < count; i++) {
            const pick *p = &picks[i];
            if (!is_template(p) || uuid_compare(&p->from->lane->vendor_id, &s->vendor_id) != 0)
                continue;
            t.recipients[t.count] = recipient_of(p);
            t.hashes[t.count++] = p->recipient;
        }
        status = count_of_vendor(w, n, &s->vendor_id, &t, counted, counting, error);
    }
    free(t.recipients);
    free(t.hashes);
    free(t.open);
    return status;
}
