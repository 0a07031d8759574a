/* What the doctor found: a list that grows. */
#ifndef KLOYST_CORE_FINDING_H
#define KLOYST_CORE_FINDING_H

#include <stdbool.h>

#include <kloyst/doctor.h>

typedef struct finding_list {
    struct kl_finding *items;
    size_t count;
    size_t room;
    bool broken; /* an allocation failed */
} finding_list;

/* `subject` is static. */
void finding_add(finding_list *list, kl_finding_level level, const char *subject, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Makes a page of the list, which is empty then, whatever the answer. */
kl_status finding_page(finding_list *list, kl_finding_page **out, kl_error **error);
void finding_list_free(finding_list *list);

#endif
