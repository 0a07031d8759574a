/* Contacts: a vendor's phone book, and importing it from CSV.
 *
 * All calls: the statuses listed at the top of vendor.h. They are thread-safe.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_CONTACT_H
#define KLOYST_CONTACT_H

#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kl_contact kl_contact;           /* one contact as it was read; immutable */
typedef struct kl_contact_page kl_contact_page; /* contacts in order of id */

/* Creates the contact with this number or replaces its attributes. `mobile`: any common spelling, see
 * kl_phone_normalize(); `country`: its default country, or NULL. `attributes`: a JSON object of
 * `attributes_length` bytes (at most 64 KiB, depth 32), or NULL for {}. *out may be NULL.
 * KL_ERR_NOT_FOUND: no such vendor; KL_ERR_FORMAT: not a number; KL_ERR_JSON; KL_ERR_TOO_LONG. Since 0.1. */
KL_API kl_status kl_contact_upsert(kl *handle, const kl_uuid *vendor_id, const char *mobile, const char *country,
                                   const char *attributes, size_t attributes_length, kl_contact **out, kl_error **error);

/* The id may be one that a contact had before it turned out to be the same user as another (see kl_contact_bsuid()): the
 * answer is the contact that both are now. KL_ERR_NOT_FOUND. Since 0.1. */
KL_API kl_status kl_contact_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *contact_id, kl_contact **out,
                                kl_error **error);

/* The contact with the number `mobile` in any common spelling; `country`: its default country, or NULL. KL_ERR_NOT_FOUND, KL_ERR_FORMAT. Since 0.1. */
KL_API kl_status kl_contact_find(kl *handle, const kl_uuid *vendor_id, const char *mobile, const char *country,
                                 kl_contact **out, kl_error **error);

/* The contact with the business-scoped user id `bsuid` of Meta's ("IN.1a2b3c"): since 2026 a user who writes may have this and no
 * number. KL_ERR_NOT_FOUND, KL_ERR_FORMAT: not such an id. Since 0.1. */
KL_API kl_status kl_contact_find_user(kl *handle, const kl_uuid *vendor_id, const char *bsuid, kl_contact **out,
                                      kl_error **error);

/* From now on nothing at all is sent to the contact; what is queued for it fails when its turn comes. A contact that is
 * blocked already stays as it is. KL_ERR_NOT_FOUND. Since 0.1. */
KL_API kl_status kl_contact_block(kl *handle, const kl_uuid *vendor_id, const kl_uuid *contact_id, kl_error **error);

/* Ends a block. KL_ERR_NOT_FOUND. Since 0.1. */
KL_API kl_status kl_contact_unblock(kl *handle, const kl_uuid *vendor_id, const kl_uuid *contact_id, kl_error **error);

/* Up to `limit` (1 … 1000) contacts after `after` (NULL: from the first). Since 0.1. */
KL_API kl_status kl_contact_list(kl *handle, const kl_uuid *vendor_id, const kl_uuid *after, int limit,
                                 kl_contact_page **out, kl_error **error);

/* Applies a merge patch (RFC 7396) to the attributes. KL_ERR_NOT_FOUND, KL_ERR_JSON, KL_ERR_TOO_LONG. Since 0.1. */
KL_API kl_status kl_contact_patch_attributes(kl *handle, const kl_uuid *vendor_id, const kl_uuid *contact_id,
                                             const char *patch, size_t patch_length, kl_error **error);

/* Removes a contact; messages sent to it stay. KL_ERR_NOT_FOUND. Since 0.1. */
KL_API kl_status kl_contact_delete(kl *handle, const kl_uuid *vendor_id, const kl_uuid *contact_id, kl_error **error);

/* Number of contacts of the vendor. Since 0.1. */
KL_API kl_status kl_contact_count(kl *handle, const kl_uuid *vendor_id, int64_t *out, kl_error **error);

KL_API kl_uuid kl_contact_id(const kl_contact *contact);
KL_API kl_uuid kl_contact_vendor_id(const kl_contact *contact);
KL_API const char *kl_contact_mobile(const kl_contact *contact); /* E.164 digits without '+'; NULL: not known */
/* Meta's id of the user; NULL: not known. A contact has a number, such an id or both. When a number that became known is a
 * contact already, the two become one: the one with the number, with the attributes that it lacked and all evidence of consent. */
KL_API const char *kl_contact_bsuid(const kl_contact *contact);
KL_API kl_time kl_contact_opted_out_at(const kl_contact *contact); /* no marketing since then; 0: allowed. See consent.h */
KL_API kl_time kl_contact_blocked_at(const kl_contact *contact);   /* nothing is sent since then; 0: not blocked */
/* When a message failed because nobody could be reached under its number (131026: no WhatsApp, an old client, terms not accepted);
 * 0 when that never happened or the user has written since. Such messages cost nothing, and the cause may pass, so campaigns go to
 * it unless their filter says {"undeliverable":false}. */
KL_API kl_time kl_contact_undeliverable_at(const kl_contact *contact);
KL_API const char *kl_contact_attributes(const kl_contact *contact); /* JSON object, NUL-terminated */
KL_API kl_time kl_contact_created_at(const kl_contact *contact);
KL_API kl_time kl_contact_updated_at(const kl_contact *contact);
KL_API void kl_contact_free(kl_contact *contact);

KL_API size_t kl_contact_page_count(const kl_contact_page *page);
KL_API const kl_contact *kl_contact_page_at(const kl_contact_page *page, size_t index);
KL_API void kl_contact_page_free(kl_contact_page *page);

/* Counts of an import so far: rows = imported + duplicate + rejected at the end. */
typedef struct kl_import_report {
    int64_t rows;      /* data rows read: records after the header that are not blank */
    int64_t imported;  /* distinct numbers now in the phone book with the file's attributes */
    int64_t duplicate; /* rows whose number stands again further down: the last one wins */
    int64_t rejected;  /* rows whose number or text cannot be taken */
    int64_t created;   /* of imported: numbers the vendor did not have */
    int64_t bytes;     /* of the file, read so far */
} kl_import_report;

/* A row that was rejected. The pointers live during the call only. */
typedef struct kl_import_reject {
    int64_t line;       /* physical line where the record starts, 1 is the first of the file */
    int column;         /* 1 is the first; 0: the row as a whole */
    const char *reason; /* one line of English */
    const char *value;  /* the field as it stands in the file, at most 200 bytes of it */
} kl_import_reject;

/* Called now and then while an import runs; anything but 0 stops it and nothing is changed (KL_ERR_CANCELLED). */
typedef int (*kl_import_progress_function)(void *context, const kl_import_report *so_far);
/* Called for each rejected row, in order of lines; anything but 0 stops the import as above. */
typedef int (*kl_import_reject_function)(void *context, const kl_import_reject *reject);
/* Fills up to `size` bytes and answers how many; 0 at the end, -1 on failure (KL_ERR_IO). */
typedef long (*kl_read_function)(void *context, char *buffer, size_t size);
/* Takes the next bytes of an export; anything but 0 stops it (KL_ERR_CANCELLED). */
typedef int (*kl_write_function)(void *context, const char *bytes, size_t length);

typedef struct kl_import_options {
    size_t size;               /* sizeof(kl_import_options) as the caller was compiled */
    const char *country;       /* default country of national spellings, ISO 3166-1 alpha-2; NULL: none */
    const char *mobile_column; /* header of the column with the number; NULL: found by its name
                                  (mobile, phone, number, whatsapp, msisdn … in any case) */
    char delimiter;            /* 0: found from the header line among , ; tab and | */
    kl_import_progress_function progress; /* may be NULL */
    kl_import_reject_function reject;     /* may be NULL */
    void *context;             /* for progress and reject */
} kl_import_options;

#define KL_IMPORT_OPTIONS_INIT {sizeof(kl_import_options), NULL, NULL, 0, NULL, NULL, NULL}

/* Writes KL_IMPORT_OPTIONS_INIT to *options; NULL is ignored. Since 0.1. */
KL_API void kl_import_options_init(kl_import_options *options);

/* Imports CSV (RFC 4180, UTF-8, with a header line) in one transaction and constant memory. The column with the number
 * is normalised; every other column whose header is not empty becomes an attribute of its name, a text; empty fields
 * are left out. Attributes of a contact that the file does not name stay as they are. Importing a file twice is the
 * same as once, and writes nothing the second time. Blanks around a header do not count; two columns must not have
 * one header. A row with more fields than the header, with text that is not UTF-8 or holds a NUL, or with more than
 * 64 KiB of attributes is rejected like one without a usable number. Takes one connection of the handle for as long as
 * it runs; the merge at the end has an hour instead of the statement time-out. `options` and `report` may be NULL.
 * KL_ERR_NOT_FOUND: no such vendor; KL_ERR_FORMAT: not CSV, or no column with numbers, or a header twice;
 * KL_ERR_TOO_LONG: a record above 1 MiB or 1024 fields; KL_ERR_ENCODING: the header, or UTF-16; KL_ERR_IO;
 * KL_ERR_PERMISSION: kloyst_app may not make temporary tables; KL_ERR_CANCELLED. After a failure nothing is changed.
 * Since 0.1. */
KL_API kl_status kl_contact_import(kl *handle, const kl_uuid *vendor_id, kl_read_function read, void *read_context,
                                   const kl_import_options *options, kl_import_report *report, kl_error **error);

/* kl_contact_import() from the file `path`. KL_ERR_IO: it cannot be read. Since 0.1. */
KL_API kl_status kl_contact_import_file(kl *handle, const kl_uuid *vendor_id, const char *path,
                                        const kl_import_options *options, kl_import_report *report, kl_error **error);

/* The form of exported contacts. */
typedef enum kl_contact_format {
    KL_CONTACTS_CSV = 1,       /* RFC 4180 with a header line: the number with '+', "mobile", then a column for each attribute in order of
                                  their names. kl_contact_import() takes it. What an attribute lacks is an empty field; values that
                                  are no texts stand as JSON. Ids, consent and blocks are not in it */
    KL_CONTACTS_JSON_LINES = 2 /* one JSON object a line, with everything that a contact has; times as RFC 3339 in UTC */
} kl_contact_format;

/* Writes all contacts of a vendor in order of id, by calls of `write` with `context`, as of one moment and in constant memory. In CSV a contact that has no number has
 * an empty first field; the first column is "mobile_of_contact" when an attribute is called "mobile". *count (may be NULL) is how
 * many contacts there were. Takes one connection of the handle and keeps a snapshot of the database open for as long as it runs.
 * KL_ERR_NOT_FOUND: no such vendor; KL_ERR_CANCELLED; KL_ERR_ARGUMENT: write is NULL or no such format. After a failure part of it
 * is written. Since 0.1. */
KL_API kl_status kl_contact_export(kl *handle, const kl_uuid *vendor_id, kl_contact_format format, kl_write_function write,
                                   void *context, int64_t *count, kl_error **error);

#ifdef __cplusplus
}
#endif

#endif
