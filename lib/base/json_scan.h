/* The one pass over a JSON text that checks it and, when asked, records its index. */
#ifndef KLOYST_BASE_JSON_SCAN_H
#define KLOYST_BASE_JSON_SCAN_H

#include "base/json_index.h"

/* `record` and `kind` may be NULL; an index handed in is empty and is the caller's to free on failure too. */
kl_status json_scan(const char *bytes, size_t length, const json_limits *limits, json_index *record, json_kind *kind,
                    kl_error **error);

#endif
