/* What Meta answers: message ids, accepted messages, errors. */
#ifndef STANDIN_ANSWERS_H
#define STANDIN_ANSWERS_H

#include "ledger.h"

enum { WAMID_SIZE = 80, WA_ID_SIZE = 24 };

/* Message ids differ from those of every other run, so that a database outlives the stand-in. */
void answers_new_run(void);

/* The id of a message, or of the reply to it. Built like Meta's: "wamid." + base64. */
void answers_wamid(const message *message, bool reply, char out[WAMID_SIZE]);

/* The WhatsApp id of a number. As with Meta it is not always the number: a Brazilian mobile loses its ninth digit, a
 * Mexican one gains a 1. */
void answers_wa_id(uint64_t to, char out[WA_ID_SIZE]);

void answers_accepted(text *out, const message *message);

/* The title Meta gives an error code. */
const char *answers_title(int code);

/* The HTTP status Meta uses with it. */
unsigned answers_status(int code);

/* The body of an error. `details` NULL = the title again. */
void answers_error(text *out, int code, int subcode, const char *details);

#endif
