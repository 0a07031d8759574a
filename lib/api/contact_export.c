/* The public call that exports contacts. */
#include <kloyst/contact.h>

#include "api/check.h"
#include "base/error.h"
#include "repo/contact_export.h"
#include "repo/vendor.h"

typedef struct callback {
    kl_write_function write;
    void *context;
} callback;

static kl_status to_callback(void *context, const char *bytes, size_t length, kl_error **error)
{
    const callback *c = context;
    return c->write(c->context, bytes, length) ? error_set(error, KL_ERR_CANCELLED, "the export was stopped") : KL_OK;
}

kl_status kl_contact_export(kl *handle, const kl_uuid *vendor_id, kl_contact_format format, kl_write_function write,
                            void *context, int64_t *count, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    if (format != KL_CONTACTS_CSV && format != KL_CONTACTS_JSON_LINES)
        return error_set(error, KL_ERR_ARGUMENT, "no such format");
    if (!write)
        return error_set(error, KL_ERR_ARGUMENT, "write is NULL");
    kl_vendor *vendor = NULL;
    int64_t lines = 0;
    kl_status status = vendor_get(handle->pool, vendor_id, &vendor, error);
    kl_vendor_free(vendor);
    if (!status)
        status = contact_export(handle->pool, vendor_id, format == KL_CONTACTS_CSV, to_callback, &(callback){write, context},
                                &lines, error);
    if (!status && count)
        *count = format == KL_CONTACTS_CSV ? lines - 1 : lines;
    return status;
}
