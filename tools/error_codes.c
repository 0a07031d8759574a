/* Prints docs/guides/error-codes.md from the tables of the library: statuses, and what Meta's error codes mean. */
#include <stdio.h>

#include <kloyst/kloyst.h>

static const char head[] =
    "# Error codes\n"
    "\n"
    "Written by `make error-codes` from the tables of the library (`kl_status_at()`, `kl_error_policy_at()`); a test compares.\n"
    "\n"
    "## Statuses\n"
    "\n"
    "Numbers are frozen. **Again** says that the same call may succeed later without any change; after `KL_ERR_UNKNOWN_OUTCOME` make\n"
    "it again with the same idempotency key, or ask `kl_wallet_resolve()`.\n"
    "\n"
    "| number | name | what happened | again |\n"
    "|---|---|---|---|\n";

static const char meta[] =
    "\n"
    "## Meta's error codes\n"
    "\n"
    "What the library does about each code, whether it comes with the answer to a request or by webhook. **Of**: what the cause lies in, and\n"
    "so what rests or backs off together. **Given back**: a message that ends failed by it is refunded. A code that is not in the table is\n"
    "refused, so not sent, and tried again a few times with long waits.\n"
    "\n"
    "| code | meaning | what is done | of | first wait | tries | given back |\n"
    "|---|---|---|---|---|---|---|\n";

static const char *scope_name(kl_error_scope scope)
{
    switch (scope) {
    case KL_ERROR_OF_MESSAGE:
        return "message";
    case KL_ERROR_OF_PAIR:
        return "number and user";
    case KL_ERROR_OF_NUMBER:
        return "number";
    case KL_ERROR_OF_TEMPLATE:
        return "template";
    case KL_ERROR_OF_CAMPAIGN:
        return "campaign";
    case KL_ERROR_OF_WABA:
        return "account";
    case KL_ERROR_OF_APP:
        return "app";
    }
    return "";
}

static void print_wait(int seconds)
{
    if (seconds == 0)
        fputs("-", stdout);
    else if (seconds % 86400 == 0)
        printf("%d d", seconds / 86400);
    else if (seconds % 3600 == 0)
        printf("%d h", seconds / 3600);
    else if (seconds % 60 == 0)
        printf("%d min", seconds / 60);
    else
        printf("%d s", seconds);
}

static void print_policy(const kl_error_policy *policy)
{
    printf("| %d", policy->first_code);
    if (policy->last_code != policy->first_code)
        printf(" … %d", policy->last_code);
    printf(" | %s | %s | %s | ", policy->text, kl_error_class_name(policy->error_class), scope_name(policy->scope));
    print_wait(policy->wait_seconds);
    if (policy->retries < 0)
        fputs(" | until it expires", stdout);
    else
        printf(" | %d", policy->retries);
    printf(" | %s |\n", policy->refunded ? "yes" : "no");
}

int main(void)
{
    fputs(head, stdout);
    for (size_t i = 0; i < kl_status_count(); i++) {
        const kl_status_info *row = kl_status_at(i);
        printf("| %d | `%s` | %s | %s |\n", row->status, row->name, row->text, row->retriable ? "yes" : "");
    }
    fputs(meta, stdout);
    for (size_t i = 0; i < kl_error_policy_count(); i++) {
        kl_error_policy policy;
        if (kl_error_policy_at(i, &policy) != KL_OK)
            return 1;
        print_policy(&policy);
    }
    return 0;
}
