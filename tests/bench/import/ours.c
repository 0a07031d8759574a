/* Imports one CSV file through the public API: prints seconds, new contacts, and the peak of its memory in KiB. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <kloyst/kloyst.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int failed(kl_error *error)
{
    fprintf(stderr, "ours: %s\n", kl_error_message(error));
    return 1;
}

int main(int count, char **arguments)
{
    kl *handle = NULL;
    kl_vendor *vendor = NULL;
    kl_error *error = NULL;
    kl_uuid id;
    if (count == 3 && strcmp(arguments[1], "migrate") == 0)
        return kl_migrate(arguments[2], &error) ? failed(error) : 0;
    if (count != 4) {
        fprintf(stderr, "usage: ours migrate URL | ours URL VENDOR|new FILE\n");
        return 2;
    }
    if (kl_open(arguments[1], NULL, &handle, &error))
        return failed(error);
    if (strcmp(arguments[2], "new") != 0) {
        if (kl_uuid_parse(arguments[2], &id))
            return 2;
    } else {
        if (kl_vendor_create(handle, "Benchmark", KL_PLAN_SHARED, NULL, 0, &vendor, &error))
            return failed(error);
        id = kl_vendor_id(vendor);
        kl_vendor_free(vendor);
    }
    kl_import_options options = KL_IMPORT_OPTIONS_INIT;
    options.country = "IN";
    kl_import_report report;
    double start = now();
    if (kl_contact_import_file(handle, &id, arguments[3], &options, &report, &error))
        return failed(error);
    double seconds = now() - start;
    kl_free(handle);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    char text[KL_UUID_TEXT + 1];
    kl_uuid_format(&id, text);
    printf("%.3f\t%lld\t%lld\t%lld\t%lld\t%lld\t%ld\t%s\n", seconds, (long long)report.rows, (long long)report.imported,
           (long long)report.duplicate, (long long)report.rejected, (long long)report.created, usage.ru_maxrss, text);
    return 0;
}
