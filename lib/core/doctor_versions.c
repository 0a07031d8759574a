/* Releases of PostgreSQL with known holes.
 *
 * Holes are told with the minor release of 15 that closed them. All majors are released on the same days, so that a later
 * major's minor is the one of 15 less the number that 15 had reached when the major came out. */
#include "core/doctor_versions.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"

enum { OLDEST_MAJOR = 15, NEWEST_MAJOR = 19 };

typedef struct hole {
    int fixed; /* minor of 15 */
    const char *what;
} hole;

static const hole server_holes[] = {
    {20, "CVE-2026-120154 and CVE-2026-16237 (ON CONFLICT shows rows that policies hide), CVE-2026-116311, CVE-2026-116327"},
    {19, "CVE-2026-14666 (cached policies after a change of role)"},
    {18, "CVE-2026-6478 (secrets compared in variable time)"},
    {14, "CVE-2025-8713 (statistics show values that policies hide)"},
    {10, "CVE-2024-10978 (SET ROLE)"},
    {9, "CVE-2024-10976 (plans reused under another role)"},
    {4, "CVE-2023-39418 (MERGE and policies)"},
    {3, "CVE-2023-2455 (policies and inlined functions)"},
    {0, NULL}};

static const hole client_holes[] = {{18, "CVE-2026-6477"},
                                    {15, "CVE-2025-12818"},
                                    {11, "CVE-2025-1094"},
                                    {9, "CVE-2024-10977 (errors before TLS)"},
                                    {0, NULL}};

/* What a minor release of a major is in the count of 15. */
static int minor_of_15(int version)
{
    static const int ahead[] = {0, 4, 8, 14, 19}; /* 16.0 came after 15.4, and so on */
    return version % 10000 + ahead[version / 10000 - OLDEST_MAJOR];
}

static void look_for(finding_list *found, const char *subject, const char *name, int version, const hole *holes)
{
    buffer open = BUFFER_INIT;
    int major = version / 10000, minor = version % 10000;
    for (const hole *h = holes; h->what && h->fixed > minor_of_15(version); h++)
        buffer_format(&open, "%s%s", open.length ? "; " : "", h->what);
    if (open.broken)
        found->broken = true;
    else if (open.length)
        finding_add(found, KL_FINDING_WARNING, subject, "%s %d.%d has known holes, update to the newest minor release: %s", name,
                    major, minor, open.data);
    else
        finding_add(found, KL_FINDING_GOOD, subject, "%s %d.%d has no hole that is known here", name, major, minor);
    buffer_free(&open);
}

static bool known(finding_list *found, const char *subject, const char *name, int version, kl_finding_level too_old)
{
    if (version / 10000 < OLDEST_MAJOR)
        finding_add(found, too_old, subject, "%s %d is older than %d, the oldest that is supported", name, version / 10000,
                    OLDEST_MAJOR);
    else if (version / 10000 > NEWEST_MAJOR)
        finding_add(found, KL_FINDING_NOTE, subject, "%s %d is newer than what this version knows holes of", name,
                    version / 10000);
    else
        return true;
    return false;
}

void doctor_server_version(finding_list *found, int version)
{
    if (known(found, "server", "PostgreSQL", version, KL_FINDING_FAULT))
        look_for(found, "server", "PostgreSQL", version, server_holes);
}

void doctor_client_version(finding_list *found, int version)
{
    if (known(found, "libpq", "libpq", version, KL_FINDING_WARNING))
        look_for(found, "libpq", "libpq", version, client_holes);
}
