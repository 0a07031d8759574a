/* The public calls that prove and export a ledger. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "api/check.h"
#include "base/error.h"
#include "core/ledger.h"
#include "core/ledger_export.h"
#include "core/ledger_file.h"

kl_status kl_wallet_verify(kl *handle, const kl_uuid *vendor_id, kl_ledger_report *report, kl_error **error)
{
    return kl_ledger_verify_from(handle, vendor_id, NULL, NULL, report, error);
}

kl_status kl_ledger_verify_from(kl *handle, const kl_uuid *vendor_id, const kl_ledger_point *from,
                                kl_ledger_point *reached, kl_ledger_report *report, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    if (from && (from->seq < 0 || from->balance < 0 || from->balance > KL_MONEY_MAX))
        return error_set(error, KL_ERR_ARGUMENT, "from is not where a verification ended");
    kl_ledger_report unwanted;
    return ledger_verify(handle, vendor_id, from, reached, report ? report : &unwanted, error);
}

static kl_status check_format(kl_ledger_format format, kl_error **error)
{
    if (format != KL_LEDGER_CSV && format != KL_LEDGER_JSON_LINES)
        return error_set(error, KL_ERR_ARGUMENT, "no such format");
    return KL_OK;
}

/* ---- export ---- */

typedef struct callback {
    kl_write_function write;
    void *context;
} callback;

static kl_status to_callback(void *context, const char *bytes, size_t length, kl_error **error)
{
    const callback *c = context;
    return c->write(c->context, bytes, length) ? error_set(error, KL_ERR_CANCELLED, "the export was stopped") : KL_OK;
}

kl_status kl_ledger_export(kl *handle, const kl_uuid *vendor_id, kl_ledger_format format, kl_write_function write,
                           void *context, kl_ledger_point *end, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_format(format, error));
    if (!write)
        return error_set(error, KL_ERR_ARGUMENT, "write is NULL");
    return ledger_export(handle, vendor_id, format, to_callback, &(callback){write, context}, end, error);
}

static kl_status to_file(void *context, const char *bytes, size_t length, kl_error **error)
{
    const int *file = context;
    while (length) {
        ssize_t put = write(*file, bytes, length);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return error_set(error, KL_ERR_IO, "the file cannot be written: %s", strerror(errno));
        bytes += put;
        length -= (size_t)put;
    }
    return KL_OK;
}

kl_status kl_ledger_export_file(kl *handle, const kl_uuid *vendor_id, kl_ledger_format format, const char *path,
                                kl_ledger_point *end, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_format(format, error));
    CHECK(check_pointer(path, "path", error));
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return error_set(error, errno == EEXIST ? KL_ERR_EXISTS : KL_ERR_IO, "the file cannot be made: %s",
                         strerror(errno));
    kl_ledger_point last;
    kl_status status = ledger_export(handle, vendor_id, format, to_file, &file, &last, error);
    if (close(file) != 0 && !status)
        status = error_set(error, KL_ERR_IO, "the file cannot be written: %s", strerror(errno));
    if (status)
        unlink(path);
    else if (end)
        *end = last;
    return status;
}

/* ---- a statement ---- */

kl_status kl_ledger_verify_stream(kl_read_function read, void *context, kl_ledger_format format, const uint8_t *head,
                                  kl_ledger_point *reached, kl_ledger_report *report, kl_error **error)
{
    if (!read)
        return error_set(error, KL_ERR_ARGUMENT, "read is NULL");
    CHECK(check_format(format, error));
    kl_ledger_report unwanted;
    return ledger_verify_stream(read, context, format, head, reached, report ? report : &unwanted, error);
}

static long from_file(void *context, char *buffer, size_t size)
{
    const int *file = context;
    ssize_t got;
    do
        got = read(*file, buffer, size);
    while (got < 0 && errno == EINTR);
    return (long)got;
}

kl_status kl_ledger_verify_file(const char *path, kl_ledger_format format, const uint8_t *head,
                                kl_ledger_point *reached, kl_ledger_report *report, kl_error **error)
{
    CHECK(check_pointer(path, "path", error));
    CHECK(check_format(format, error));
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return error_set(error, KL_ERR_IO, "the file cannot be opened: %s", strerror(errno));
    kl_status status = kl_ledger_verify_stream(from_file, &file, format, head, reached, report, error);
    close(file);
    return status;
}
