/* kloyst ledger verify: proves a ledger, in the database or in an exported statement. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command.h"

enum { HASH_BYTES = 32 };

static const char help[] =
    "--file FILE [--format csv|jsonl] [--head HEX] [--json]\n"
    "       kloyst ledger verify [--url URL] --vendor UUID [--json]\n\n"
    "Recomputes the hash chain of a ledger from its first row.\n\n"
    "  --file FILE       an exported statement; - reads standard input. Needs no database.\n"
    "  --format FORMAT   csv or jsonl; else by the end of the file's name, .jsonl or not\n"
    "  --head HEX        the hash that the last row must have, known from elsewhere: without it a\n"
    "                    statement cut off at its end, or rewritten with all its hashes, may pass\n"
    "  --url URL         the database; else $KLOYST_URL\n"
    "  --vendor UUID     whose ledger\n"
    "  --json            answers with one JSON object\n\n"
    "Ends with 0: verified, 1: corrupt (the row is named by its seq), 2: wrong usage, 3: anything else.\n";

typedef struct wishes {
    const char *file;
    const char *format;
    const char *head;
    const char *url;
    const char *vendor;
    bool json;
} wishes;

static const char *money(kl_money amount, char text[KL_MONEY_TEXT])
{
    kl_money_format(amount, text, KL_MONEY_TEXT);
    return text;
}

static void tell_json(const wishes *w, kl_status status, const kl_error *error, const kl_ledger_report *report,
                      const kl_ledger_point *reached)
{
    char credited[KL_MONEY_TEXT], debited[KL_MONEY_TEXT], refunded[KL_MONEY_TEXT], balance[KL_MONEY_TEXT];
    printf("{\"verified\":%s,\"status\":\"%s\",\"rows\":%" PRId64, status ? "false" : "true", kl_status_name(status),
           report->rows);
    if (status) {
        printf(",\"bad_seq\":%" PRId64 ",\"message\":", report->bad_seq);
        command_json_text(kl_error_message(error));
    } else {
        printf(",\"credited\":\"%s\",\"debited\":\"%s\",\"refunded\":\"%s\",\"balance\":\"%s\"",
               money(report->credited, credited), money(report->debited, debited), money(report->refunded, refunded),
               money(report->balance, balance));
        if (!w->file)
            printf(",\"held\":\"%s\"", money(report->held, balance));
        printf(",\"seq\":%" PRId64 ",\"head\":\"", reached->seq);
        command_hex(reached->hash, HASH_BYTES);
        putchar('"');
    }
    puts("}");
}

static void tell_text(const wishes *w, const kl_ledger_report *report, const kl_ledger_point *reached)
{
    char text[KL_MONEY_TEXT];
    printf("verified   %" PRId64 " rows\n", report->rows);
    printf("credited   %s\n", money(report->credited, text));
    printf("debited    %s\n", money(report->debited, text));
    printf("refunded   %s\n", money(report->refunded, text));
    printf("balance    %s\n", money(report->balance, text));
    if (!w->file)
        printf("held       %s\n", money(report->held, text));
    fputs("head       ", stdout);
    command_hex(reached->hash, HASH_BYTES);
    putchar('\n');
}

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

static kl_status verify_file(const wishes *w, kl_ledger_format format, const uint8_t *head, kl_ledger_point *reached,
                             kl_ledger_report *report, kl_error **error)
{
    if (strcmp(w->file, "-") == 0)
        return kl_ledger_verify_stream(from_input, NULL, format, head, reached, report, error);
    return kl_ledger_verify_file(w->file, format, head, reached, report, error);
}

static kl_status verify_database(const wishes *w, const kl_uuid *vendor, kl_ledger_point *reached,
                                 kl_ledger_report *report, bool *ran, kl_error **error)
{
    kl *handle = NULL;
    kl_status status = command_open(w->url, &handle, error);
    *ran = !status;
    if (!status)
        status = kl_ledger_verify_from(handle, vendor, NULL, reached, report, error);
    kl_free(handle);
    return status;
}

static int verify(const wishes *w, const kl_uuid *vendor, kl_ledger_format format, const uint8_t *head)
{
    kl_ledger_report report = {0};
    kl_ledger_point reached = {0};
    kl_error *error = NULL;
    bool ran = true;
    kl_status status = w->file ? verify_file(w, format, head, &reached, &report, &error)
                               : verify_database(w, vendor, &reached, &report, &ran, &error);
    int end = COMMAND_OK;
    if (!status && !w->json)
        tell_text(w, &report, &reached);
    else if (w->json && (!status || (status == KL_ERR_CORRUPT && ran)))
        tell_json(w, status, error, &report, &reached);
    else
        end = command_failed(status, error, w->json);
    if (status == KL_ERR_CORRUPT)
        end = ran ? COMMAND_CORRUPT : COMMAND_FAILED;
    kl_error_free(error);
    return end;
}

static int run(int count, char **arguments)
{
    static const struct option options[] = {
        {"file", required_argument, NULL, 'f'},   {"format", required_argument, NULL, 'F'},
        {"head", required_argument, NULL, 'H'},   {"url", required_argument, NULL, 'u'},
        {"vendor", required_argument, NULL, 'v'}, {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},         {0}};
    const command *c = &ledger_verify_command;
    wishes w = {0};
    for (int option; (option = getopt_long(count, arguments, "h", options, NULL)) != -1;) {
        switch (option) {
        case 'f':
            w.file = optarg;
            break;
        case 'F':
            w.format = optarg;
            break;
        case 'H':
            w.head = optarg;
            break;
        case 'u':
            w.url = optarg;
            break;
        case 'v':
            w.vendor = optarg;
            break;
        case 'j':
            w.json = true;
            break;
        case 'h':
            return command_help(c);
        default:
            return command_usage(c, NULL);
        }
    }
    kl_uuid vendor = {{0}};
    kl_ledger_format format;
    uint8_t head[HASH_BYTES];
    if (optind != count)
        return command_usage(c, "what stands behind the options is not understood");
    if (!w.file == !w.vendor)
        return command_usage(c, "either --file or --vendor is needed");
    if (w.file ? w.url != NULL : w.format || w.head)
        return command_usage(c, "--format and --head belong to --file, --url to --vendor");
    if (!command_format(w.format, w.file, &format))
        return command_usage(c, "the format must be csv or jsonl");
    if (w.head && !read_head(w.head, head))
        return command_usage(c, "the head must be 64 hex digits");
    if (w.vendor && kl_uuid_parse(w.vendor, &vendor))
        return command_usage(c, "the vendor must be a UUID");
    return verify(&w, &vendor, format, w.head ? head : NULL);
}

const command ledger_verify_command = {
    "ledger verify", "prove a ledger, in the database or in an exported statement", help, run};
