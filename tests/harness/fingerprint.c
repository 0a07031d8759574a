/* Fingerprints of stored rows. */
#include "harness/fingerprint.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/server.h"

/* Writes the statement from the catalogs; %s: which tables, and the condition on their rows. */
static const char maker[] =
    "SELECT 'SELECT string_agg(line, E''\\n'' ORDER BY line) FROM (' || string_agg(format('SELECT %%L || count(*) || '' '' || "
    "md5(coalesce(string_agg(t.xmin || '' '' || t::text, E''\\n'' ORDER BY t::text COLLATE \"C\"), '''')) AS line "
    "FROM kloyst.%%I t%s', c.relname || ' ', c.relname%s), ' UNION ALL ') || ') all_tables' FROM pg_class c "
    "WHERE c.relnamespace = 'kloyst'::regnamespace AND c.relkind IN ('r', 'p')%s";

static const char owner[] = "CASE WHEN c.relname = 'vendor' THEN 'id' ELSE 'vendor_id' END";
static const char owned[] = " AND (c.relname = 'vendor' OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid "
                            "AND a.attname = 'vendor_id'))";

char *fingerprint(const char *admin, const kl_uuid *vendor_id)
{
    char id[KL_UUID_TEXT + 1] = "", where[120] = "", argument[120] = "", sql[2000];
    if (vendor_id) {
        kl_uuid_format(vendor_id, id);
        snprintf(where, sizeof where, " WHERE t.%%I = ''%s''", id);
        snprintf(argument, sizeof argument, ", %s", owner);
    }
    int length = snprintf(sql, sizeof sql, maker, where, argument, vendor_id ? owned : "");
    ck_assert_int_lt(length, (int)sizeof sql);
    char *statement = harness_query_text(admin, sql);
    char *text = harness_query_text(admin, statement);
    ck_assert_ptr_nonnull(text);
    free(statement);
    return text;
}

void fingerprint_unchanged(const char *before, const char *admin, const kl_uuid *vendor_id, const char *what)
{
    char *after = fingerprint(admin, vendor_id);
    const char *a = before, *b = after;
    while (*a && *a == *b) {
        a++;
        b++;
    }
    if (*a || *b) {
        while (a > before && a[-1] != '\n')
            a--;
        ck_abort_msg("%s changed %.*s", what, (int)strcspn(a, " \n"), a);
    }
    free(after);
}
