/* kloyst ledger export: writes the ledger of a vendor as a statement. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "command.h"

static const char help[] =
    "[--url URL] --vendor UUID [--format csv|jsonl] [--output FILE] [--json]\n\n"
    "Writes every row of a vendor's ledger, with its hash, for 'kloyst ledger verify --file'.\n\n"
    "  --url URL         the database; else $KLOYST_URL\n"
    "  --vendor UUID     whose ledger\n"
    "  --format FORMAT   csv or jsonl; else by the end of the file's name, .jsonl or not\n"
    "  --output FILE     a new file; else standard output\n"
    "  --json            with --output: answers with one JSON object\n\n"
    "With --output it tells the hash of the last row: keep it, it pins the statement's end.\n"
    "Ends with 0: written, 2: wrong usage, 3: anything else.\n";

static int to_output(void *context, const char *bytes, size_t length)
{
    (void)context;
    return fwrite(bytes, 1, length, stdout) != length;
}

static void tell(const kl_ledger_point *end, bool json)
{
    printf(json ? "{\"seq\":%" PRId64 ",\"head\":\"" : "exported   %" PRId64 " rows\nhead       ", end->seq);
    command_hex(end->hash, (int)sizeof end->hash);
    puts(json ? "\"}" : "");
}

static int export(const char *url, const kl_uuid *vendor, kl_ledger_format format, const char *output, bool json)
{
    kl *handle = NULL;
    kl_error *error = NULL;
    kl_ledger_point end;
    kl_status status = command_open(url, &handle, &error);
    if (!status && output)
        status = kl_ledger_export_file(handle, vendor, format, output, &end, &error);
    else if (!status)
        status = kl_ledger_export(handle, vendor, format, to_output, NULL, &end, &error);
    kl_free(handle);
    int way = COMMAND_OK;
    if (!output && (fflush(stdout) != 0 || ferror(stdout))) {
        fputs("kloyst: standard output cannot be written\n", stderr);
        way = COMMAND_FAILED;
    } else if (status) {
        command_failed(status, error, json && output);
        way = COMMAND_FAILED;
    } else if (output) {
        tell(&end, json);
    }
    kl_error_free(error);
    return way;
}

static int run(int count, char **arguments)
{
    static const struct option options[] = {
        {"url", required_argument, NULL, 'u'},    {"vendor", required_argument, NULL, 'v'},
        {"format", required_argument, NULL, 'F'}, {"output", required_argument, NULL, 'o'},
        {"json", no_argument, NULL, 'j'},         {"help", no_argument, NULL, 'h'},
        {0}};
    const command *c = &ledger_export_command;
    const char *url = NULL, *vendor_text = NULL, *format_name = NULL, *output = NULL;
    bool json = false;
    for (int option; (option = getopt_long(count, arguments, "h", options, NULL)) != -1;) {
        switch (option) {
        case 'u':
            url = optarg;
            break;
        case 'v':
            vendor_text = optarg;
            break;
        case 'F':
            format_name = optarg;
            break;
        case 'o':
            output = optarg;
            break;
        case 'j':
            json = true;
            break;
        case 'h':
            return command_help(c);
        default:
            return command_usage(c, NULL);
        }
    }
    kl_uuid vendor;
    kl_ledger_format format;
    if (optind != count)
        return command_usage(c, "what stands behind the options is not understood");
    if (!vendor_text || kl_uuid_parse(vendor_text, &vendor))
        return command_usage(c, "--vendor needs a UUID");
    if (!command_format(format_name, output, &format))
        return command_usage(c, "the format must be csv or jsonl");
    return export(url, &vendor, format, output, json);
}

const command ledger_export_command = {"ledger export", "write the ledger of a vendor as a statement", help, run};
