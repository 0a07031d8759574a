/* What reading a webhook costs: the signature, the strict check, taking apart, and cJSON alone. Prints bytes a second of each. */
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <kloyst/webhook.h>

#include "base/json.h"
#include "crypto/hmac.h"
#include "meta/webhook.h"

#define APP_SECRET "bench-app-secret"

typedef struct body {
    const char *signature, *bytes;
    size_t length;
} body;

static body *bodies;
static size_t body_count;
static size_t items;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *why)
{
    fprintf(stderr, "parse: %s\n", why);
    exit(1);
}

static void read_bodies(const char *path)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0, room = 0;
    ssize_t length;
    if (!file)
        fail("no bodies");
    while ((length = getline(&line, &capacity, file)) > 1) {
        if (body_count == room)
            bodies = realloc(bodies, (room = room ? room * 2 : 64) * sizeof *bodies);
        char *copy = strdup(line), *blank = copy ? strchr(copy, ' ') : NULL;
        if (!bodies || !blank)
            fail("no memory, or no body");
        *blank = '\0';
        bodies[body_count++] = (body){copy, blank + 1, (size_t)(copy + length - 1 - (blank + 1))};
    }
    free(line);
    fclose(file);
}

static bool verify(const body *b)
{
    return kl_webhook_verify(APP_SECRET, b->signature, b->bytes, b->length) == KL_OK;
}

static bool scan(const body *b)
{
    return json_check(b->bytes, b->length, NULL, NULL, NULL) == KL_OK;
}

static kl_status on_status(void *context, const webhook_status *status)
{
    (void)context;
    items += status->wamid != NULL;
    return KL_OK;
}

static kl_status on_message(void *context, const webhook_message *message)
{
    (void)context;
    items += message->wamid != NULL;
    return KL_OK;
}

/* The strict check is part of it. */
static bool take_apart(const body *b)
{
    static const webhook_handler handler = {.on_status = on_status, .on_message = on_message};
    return webhook_parse(b->bytes, b->length, &handler, NULL, NULL) == KL_OK;
}

/* All that the library does with a body from its arrival to its items. */
static bool everything(const body *b)
{
    return verify(b) && scan(b) && take_apart(b);
}

static bool cjson(const body *b)
{
    cJSON *tree = cJSON_ParseWithLength(b->bytes, b->length);
    cJSON_Delete(tree);
    return tree != NULL;
}

int main(int count, char **arguments)
{
    static const struct {
        const char *name;
        bool (*run)(const body *);
    } ways[] = {{"hmac", verify}, {"check", scan}, {"parse", take_apart}, {"all", everything}, {"cjson", cjson}};
    if (count != 3) {
        fprintf(stderr, "usage: parse BODIES SECONDS\n");
        return 2;
    }
    read_bodies(arguments[1]);
    if (!body_count)
        fail("no bodies");
    for (size_t w = 0; w < sizeof ways / sizeof ways[0]; w++) {
        double start = now(), bytes = 0;
        while (now() - start < atof(arguments[2]))
            for (size_t i = 0; i < body_count; i++) {
                if (!ways[w].run(&bodies[i]))
                    fail("a body was refused");
                bytes += (double)bodies[i].length;
            }
        printf("%s\t%.0f\n", ways[w].name, bytes / (now() - start));
    }
    return 0;
}
