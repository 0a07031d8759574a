/* kloyst ledger export: writes the ledger of a vendor as a statement. */
#include <stdio.h>

#include "groups.h"
#include "output.h"
#include "sink.h"

static int to_output(void *context, const char *bytes, size_t length)
{
    return !sink_write(context, bytes, length);
}

kl_status ledger_export(invocation *in)
{
    kl_ledger_point end;
    const char *path = given(in, "output");
    kl_ledger_format format = (kl_ledger_format)given_choice(in, "format", sink_is_lines(path) ? 2 : 1);
    kl_status status;
    if (path) {
        status = kl_ledger_export_file(in->handle, &in->vendor, format, path, &end, &in->error);
    } else {
        sink s;
        sink_open(in, &s, NULL);
        status = kl_ledger_export(in->handle, &in->vendor, format, to_output, &s, &end, &in->error);
        status = sink_close(in, &s, status);
    }
    if (!status && path) {
        output_begin();
        output_number("rows", end.seq);
        output_money("balance", end.balance);
        output_hex("head", end.hash, sizeof end.hash);
        output_end();
    }
    return status;
}
