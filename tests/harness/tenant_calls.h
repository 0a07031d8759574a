/* Every function of the API that takes a vendor_id, called alike, and vendors that have something of everything. */
#ifndef TESTS_HARNESS_TENANT_CALLS_H
#define TESTS_HARNESS_TENANT_CALLS_H

#include <stdbool.h>

#include "harness/outputs.h"

/* Kinds of ids and of texts by which a vendor's things are named. */
enum tenant_id { USER, WABA, CONTACT, CAMPAIGN, DRAFT, SENT, MESSAGE, CREDIT, DEBIT, HOLD, WALLET, BREAKER, TEMPLATE, SINGLE, VENDOR, TENANT_IDS };
enum tenant_text { NO_TEXT, EMAIL, MOBILE, WAMID, KEY, NUMBER, ORDER, USER_ID, TENANT_TEXTS };
extern const char *const tenant_id_names[TENANT_IDS];

typedef struct tenant_names {
    kl_uuid id[TENANT_IDS];
    char text[TENANT_TEXTS][64];
} tenant_names;

/* A vendor of fixture.handle with something in every table. `n` (1 … 9) sets its texts apart. */
void tenant_populate(tenant_names *who, int n);

/* Names like those of a vendor, that nobody has. */
void tenant_invent(tenant_names *who);

/* Takes over the ids of what a call handed out. */
void tenant_note(tenant_names *who, const outputs *out);

typedef struct tenant_call {
    const char *name; /* after kl_ */
    kl_status (*run)(const kl_uuid *vendor, const kl_uuid *id, const char *text, outputs *out, kl_error **error);
    kl_status expected; /* with what is another vendor's or nobody's */
    int own;            /* the kind of id it takes, -1: none */
    int text;           /* the kind of text it takes */
    bool slow;          /* hashes a password */
} tenant_call;

/* What removes comes last, so that all can be run in this order with a vendor's own names. */
extern const tenant_call tenant_calls[];
extern const int tenant_calls_count;

/* The debit that calls with an idempotency key refund. */
extern kl_uuid tenant_refunded_debit;

#endif
