/* Webhooks as Meta sends them, and a campaign whose messages they are about. */
#ifndef TESTS_HARNESS_DELIVER_H
#define TESTS_HARNESS_DELIVER_H

#include <kloyst/kloyst.h>

#include "base/buffer.h"
#include "core/fold.h"
#include "crypto/keyring.h"

static const int64_t start = 1750030000; /* seconds */

/* Signs trackers; made by deliver_open(). */
extern keyring *deliver_keys;
void deliver_open(void);
void deliver_close(void);

/* A campaign to the vendor's `contacts` new contacts (0: to those it has) whose first batch was started but has no result. */
kl_batch *deliver_started(const kl_uuid *owner, const kl_uuid *waba, int contacts, kl_money price, kl_uuid *id);

/* Stores that Meta accepted a message of a batch. */
void deliver_accepted(kl_batch *batch, size_t index, const char *wamid);

typedef struct event {
    char status; /* s, d, r, f */
    int64_t at;  /* seconds after start */
    int code;
    const char *text;
} event;

/* In a buffer of the next call. */
const char *tracker_of(const kl_uuid *owner, const kl_uuid *message);

/* Appends one item of statuses[]; tracker may be NULL. */
void put_status(buffer *items, const char *wamid, const event *e, const char *tracker);
/* The same of a message of the batch, with the wamid "wamid.<index>" and its tracker. */
void put_status_of(buffer *items, const kl_batch *batch, size_t index, const event *e);
/* What reports of message tests say by their letter: s, d, r or f. */
const event *report_of(char letter);
/* Appends one item of messages[]; context may be NULL. */
void put_message(buffer *items, const char *from, const char *wamid, const char *context);

/* Signs a body and has it taken in. */
void deliver_bytes(const char *bytes, size_t length);
/* One body with these items, which are emptied. `list` is statuses or messages. */
void deliver(const char *phone, const char *list, buffer *items);
void deliver_status(const char *phone, const char *wamid, char status, const char *tracker);
void deliver_message(const char *phone, const char *from, const char *wamid, const char *context);

/* Folds all that waits. */
kl_fold_report fold_all(void);

/* Takes in and folds a body of tests/data/webhooks; fails the test when anything of it is set aside. */
kl_fold_report fold_file(const char *name);

/* Of a vendor whose ledger proves to be right. */
kl_money proven_balance(const kl_uuid *owner);

/* Fails the test unless the query answers this one text. */
void ask(const char *sql, const char *expected);

#endif
