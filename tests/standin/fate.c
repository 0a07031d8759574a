/* The draws that decide a message's fate. */
#include "fate.h"

#include <inttypes.h>
#include <stdio.h>

static uint64_t hash(const char *line)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *line; line++)
        h = (h ^ (unsigned char) *line) * 0x100000001b3u;
    h ^= h >> 30;
    h *= 0xbf58476d1ce4e5b9u;
    h ^= h >> 27;
    h *= 0x94d049bb133111ebu;
    return h ^ h >> 31;
}

double fate_draw(uint64_t to, uint32_t attempt, const char *name)
{
    char line[128];
    snprintf(line, sizeof line, "%" PRId64 "|%" PRIu64 "|%" PRIu32 "|%s", standin_options.seed, to, attempt, name);
    return (double) (hash(line) >> 11) / 9007199254740992.0;
}

static void choose_kind(fate *out, uint64_t to, uint32_t attempt)
{
    const options *o = &standin_options;
    if (o->fail_count == 0)
        return;
    double draw = fate_draw(to, attempt, "fail");
    double edge = 0;
    for (size_t at = 0; at < o->fail_count; at++) {
        edge += o->fails[at].share;
        if (draw < edge) {
            out->kind = o->fails[at].kind;
            out->value = o->fails[at].value;
            return;
        }
    }
}

fate fate_of(uint64_t to, uint32_t attempt)
{
    const options *o = &standin_options;
    fate out = {.kind = FATE_OK};
    choose_kind(&out, to, attempt);
    out.accepted = out.kind != FATE_SYNC && out.kind != FATE_HTTP;
    if (o->latency_high > 0)
        out.latency_ms = (int) ((double) o->latency_low +
                                fate_draw(to, attempt, "latency") * (double) (o->latency_high - o->latency_low));
    if (!out.accepted || out.kind == FATE_ASYNC)
        return out;
    if (!o->no_delivered) {
        bool skip = o->skip_delivered_share > 0 && fate_draw(to, attempt, "skip") < o->skip_delivered_share;
        out.delivered = !skip;
        out.read = skip || (o->read_share > 0 && fate_draw(to, attempt, "read") < o->read_share);
    }
    out.inbound = o->inbound_share > 0 && fate_draw(to, 0, "inbound") < o->inbound_share;
    return out;
}

const char *fate_name(fate_kind kind)
{
    static const char *const names[] = {"ok", "sync", "async", "http", "timeout", "cut", "garbage", "slow"};
    return names[kind];
}
