/* A vendor whom the program kloyst has made, ready to send. */
#include "harness/program_vendor.h"

#include <stdio.h>
#include <stdlib.h>

#include "harness/program.h"

char program_vendor[PROGRAM_ID], program_account[PROGRAM_ID];

void program_keep(char place[PROGRAM_ID], const char *id)
{
    snprintf(place, PROGRAM_ID, "%s", id);
}

void program_prepare(int contacts)
{
    char csv[20000], *end = csv + sprintf(csv, "Mobile;name;city\n");
    ck_assert_int_le(contacts, 400);
    unsetenv("KLOYST_VENDOR");
    ck_run(0, "vendor", "create", "Demo \"Traders\"\t\xE0\xA4\xB0", "--settings", "{\"time_zone\":\"Asia/Kolkata\"}", "--json");
    ck_assert_int_eq(program_json_lines(), 1);
    program_keep(program_vendor, program_member("id"));
    setenv("KLOYST_VENDOR", program_vendor, 1);
    ck_assert_int_eq(RUN_WITH("test-token\n", "waba", "create", "--waba-id", "102290129340398", "--phone-number-id",
                              "106540352242922", "--token-file", "-", "--json"), 0);
    program_keep(program_account, program_member("id"));
    ck_run(0, "waba", "set-rate", program_account, "1000");
    ck_run(0, "wallet", "credit", "1000", "--reference", "pay_1", "--key", "pay_1", "--json");
    for (int i = 0; i < contacts; i++)
        end += sprintf(end, "09800%06d;Name %d;City %d\n", i, i, i % 7);
    ck_assert_int_eq(RUN_WITH(csv, "contact", "import", "-", "--country", "IN", "--json"), 0);
    ck_assert_int_eq(program_json_lines(), 1);
}
