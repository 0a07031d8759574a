/* kloyst ledger verify: proves a ledger, in the database or in an exported statement. */
#include <stdio.h>
#include <string.h>

#include "groups.h"
#include "open.h"
#include "output.h"
#include "sink.h"

enum { HASH_BYTES = 32 };

static long from_input(void *context, char *buffer, size_t size)
{
    (void)context;
    size_t got = fread(buffer, 1, size, stdin);
    return got || !ferror(stdin) ? (long)got : -1;
}

static bool read_head(const char *text, uint8_t head[HASH_BYTES])
{
    if (strlen(text) != 2 * HASH_BYTES || strspn(text, "0123456789abcdefABCDEF") != 2 * HASH_BYTES)
        return false;
    for (int i = 0; i < HASH_BYTES; i++) {
        unsigned byte;
        sscanf(text + 2 * i, "%2x", &byte);
        head[i] = (uint8_t)byte;
    }
    return true;
}

static void tell(const invocation *in, kl_status status, const kl_ledger_report *report, const kl_ledger_point *reached)
{
    output_begin();
    output_flag("verified", !status);
    output_text("status", kl_status_name(status));
    output_number("rows", report->rows);
    if (status) {
        output_number("bad_seq", report->bad_seq);
        output_text("message", kl_error_message(in->error));
    } else {
        output_money("credited", report->credited);
        output_money("debited", report->debited);
        output_money("refunded", report->refunded);
        output_money("balance", report->balance);
        if (!given(in, "file"))
            output_money("held", report->held);
        output_number("seq", reached->seq);
        output_hex("head", reached->hash, HASH_BYTES);
    }
    output_end();
}

static kl_status verify_file(invocation *in, const char *path, kl_ledger_point *reached, kl_ledger_report *report)
{
    uint8_t head[HASH_BYTES];
    const uint8_t *expected = given(in, "head") ? head : NULL;
    kl_ledger_format format = (kl_ledger_format)given_choice(in, "format", sink_is_lines(path) ? 2 : 1);
    if (expected && !read_head(given(in, "head"), head))
        return command_wrong(in, "the head must be 64 hex digits");
    if (strcmp(path, "-") == 0)
        return kl_ledger_verify_stream(from_input, NULL, format, expected, reached, report, &in->error);
    return kl_ledger_verify_file(path, format, expected, reached, report, &in->error);
}

kl_status ledger_verify(invocation *in)
{
    kl_ledger_report report = {0};
    kl_ledger_point reached = {0};
    const char *path = given(in, "file");
    bool ran = true;
    kl_status status;
    if (path && (given(in, "vendor") || given(in, "url")))
        return command_wrong(in, "either --file or --vendor is needed");
    if (!path && (given(in, "format") || given(in, "head")))
        return command_wrong(in, "--format and --head belong to --file");
    if (path) {
        status = verify_file(in, path, &reached, &report);
    } else {
        status = open_vendor(in);
        if (!status)
            status = open_handle(in);
        ran = !status;
        if (ran)
            status = kl_ledger_verify_from(in->handle, &in->vendor, NULL, &reached, &report, &in->error);
    }
    if (status == KL_ERR_CORRUPT && ran)
        in->end = END_CHECK;
    if (!status || (in->end == END_CHECK && in->json)) {
        tell(in, status, &report, &reached);
        in->told = true;
    }
    return status;
}
