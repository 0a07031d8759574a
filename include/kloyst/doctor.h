/* The doctor: whether the server, the schema and the keys are as they should be, for whoever runs the platform.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_DOCTOR_H
#define KLOYST_DOCTOR_H

#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kl_finding_level {
    KL_FINDING_GOOD = 1,    /* as it should be */
    KL_FINDING_NOTE = 2,    /* good to know */
    KL_FINDING_WARNING = 3, /* works, but should be changed */
    KL_FINDING_FAULT = 4    /* vendors are not kept apart, data can be lost, or nothing can be sent */
} kl_finding_level;

typedef struct kl_finding kl_finding;           /* one thing that was looked at; immutable */
typedef struct kl_finding_page kl_finding_page; /* findings in the order of looking */

/* Looks at the server's version and minor release and at libpq's (known holes), the login role, every rule of row-level security
 * and of privileges by which the schema keeps vendors apart, partitions, settings that durability depends on, the clocks of server and
 * caller, old transactions, and whether the handle's keys open the tokens of all accounts of all vendors, one by one. Changes
 * nothing. KL_ERR_ARGUMENT: out is NULL; and the statuses at the top of vendor.h. Thread-safe. Since 0.1. */
KL_API kl_status kl_doctor_run(kl *handle, kl_finding_page **out, kl_error **error);

/* Getters accept NULL: then 0 and "". Texts live as long as the page. Since 0.1. */
KL_API kl_finding_level kl_finding_level_of(const kl_finding *finding);
KL_API const char *kl_finding_subject(const kl_finding *finding); /* "server", "libpq", "role", "isolation", "durability" … */
KL_API const char *kl_finding_text(const kl_finding *finding);    /* one line for a person; no secret, no tenant's content */

KL_API size_t kl_finding_page_count(const kl_finding_page *page);
KL_API const kl_finding *kl_finding_page_at(const kl_finding_page *page, size_t index); /* NULL out of range */
KL_API void kl_finding_page_free(kl_finding_page *page);

#ifdef __cplusplus
}
#endif

#endif
