/* Fuzz target: CSV gives the same records however it is cut into pieces. The first byte says how it is cut. */
#include "fuzz/target.h"

#include "base/buffer.h"
#include "base/csv.h"

static kl_status csv_note(void *context, uint64_t line, const csv_field *fields, size_t count, kl_error **error)
{
    buffer *records = context;
    (void)error;
    buffer_u64(records, line);
    for (size_t i = 0; i < count; i++) {
        buffer_u32(records, (uint32_t)fields[i].length);
        buffer_append(records, fields[i].data, fields[i].length);
    }
    return KL_OK;
}

static kl_status csv_read(const uint8_t *data, size_t size, size_t piece, buffer *records)
{
    static const csv_options options = {.max_record = 4096, .max_fields = 64};
    csv_reader *reader = NULL;
    kl_status status = csv_reader_create(&options, &reader, NULL);
    for (size_t at = 0; !status && at < size; at += piece) {
        size_t length = size - at < piece ? size - at : piece;
        char *copy = malloc(length); /* of its own, so that a read behind its end is seen */
        PROMISE(copy != NULL);
        memcpy(copy, data + at, length);
        status = csv_reader_feed(reader, copy, length, csv_note, records, NULL);
        free(copy);
    }
    if (!status)
        status = csv_reader_finish(reader, csv_note, records, NULL);
    csv_reader_free(reader);
    return status;
}

int FUZZ_TARGET(const uint8_t *data, size_t size)
{
    buffer whole = BUFFER_INIT, pieces = BUFFER_INIT;
    if (size < 1)
        return 0;
    kl_status a = csv_read(data + 1, size - 1, size, &whole);
    kl_status b = csv_read(data + 1, size - 1, (size_t)data[0] % 16 + 1, &pieces);
    PROMISE(a == b && !whole.broken && !pieces.broken);
    PROMISE(a || (whole.length == pieces.length && (!whole.length || memcmp(whole.data, pieces.data, whole.length) == 0)));
    buffer_free(&whole);
    buffer_free(&pieces);
    return 0;
}
