/* What the sub-commands of kloyst share. */
#include "command.h"

#include <stdio.h>
#include <string.h>

int command_help(const command *c)
{
    printf("usage: kloyst %s %s", c->words, c->help);
    return COMMAND_OK;
}

int command_usage(const command *c, const char *why)
{
    if (why)
        fprintf(stderr, "kloyst %s: %s\n", c->words, why);
    fprintf(stderr, "Try 'kloyst %s --help'.\n", c->words);
    return COMMAND_USAGE;
}

kl_status command_open(const char *url, kl **out, kl_error **error)
{
    kl_options options = KL_OPTIONS_INIT;
    options.pool_size = 1;
    return kl_open(url, &options, out, error);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

bool command_format(const char *name, const char *path, kl_ledger_format *out)
{
    bool lines = name ? strcmp(name, "jsonl") == 0 : path && (ends_with(path, ".jsonl") || ends_with(path, ".ndjson"));
    *out = lines ? KL_LEDGER_JSON_LINES : KL_LEDGER_CSV;
    return lines || !name || strcmp(name, "csv") == 0;
}

void command_json_text(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            printf("\\u%04x", (unsigned)(unsigned char)*text);
        else
            putchar(*text);
    }
    putchar('"');
}

void command_hex(const uint8_t *bytes, int count)
{
    for (int i = 0; i < count; i++)
        printf("%02x", bytes[i]);
}

int command_failed(kl_status status, const kl_error *error, bool json)
{
    const char *message = *kl_error_message(error) ? kl_error_message(error) : kl_status_text(status);
    if (json) {
        printf("{\"status\":\"%s\",\"message\":", kl_status_name(status));
        command_json_text(message);
        puts("}");
    } else {
        fprintf(stderr, "kloyst: %s\n", message);
    }
    return status == KL_ERR_CORRUPT ? COMMAND_CORRUPT : COMMAND_FAILED;
}
