/* kloyst campaign watch: how a campaign goes, on a terminal or line by line. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "campaign.h"
#include "groups.h"
#include "output.h"
#include "progress.h"

enum { FAILURES_SHOWN = 5, NARROWEST = 40, LOOKS_LOST_MOST = 30, PACE_LOOKS = 16 };

typedef struct look {
    kl_campaign_status status;
    kl_campaign_stats stats;
    kl_campaign_progress progress;
    struct {
        int code;
        int64_t messages;
    } failures[FAILURES_SHOWN];
    size_t failure_count;
    char name[100];
    char reason[100];
} look;

static int64_t handled(const kl_campaign_stats *s)
{
    return s->recipients - s->waiting - s->deferred;
}

/* How fast it goes by the last looks: nearer to now than the last minute, of which a part may lie before its start. */
static double per_second(const kl_campaign_stats *s)
{
    static struct {
        double at;
        int64_t handled;
    } looks[PACE_LOOKS];
    static int count;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    int oldest = count < PACE_LOOKS ? 0 : (count + 1) % PACE_LOOKS;
    double now = (double)t.tv_sec + (double)t.tv_nsec / 1e9;
    looks[count % PACE_LOOKS].at = now;
    looks[count % PACE_LOOKS].handled = handled(s);
    count++;
    double seconds = now - looks[oldest].at;
    return seconds > 0.5 ? (double)(handled(s) - looks[oldest].handled) / seconds : 0;
}

/* -1: nothing goes. */
static int64_t seconds_left(const look *l, double pace)
{
    if (!l->stats.waiting)
        return 0;
    return pace > 0 ? (int64_t)((double)l->stats.waiting / pace) : l->progress.eta_seconds;
}

static kl_status look_at(invocation *in, const kl_uuid *id, look *l)
{
    kl_campaign *campaign = NULL;
    kl_campaign_failure_page *page = NULL;
    /* As one set of bytes: two looks are compared. */
    memset(l, 0, sizeof *l);
    kl_status status = kl_campaign_get(in->handle, &in->vendor, id, &campaign, &in->error);
    if (!status)
        status = kl_campaign_stats_get(in->handle, &in->vendor, id, &l->stats, &in->error);
    if (!status)
        status = kl_campaign_progress_get(in->handle, &in->vendor, id, &l->progress, &in->error);
    if (!status && l->stats.failed)
        status = kl_campaign_failures(in->handle, &in->vendor, id, &page, &in->error);
    if (!status) {
        l->status = kl_campaign_status_of(campaign);
        snprintf(l->name, sizeof l->name, "%s", kl_campaign_name(campaign));
        snprintf(l->reason, sizeof l->reason, "%s", kl_campaign_pause_reason(campaign));
        for (; page && l->failure_count < FAILURES_SHOWN && l->failure_count < kl_campaign_failure_page_count(page);
             l->failure_count++) {
            l->failures[l->failure_count].code = kl_campaign_failure_page_code(page, l->failure_count);
            l->failures[l->failure_count].messages = kl_campaign_failure_page_messages(page, l->failure_count);
        }
    }
    kl_campaign_failure_page_free(page);
    kl_campaign_free(campaign);
    return status;
}

/* "1 h 04 min", "2 min 10 s"; of no use in JSON. */
static const char *duration(int64_t seconds, char text[40])
{
    if (seconds < 0)
        snprintf(text, 40, "unknown");
    else if (seconds >= 3600)
        snprintf(text, 40, "%" PRId64 " h %02d min", seconds / 3600, (int)(seconds % 3600 / 60));
    else if (seconds >= 60)
        snprintf(text, 40, "%d min %02d s", (int)(seconds / 60), (int)(seconds % 60));
    else
        snprintf(text, 40, "%d s", (int)seconds);
    return text;
}

static void put_failures_json(const look *l)
{
    char text[FAILURES_SHOWN * 60] = "[", *end = text + 1;
    for (size_t i = 0; i < l->failure_count; i++)
        end += snprintf(end, (size_t)(text + sizeof text - end), "%s{\"code\":%d,\"messages\":%" PRId64 "}", i ? "," : "",
                        l->failures[i].code, l->failures[i].messages);
    snprintf(end, (size_t)(text + sizeof text - end), "]");
    output_json("failures", text);
}

static void tell_json(const look *l, double pace)
{
    output_begin();
    output_text("status", campaign_status_name(l->status));
    campaign_put_stats(&l->stats);
    output_number("last_minute", l->progress.last_minute);
    char text[40];
    snprintf(text, sizeof text, "%.1f", pace);
    output_json("per_second", text);
    output_number("eta_seconds", seconds_left(l, pace));
    put_failures_json(l);
    output_end();
    output_finish();
}

static void tell_line(const look *l, double pace)
{
    char eta[40];
    const kl_campaign_stats *s = &l->stats;
    printf("%s %" PRId64 "/%" PRId64 " waiting %" PRId64 " deferred %" PRId64 " unknown %" PRId64 " sent %" PRId64
           " delivered %" PRId64 " read %" PRId64 " failed %" PRId64 " cancelled %" PRId64 " per-second %.1f eta %s\n",
           campaign_status_name(l->status), handled(s), s->recipients, s->waiting, s->deferred, s->unknown, s->sent,
           s->delivered, s->read, s->failed, s->cancelled, pace, duration(seconds_left(l, pace), eta));
    fflush(stdout);
}

/* ---- the view ---------------------------------------------------------------- */

static int width_of_terminal(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_col < NARROWEST)
        return NARROWEST;
    return size.ws_col;
}

static int lines; /* of the view that is shown */

/* One line of the view, cut at the terminal's width, so that going up again by their number is right. */
static void line(int width, const char *text)
{
    int shown = 0;
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        bool begins = (*c & 0xC0) != 0x80;
        if (begins && ++shown >= width)
            break;
        putchar(*c < 0x20 || *c == 0x7F ? '?' : *c);
    }
    fputs("\033[K\n", stdout);
    lines++;
}

static void bar_line(int width, const char *name, int64_t count, int64_t all)
{
    char text[400];
    int room = width - 36, filled;
    room = room > 60 ? 60 : room < 4 ? 4 : room;
    filled = all ? (int)(count * room / all) : 0;
    filled += count && !filled;
    int at = snprintf(text, sizeof text, "  %-10s %10" PRId64 " %5.1f %%  ", name, count, all ? 100.0 * (double)count / (double)all : 0);
    for (int i = 0; i < filled; i++)
        text[at++] = '#';
    text[at] = '\0';
    line(width, text);
}

static void draw(const look *l, double pace)
{
    const kl_campaign_stats *s = &l->stats;
    char text[400], eta[40], best[40];
    char held[KL_MONEY_TEXT], debited[KL_MONEY_TEXT], refunded[KL_MONEY_TEXT];
    int width = width_of_terminal();
    if (lines)
        printf("\033[%dA", lines);
    lines = 0;
    snprintf(text, sizeof text, "%s: %s%s%s", l->name, campaign_status_name(l->status), *l->reason ? ", " : "", l->reason);
    line(width, text);
    snprintf(text, sizeof text, "%" PRId64 " of %" PRId64 " handed over, %.1f a second, left %s (at best %s)", handled(s),
             s->recipients, pace, duration(seconds_left(l, pace), eta), duration(l->progress.best_seconds, best));
    line(width, text);
    bar_line(width, "waiting", s->waiting, s->recipients);
    bar_line(width, "deferred", s->deferred, s->recipients);
    bar_line(width, "unknown", s->unknown, s->recipients);
    bar_line(width, "sent", s->sent, s->recipients);
    bar_line(width, "delivered", s->delivered, s->recipients);
    bar_line(width, "read", s->read, s->recipients);
    bar_line(width, "failed", s->failed, s->recipients);
    bar_line(width, "cancelled", s->cancelled, s->recipients);
    kl_money_format(s->held, held, sizeof held);
    kl_money_format(s->debited, debited, sizeof debited);
    kl_money_format(s->refunded, refunded, sizeof refunded);
    snprintf(text, sizeof text, "money: held %s, debited %s, refunded %s", held, debited, refunded);
    line(width, text);
    for (size_t i = 0; i < l->failure_count; i++) {
        kl_error_policy policy = {0};
        kl_error_policy_get(l->failures[i].code, &policy);
        snprintf(text, sizeof text, "  failed with %d: %" PRId64 "  %s", l->failures[i].code, l->failures[i].messages,
                 policy.text ? policy.text : "");
        line(width, text);
    }
    /* What a longer view left behind. */
    fputs("\033[J", stdout);
    fflush(stdout);
}

static bool ended(kl_campaign_status status)
{
    return status == KL_CAMPAIGN_COMPLETED || status == KL_CAMPAIGN_FAILED || status == KL_CAMPAIGN_CANCELLED;
}

static void tell(const invocation *in, const look *l, const look *before, bool first)
{
    double pace = per_second(&l->stats);
    if (!in->json && isatty(STDOUT_FILENO))
        draw(l, pace);
    else if (first || memcmp(l, before, sizeof *l) != 0) {
        if (in->json)
            tell_json(l, pace);
        else
            tell_line(l, pace);
    }
}

kl_status campaign_watch(invocation *in)
{
    kl_uuid id;
    look now, before;
    bool first = true;
    int lost = 0;
    int64_t interval = given_count(in, "interval", 1);
    given_uuid(in, "campaign", &id);
    if (interval < 1 || interval > 3600)
        return command_fail(in, KL_ERR_ARGUMENT, "--interval is from 1 to 3600 seconds");
    stop_catch(NULL);
    for (;; first = false) {
        kl_status status = look_at(in, &id, &now);
        /* A server that starts again is waited for; what is looked at is not. */
        if (status && !first && kl_status_retriable(status) && ++lost < LOOKS_LOST_MOST && !stop_asked()) {
            kl_error_free(in->error);
            in->error = NULL;
            stop_or_sleep(1000);
            continue;
        }
        if (status)
            return status;
        lost = 0;
        tell(in, &now, &before, first);
        before = now;
        if (ended(now.status) || stop_asked() || ferror(stdout))
            break;
        stop_or_sleep((int)interval * 1000);
    }
    if (!ended(now.status))
        in->end = END_STOPPED;
    else if (now.status != KL_CAMPAIGN_COMPLETED)
        in->end = END_STATE;
    return KL_OK;
}
