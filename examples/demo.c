/* The main job from end to end: an empty machine to a campaign that is sent, reported back and accounted for.
 *
 *     CONTACTS=file.csv COUNTRY=IN build/examples/demo
 *
 * Meta is played by the program $GRAPH_STANDIN on loopback. Exit status 0 says that everything reconciles.
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <kloyst/kloyst.h>

static const char app_secret[] = "the-app-secret-of-the-demo";
static const char token[] = "EAAG-token-of-the-demo";
static const char phone_number_id[] = "106540352242922";
static const kl_money price = 8631; /* 0.8631: a marketing message to India */

typedef struct demo {
    kl *handle;
    kl_uuid vendor, waba, campaign;
    kl_money credited;
    char directory[256];
    char url[sizeof "embedded:" + 256];
    struct MHD_Daemon *receiver;
    pid_t standin;
    int standin_port;
    pthread_t folder;
    atomic_int folding;
    int64_t total; /* of the bar on show */
    time_t last_line;
    int terminal;
} demo;

static void fail(const char *what, kl_error *error)
{
    fprintf(stderr, "demo: %.*s: %s\n", (int)strcspn(what, "("), what, kl_error_message(error));
    exit(EXIT_FAILURE); /* leave_nothing() cleans up */
}

#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        kl_error *try_error = NULL;                                                                                    \
        if ((call) != KL_OK)                                                                                           \
            fail(#call, try_error);                                                                                    \
    } while (0)

/* --- progress: a bar on a terminal, a plain line a second otherwise ----------------------------------------------- */

static void show(demo *d, const char *what, int64_t done, int64_t total, int last)
{
    time_t now = time(NULL);
    if (!d->terminal) {
        if (last || now != d->last_line)
            printf("  %s: %lld of %lld\n", what, (long long)done, (long long)total);
        d->last_line = now;
        fflush(stdout);
        return;
    }
    int width = 40, filled = total ? (int)(done * width / total) : width;
    filled = filled > width ? width : filled;
    printf("\r  %-8s [%.*s%*s] %lld/%lld", what, filled, "########################################", width - filled, "",
           (long long)done, (long long)total);
    if (last)
        printf("\n");
    fflush(stdout);
}

/* --- the contacts ------------------------------------------------------------------------------------------------- */

static int on_import(void *context, const kl_import_report *so_far)
{
    demo *d = context;
    show(d, "import", so_far->bytes, d->total, 0);
    return 0;
}

static int on_reject(void *context, const kl_import_reject *reject)
{
    demo *d = context;
    static int shown;
    if (shown++ < 5 && !d->terminal)
        printf("  rejected line %lld, column %d: %s\n", (long long)reject->line, reject->column, reject->reason);
    return 0;
}

static kl_import_report import_contacts(demo *d, const char *path, const char *country)
{
    struct stat file;
    kl_import_report report;
    kl_import_options options = KL_IMPORT_OPTIONS_INIT;
    d->total = stat(path, &file) == 0 ? (int64_t)file.st_size : 0;
    options.country = country;
    options.progress = on_import;
    options.reject = on_reject;
    options.context = d;
    printf("importing %s (default country %s)\n", path, country);
    TRY(kl_contact_import_file(d->handle, &d->vendor, path, &options, &report, &try_error));
    show(d, "import", d->total, d->total, 1);
    printf("  %lld rows: %lld imported, %lld duplicate, %lld rejected\n", (long long)report.rows,
           (long long)report.imported, (long long)report.duplicate, (long long)report.rejected);
    return report;
}

/* --- the vendor and the campaign ---------------------------------------------------------------------------------- */

static void make_vendor(demo *d)
{
    kl_vendor *vendor = NULL;
    kl_user *user = NULL;
    kl_waba *waba = NULL;
    static const char password[] = "correct horse battery staple";
    TRY(kl_vendor_create(d->handle, "Demo Traders", KL_PLAN_SHARED, "{\"timezone\":\"Asia/Kolkata\"}", 27, &vendor, &try_error));
    d->vendor = kl_vendor_id(vendor);
    TRY(kl_user_create(d->handle, &d->vendor, "admin@demo-traders.example", password, strlen(password), KL_ROLE_ADMIN, NULL,
                       &try_error));
    TRY(kl_user_authenticate(d->handle, "Admin@Demo-Traders.example", password, strlen(password), &user, &try_error));
    TRY(kl_waba_create(d->handle, &d->vendor, "102290129340398", phone_number_id, token, strlen(token), &waba, &try_error));
    d->waba = kl_waba_id(waba);
    TRY(kl_waba_set_rate(d->handle, &d->vendor, &d->waba, 1000, &try_error));
    printf("vendor \"%s\" with admin %s and a WABA account whose token is sealed\n", kl_vendor_name(vendor),
           kl_user_email(user));
    kl_vendor_free(vendor);
    kl_user_free(user);
    kl_waba_free(waba);
}

static int64_t make_campaign(demo *d)
{
    static const char parameters[] = "[{\"attribute\":\"name\",\"fallback\":\"friend\"},"
                                     "{\"attribute\":\"city\",\"fallback\":\"your city\"}]";
    kl_campaign *campaign = NULL;
    kl_preflight *preflight = NULL;
    int64_t recipients = 0;
    char cost[KL_MONEY_TEXT], credit[KL_MONEY_TEXT];
    kl_campaign_options options = KL_CAMPAIGN_OPTIONS_INIT;
    options.name = "Festival offer";
    options.waba_account_id = &d->waba;
    options.template_name = "festival_offer";
    options.template_language = "en_US";
    options.parameters = parameters;
    options.parameters_length = strlen(parameters);
    options.price = price;
    TRY(kl_campaign_create(d->handle, &d->vendor, &options, &campaign, &try_error));
    d->campaign = kl_campaign_id(campaign);
    TRY(kl_campaign_preflight(d->handle, &d->vendor, &d->campaign, 5, &preflight, &try_error));
    /* Enough for everybody, and 100.0000 to spare. */
    d->credited = kl_preflight_cost(preflight) + 1000000;
    if (d->credited > KL_MONEY_MAX)
        d->credited = KL_MONEY_MAX;
    TRY(kl_wallet_credit(d->handle, &d->vendor, d->credited, "pay_DEMO0000000001", "pay_DEMO0000000001", NULL, &try_error));
    kl_money_format(kl_preflight_cost(preflight), cost, sizeof cost);
    kl_money_format(d->credited, credit, sizeof credit);
    printf("campaign \"%s\": %lld contacts cost %s; the wallet was credited with %s\n", kl_campaign_name(campaign),
           (long long)(kl_preflight_contacts(preflight) - kl_preflight_invalid(preflight)), cost, credit);
    for (size_t i = 0; i < kl_preflight_listed(preflight); i++)
        printf("  left out %s: parameter %d: %s\n", kl_preflight_mobile(preflight, i), kl_preflight_parameter(preflight, i),
               kl_preflight_reason(preflight, i));
    if (kl_preflight_invalid(preflight) > (int64_t)kl_preflight_listed(preflight))
        printf("  left out %lld more\n", (long long)(kl_preflight_invalid(preflight) - (int64_t)kl_preflight_listed(preflight)));
    TRY(kl_campaign_enqueue(d->handle, &d->vendor, &d->campaign, 1, &recipients, &try_error));
    printf("  %lld messages are queued and their money is held\n", (long long)recipients);
    kl_campaign_free(campaign);
    kl_preflight_free(preflight);
    return recipients;
}

/* --- webhooks: take each POST in, fold them in a thread ----------------------------------------------------------- */

typedef struct post {
    char *body;
    size_t length;
} post;

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *data, size_t *size, void **state)
{
    demo *d = context;
    post *p = *state;
    (void)url;
    (void)version;
    if (strcmp(method, "POST") != 0)
        return MHD_NO;
    if (!p)
        return (*state = calloc(1, sizeof *p)) ? MHD_YES : MHD_NO;
    if (*size) {
        char *grown = p->length + *size > KL_WEBHOOK_BODY_MAX ? NULL : realloc(p->body, p->length + *size);
        if (!grown)
            return MHD_NO;
        memcpy(grown + p->length, data, *size);
        p->body = grown;
        p->length += *size;
        *size = 0;
        return MHD_YES;
    }
    const char *signature = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Hub-Signature-256");
    kl_status status = kl_webhook_take(d->handle, signature, p->body ? p->body : "", p->length, NULL);
    struct MHD_Response *answer = MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
    enum MHD_Result queued = MHD_queue_response(connection, status ? (status == KL_ERR_SIGNATURE ? 401 : 500) : 200, answer);
    MHD_destroy_response(answer);
    return queued;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode code)
{
    post *p = *state;
    (void)context;
    (void)connection;
    (void)code;
    if (p)
        free(p->body);
    free(p);
}

static void *fold(void *context)
{
    demo *d = context;
    while (atomic_load(&d->folding)) {
        kl_fold_report report;
        TRY(kl_webhook_fold(d->handle, 100, &report, &try_error));
        if (!report.bodies)
            usleep(20000);
    }
    return NULL;
}

static int start_receiver(demo *d)
{
    struct sockaddr_in loopback = {.sin_family = AF_INET};
    loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    d->receiver = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL, NULL, on_request, d,
                                   MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&loopback, MHD_OPTION_NOTIFY_COMPLETED,
                                   on_completed, NULL, MHD_OPTION_END);
    const union MHD_DaemonInfo *info = d->receiver ? MHD_get_daemon_info(d->receiver, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (!info)
        fail("the webhook receiver does not start", NULL);
    atomic_store(&d->folding, 1);
    pthread_create(&d->folder, NULL, fold, d);
    return info->port;
}

/* --- the stand-in for Meta ---------------------------------------------------------------------------------------- */

static void start_standin(demo *d, int webhook_port)
{
    char webhook_url[64];
    const char *program = getenv("GRAPH_STANDIN");
    int output[2];
    if (!program || pipe(output))
        fail("GRAPH_STANDIN must name the stand-in's program", NULL);
    snprintf(webhook_url, sizeof webhook_url, "http://127.0.0.1:%d/webhook", webhook_port);
    d->standin = fork();
    if (d->standin == 0) {
        dup2(output[1], STDOUT_FILENO);
        close(output[0]);
        close(output[1]);
        execl(program, program, "--app-secret", app_secret, "--token", token, "--phone-number-id", phone_number_id,
              "--webhook-url", webhook_url, "--fail", "sync:131026:0.02", "--fail", "async:131049:0.03", "--fail",
              "sync:131016:0.02", "--read-share", "0.6", "--skip-delivered-share", "0.05", "--shuffle",
              "--duplicate-share", "0.1", "--inbound-share", "0.02", "--seed", "7", (char *)NULL);
        _exit(127);
    }
    close(output[1]);
    FILE *line = fdopen(output[0], "r");
    if (d->standin < 0 || !line || fscanf(line, "listening 127.0.0.1:%d", &d->standin_port) != 1)
        fail("the stand-in does not start", NULL);
    fclose(line);
}

/* One small HTTP/1.0 request to the stand-in; answers its body, to be freed. */
static char *ask_standin(demo *d, const char *method, const char *path)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)d->standin_port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    size_t length = 0, room = 65536;
    char *answer = calloc(1, room + 1), request[200];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(request, sizeof request, "%s %s HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n", method, path);
    if (!answer || fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) ||
        write(fd, request, strlen(request)) != (ssize_t)strlen(request))
        fail("the stand-in does not answer", NULL);
    for (ssize_t got; length < room && (got = read(fd, answer + length, room - length)) > 0;)
        length += (size_t)got;
    close(fd);
    return answer;
}

static int on_sent(void *context, const kl_worker_report *so_far)
{
    demo *d = context;
    show(d, "send", so_far->accepted + so_far->failed + so_far->unknown, d->total, 0);
    return 0;
}

/* Sends everything, then waits until every webhook was posted and folded. */
static void send_all(demo *d, int64_t recipients)
{
    char base_url[48];
    kl_worker *worker = NULL;
    kl_worker_report report;
    kl_worker_options options = KL_WORKER_OPTIONS_INIT;
    snprintf(base_url, sizeof base_url, "http://127.0.0.1:%d", d->standin_port);
    options.base_url = base_url;
    options.progress = on_sent;
    options.context = d;
    d->total = recipients;
    printf("sending to the stand-in at %s, at most 1000 messages a second\n", base_url);
    TRY(kl_worker_new(d->handle, &options, &worker, &try_error));
    TRY(kl_worker_run(worker, &report, &try_error));
    kl_worker_free(worker);
    show(d, "send", report.accepted + report.failed + report.unknown, recipients, 1);
    printf("  %lld accepted, %lld refused, %lld tried again\n", (long long)report.accepted, (long long)report.failed,
           (long long)report.retried);
    printf("waiting for the stand-in's webhooks\n");
    free(ask_standin(d, "POST", "/_standin/flush"));
    atomic_store(&d->folding, 0);
    pthread_join(d->folder, NULL);
    for (kl_fold_report folded = {.bodies = 1}; folded.bodies;)
        TRY(kl_webhook_fold(d->handle, 1000, &folded, &try_error));
}

/* --- the account -------------------------------------------------------------------------------------------------- */

static int report(demo *d, const kl_import_report *import, int64_t recipients)
{
    kl_campaign_stats s;
    kl_campaign *campaign = NULL;
    kl_wallet *wallet = NULL;
    kl_error *error = NULL;
    char debited[KL_MONEY_TEXT], refunded[KL_MONEY_TEXT], balance[KL_MONEY_TEXT];
    TRY(kl_campaign_stats_get(d->handle, &d->vendor, &d->campaign, &s, &try_error));
    TRY(kl_campaign_get(d->handle, &d->vendor, &d->campaign, &campaign, &try_error));
    TRY(kl_wallet_get(d->handle, &d->vendor, &wallet, &try_error));
    int verified = kl_wallet_verify(d->handle, &d->vendor, NULL, &error) == KL_OK;
    if (!verified)
        fprintf(stderr, "demo: %s\n", kl_error_message(error));
    kl_error_free(error);
    char *told = ask_standin(d, "GET", "/_standin/stats"), *accepted = strstr(told, "\"accepted\":");
    int64_t delivered = s.delivered + s.read;
    int sound = import->rows == import->imported + import->duplicate + import->rejected;
    sound &= s.recipients == recipients && s.unknown == 0 && s.waiting == 0;
    sound &= accepted && strtoll(accepted + 11, NULL, 10) == s.accepted; /* Meta's own count */
    sound &= s.accepted + s.failed >= recipients && delivered + s.failed == recipients;
    sound &= s.debited - s.refunded == price * (recipients - s.failed);
    sound &= kl_wallet_held(wallet) == 0 && kl_wallet_balance(wallet) == d->credited - s.debited + s.refunded;
    sound &= kl_campaign_status_of(campaign) == KL_CAMPAIGN_COMPLETED && verified;
    kl_money_format(s.debited, debited, sizeof debited);
    kl_money_format(s.refunded, refunded, sizeof refunded);
    kl_money_format(kl_wallet_balance(wallet), balance, sizeof balance);
    printf("%s\n", sound ? "everything reconciles" : "THE FIGURES DO NOT RECONCILE");
    printf("demo: rows=%lld imported=%lld duplicate=%lld rejected=%lld recipients=%lld sent=%lld delivered=%lld read=%lld "
           "failed=%lld debited=%s refunded=%s balance=%s ledger=%s\n",
           (long long)import->rows, (long long)import->imported, (long long)import->duplicate, (long long)import->rejected,
           (long long)recipients, (long long)s.accepted, (long long)delivered, (long long)s.read, (long long)s.failed,
           debited, refunded, balance, verified ? "verified" : "CORRUPT");
    free(told);
    kl_campaign_free(campaign);
    kl_wallet_free(wallet);
    return sound;
}

static demo the_demo;

/* Runs at exit, also after a failure. */
static void leave_nothing(void)
{
    demo *d = &the_demo;
    if (d->standin > 0) {
        kill(d->standin, SIGTERM);
        waitpid(d->standin, NULL, 0);
    }
    if (d->receiver)
        MHD_stop_daemon(d->receiver);
    kl_close(d->handle);
    if (*d->directory) {
        pid_t child = fork();
        if (child == 0) {
            execlp("rm", "rm", "-rf", d->directory, (char *)NULL);
            _exit(127);
        }
        waitpid(child, NULL, 0);
    }
}

/* Ctrl-C ends through exit(), so that the server and the directory go too. */
static void *wait_for_interrupt(void *signals)
{
    int number;
    sigwait(signals, &number);
    fprintf(stderr, "\ndemo: interrupted\n");
    exit(130);
    return NULL;
}

int main(void)
{
    demo *d = &the_demo;
    const char *contacts = getenv("CONTACTS"), *country = getenv("COUNTRY"), *temporary = getenv("TMPDIR");
    contacts = contacts && *contacts ? contacts : "examples/data/contacts.csv";
    country = country && *country ? country : "IN";
    d->terminal = isatty(STDOUT_FILENO);
    uint8_t master_key[32];
    kl_options options = KL_OPTIONS_INIT;
    options.master_key = master_key;
    options.master_key_length = sizeof master_key;
    options.app_secret = app_secret;
    int length = snprintf(d->directory, sizeof d->directory, "%s/kloyst-demo-XXXXXX", temporary && *temporary ? temporary : "/tmp");
    if (length >= (int)sizeof d->directory)
        fail("TMPDIR is too long", NULL);
    atexit(leave_nothing);
    static sigset_t interrupts;
    pthread_t waiter;
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&interrupts);
    sigaddset(&interrupts, SIGINT);
    sigaddset(&interrupts, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &interrupts, NULL);
    pthread_create(&waiter, NULL, wait_for_interrupt, &interrupts);
    if (getrandom(master_key, sizeof master_key, 0) != sizeof master_key || !mkdtemp(d->directory) ||
        chmod(d->directory, 0711))
        fail("no temporary directory", NULL);
    snprintf(d->url, sizeof d->url, "embedded:%.250s/db", d->directory);
    printf("libkloyst %s: starting a private PostgreSQL\n", kl_version());
    fflush(stdout);
    TRY(kl_open(d->url, &options, &d->handle, &try_error));
    make_vendor(d);
    kl_import_report import = import_contacts(d, contacts, country);
    int64_t recipients = make_campaign(d);
    start_standin(d, start_receiver(d));
    send_all(d, recipients);
    return report(d, &import, recipients) ? EXIT_SUCCESS : EXIT_FAILURE;
}
