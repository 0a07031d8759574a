/* Finding a webhook's signature among the raw headers of its request. */
#ifndef KLOYST_META_WEBHOOK_HEADER_H
#define KLOYST_META_WEBHOOK_HEADER_H

#include <stdbool.h>
#include <stddef.h>

/* Room for "sha256=", 64 digits and a NUL. */
enum { WEBHOOK_SIGNATURE = 72 };

/* Copies the value of X-Hub-Signature-256 out of header lines, "Name: value" each, ended by CR LF or LF. False when it is not
 * there, does not fit or is there twice: which of two was meant nobody can say. */
bool webhook_find_signature(const char *headers, size_t length, char out[WEBHOOK_SIGNATURE]);

#endif
