/* Fingerprints of stored rows, to see that a call changed nothing. */
#ifndef TESTS_HARNESS_FINGERPRINT_H
#define TESTS_HARNESS_FINGERPRINT_H

#include <kloyst/types.h>

/* One line a table of the schema with a hash over its rows and the transactions that wrote them, so that a row rewritten
 * with the same values shows too. Of one vendor's rows unless `vendor_id` is NULL. `admin`: conninfo of a superuser, and the
 * caller frees the text. Tables added later are among them. */
char *fingerprint(const char *admin, const kl_uuid *vendor_id);

/* Fails the test, naming the table, unless the fingerprint is still `before`. */
void fingerprint_unchanged(const char *before, const char *admin, const kl_uuid *vendor_id, const char *what);

#endif
