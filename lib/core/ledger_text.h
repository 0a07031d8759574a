/* Ledger rows as text: the columns of an exported statement, their names and their values. */
#ifndef KLOYST_CORE_LEDGER_TEXT_H
#define KLOYST_CORE_LEDGER_TEXT_H

#include "base/buffer.h"
#include "core/ledger.h"

/* In the order of the file. */
typedef enum ledger_column {
    LEDGER_SEQ,
    LEDGER_CREATED_AT,
    LEDGER_TYPE,
    LEDGER_AMOUNT,
    LEDGER_BALANCE_AFTER,
    LEDGER_REFERENCE,
    LEDGER_KEY,
    LEDGER_ID,
    LEDGER_DEBIT_ID,
    LEDGER_CAMPAIGN_ID,
    LEDGER_BATCH_NO,
    LEDGER_VENDOR_ID,
    LEDGER_WALLET_ID,
    LEDGER_CREATED_US,
    LEDGER_HASH,
    LEDGER_COLUMNS
} ledger_column;

extern const char *const ledger_column_names[LEDGER_COLUMNS];

/* Whether JSON writes the column as a number. */
bool ledger_column_is_number(ledger_column column);

/* One value as it stands in the file. */
typedef struct ledger_value {
    const char *text; /* NULL: none; LEDGER_REFERENCE and LEDGER_KEY end with a NUL */
    size_t length;
} ledger_value;

/* Appends a row, with its line end; and the line that stands before the first. */
void ledger_text_write(buffer *b, kl_ledger_format format, const ledger_row *row, const uint8_t *hash);
void ledger_text_header(buffer *b, kl_ledger_format format);

/* What a row read from text points into, besides its values; keep it from row to row and start with zeros. */
typedef struct ledger_text {
    ledger_row row;
    uint8_t hash[SHA256_BYTES];
    kl_uuid debit_id;
    kl_uuid campaign_id;
} ledger_text;

/* Understands the values of a row. Answers the column that cannot be understood, LEDGER_COLUMNS when all can. */
ledger_column ledger_text_read(ledger_text *text, const ledger_value values[LEDGER_COLUMNS]);

#endif
