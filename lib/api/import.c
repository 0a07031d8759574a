/* The public calls that import contacts. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <kloyst/contact.h>

#include "api/check.h"
#include "base/error.h"
#include "base/phone.h"
#include "core/import.h"

enum { HEADER_CHARACTERS = 1000 };

static const kl_import_options defaults = KL_IMPORT_OPTIONS_INIT;

void kl_import_options_init(kl_import_options *options)
{
    if (options)
        *options = defaults;
}

static kl_status check_options(const kl_import_options *options, kl_error **error)
{
    if (options->size < sizeof *options || options->size > 4096)
        return error_set(error, KL_ERR_ARGUMENT, "the options' size is wrong: start from KL_IMPORT_OPTIONS_INIT");
    if (options->country && !phone_country_known(options->country))
        return error_set(error, KL_ERR_ARGUMENT, "country is not an ISO 3166-1 alpha-2 code");
    CHECK(check_optional_text(options->mobile_column, HEADER_CHARACTERS, "mobile_column", error));
    /* One byte of a longer character would cut names apart. */
    if ((unsigned char)options->delimiter >= 0x80 || options->delimiter == '"' || options->delimiter == '\r' ||
        options->delimiter == '\n')
        return error_set(error, KL_ERR_ARGUMENT,
                         "the delimiter must be an ASCII character, no quote and no line break");
    return KL_OK;
}

kl_status kl_contact_import(kl *handle, const kl_uuid *vendor_id, kl_read_function read, void *read_context,
                            const kl_import_options *options, kl_import_report *report, kl_error **error)
{
    if (!options)
        options = &defaults;
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    if (!read)
        return error_set(error, KL_ERR_ARGUMENT, "read is NULL");
    CHECK(check_options(options, error));
    return import_run(handle->pool, vendor_id, read, read_context, options, report, error);
}

static long read_file(void *context, char *buffer, size_t size)
{
    const int *file = context;
    ssize_t got;
    do
        got = read(*file, buffer, size);
    while (got < 0 && errno == EINTR);
    return (long)got;
}

kl_status kl_contact_import_file(kl *handle, const kl_uuid *vendor_id, const char *path,
                                 const kl_import_options *options, kl_import_report *report, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(path, "path", error));
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return error_set(error, KL_ERR_IO, "the file cannot be opened: %s", strerror(errno));
    kl_status status = kl_contact_import(handle, vendor_id, read_file, &file, options, report, error);
    close(file);
    return status;
}
