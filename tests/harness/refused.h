/* Calls that must be refused: with their status, a description of one line, no output and no change. */
#ifndef TESTS_HARNESS_REFUSED_H
#define TESTS_HARNESS_REFUSED_H

#include <check.h>
#include <stdbool.h>
#include <string.h>

#include "harness/outputs.h"
#include "harness/tenant_calls.h"

enum { REFUSED_UNTOUCHED = 0x5A };

extern tenant_names t;         /* a vendor with something of everything */
extern const kl_uuid *const v; /* its id */
extern kl_batch *lease;        /* of t.id[CAMPAIGN], with message 0 started */
extern kl_event_page *feed;    /* an empty page of the reader "reader" */
extern outputs out;            /* where the calls hand out */

/* A test case whose tests find the above and must change no row of the database. */
TCase *refused_case(const char *name);

/* Fails the test unless the call was refused as it should. */
void refused_check(const char *call, kl_status expected, kl_status status, const kl_error *error, bool described);

/* The call says E where it takes the error: it is made once with and once without a place for it. */
#define REFUSED(expected, call)                                                                                        \
    do {                                                                                                               \
        for (int round_ = 0; round_ < 2; round_++) {                                                                   \
            kl_error *error_ = NULL, **E = round_ ? NULL : &error_;                                                    \
            (void)E;                                                                                                   \
            memset(&out, REFUSED_UNTOUCHED, sizeof out);                                                               \
            kl_status status_ = (call);                                                                                \
            refused_check(#call, expected, status_, error_, !round_);                                                  \
            kl_error_free(error_);                                                                                     \
        }                                                                                                              \
    } while (0)

/* `length` letters; lives until the next call but three. */
const char *refused_letters(size_t length);

/* Options that kl_campaign_create() takes, and the call with `out`. */
kl_campaign_options refused_campaign_options(void);
/* A text to the vendor's own contact that may be sent. */
kl_message_options refused_message_options(void);
kl_status refused_campaign(kl *h, const kl_campaign_options *options, kl_error **error);

/* kl_contact_import() of a text. */
kl_status refused_import(kl *h, const char *text, const kl_import_options *options, kl_error **error);

/* X-Hub-Signature-256 of a body by the fixture's secret; static. */
const char *refused_signature(const char *body, size_t length);

#endif
