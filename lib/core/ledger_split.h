/* Cutting one line of an exported statement into its values. */
#ifndef KLOYST_CORE_LEDGER_SPLIT_H
#define KLOYST_CORE_LEDGER_SPLIT_H

#include "core/ledger_text.h"

/* Cuts a record of `length` bytes, without its line end, into values by column, in place: quotes are taken off and
 * texts get their NUL, for which one more byte may be written. `scratch` takes what has to be unescaped, until the next
 * call. NULL, or what is wrong with the record: words that continue "row 7 of the ledger". */
const char *ledger_split(kl_ledger_format format, char *record, size_t length, buffer *scratch,
                         ledger_value values[LEDGER_COLUMNS]);

#endif
