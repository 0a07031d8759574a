/* What commands answer: the same records as JSON for programs and as aligned text for people. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>

#include <kloyst/types.h>

/* Before anything else. */
void output_form(bool json);

/* The records that follow are rows: a table, or JSON lines. */
void output_list(void);

void output_begin(void);
void output_text(const char *name, const char *value); /* NULL: there is none */
void output_number(const char *name, int64_t value);
void output_money(const char *name, kl_money value); /* a text, also in JSON */
void output_uuid(const char *name, const kl_uuid *value); /* NULL: there is none */
void output_id(const char *name, kl_uuid value);
void output_time(const char *name, kl_time value); /* 0: there is none */
void output_flag(const char *name, bool value);
void output_json(const char *name, const char *value); /* JSON as it is */
void output_hex(const char *name, const uint8_t *bytes, size_t count);
void output_end(void);

/* Writes what is still kept back; false when standard output cannot be written. */
bool output_finish(void);

/* A failure as an object on standard output. */
void output_failure(const char *status, const char *message, bool retriable, int end);

#endif
