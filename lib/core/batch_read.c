/* Reading a batch. */
#include "core/batch_internal.h"

#include "base/uuid.h"

static const batch_message *at(const kl_batch *batch, size_t index)
{
    return batch && index < batch->count ? &batch->messages[index] : NULL;
}

size_t kl_batch_count(const kl_batch *batch)
{
    return batch ? batch->count : 0;
}

kl_uuid kl_batch_message_id(const kl_batch *batch, size_t index)
{
    const batch_message *m = at(batch, index);
    return m ? m->id : (kl_uuid){{0}};
}

const char *kl_batch_mobile(const kl_batch *batch, size_t index)
{
    const batch_message *m = at(batch, index);
    return m ? batch->text.data + m->mobile : "";
}

const char *kl_batch_body(const kl_batch *batch, size_t index)
{
    const batch_message *m = at(batch, index);
    return m ? batch->text.data + m->body : "";
}

const char *kl_batch_template_name(const kl_batch *batch, size_t index)
{
    const batch_message *m = at(batch, index);
    return m ? batch->text.data + m->template_name : "";
}

const char *batch_template_language(const kl_batch *batch, size_t index)
{
    const batch_message *m = at(batch, index);
    return m ? batch->text.data + m->template_language : "";
}

const char *kl_batch_template_category(const kl_batch *batch, size_t index)
{
    const batch_message *m = at(batch, index);
    return m ? batch->text.data + m->category : "";
}

int kl_batch_attempts(const kl_batch *batch, size_t index)
{
    const batch_message *m = at(batch, index);
    return m ? m->attempts : 0;
}

const kl_uuid *kl_batch_message_campaign_id(const kl_batch *batch, size_t index)
{
    const batch_message *m = at(batch, index);
    return m && !uuid_is_nil(&m->campaign_id) ? &m->campaign_id : NULL;
}

kl_uuid kl_batch_campaign_id(const kl_batch *batch)
{
    return batch ? batch->key.campaign_id : (kl_uuid){{0}};
}

kl_uuid kl_batch_vendor_id(const kl_batch *batch)
{
    return batch ? batch->key.vendor_id : (kl_uuid){{0}};
}

kl_uuid kl_batch_waba_account_id(const kl_batch *batch)
{
    return batch ? batch->waba_account_id : (kl_uuid){{0}};
}

const char *kl_batch_phone_number_id(const kl_batch *batch)
{
    return batch ? batch->text.data + batch->phone_number_id : "";
}

int kl_batch_no(const kl_batch *batch)
{
    return batch ? batch->key.no : -1;
}
