/* What the doctor found: a list that grows. */
#include "core/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"

struct kl_finding {
    kl_finding_level level;
    const char *subject;
    char *text;
};

struct kl_finding_page {
    finding_list list;
};

void finding_add(finding_list *list, kl_finding_level level, const char *subject, const char *format, ...)
{
    if (list->count == list->room) {
        size_t room = list->room ? list->room * 2 : 32;
        struct kl_finding *items = realloc(list->items, room * sizeof *items);
        if (!items) {
            list->broken = true;
            return;
        }
        list->items = items;
        list->room = room;
    }
    va_list values;
    char *text;
    va_start(values, format);
    int length = vasprintf(&text, format, values);
    va_end(values);
    if (length < 0)
        list->broken = true;
    else
        list->items[list->count++] = (struct kl_finding){level, subject, text};
}

kl_status finding_page(finding_list *list, kl_finding_page **out, kl_error **error)
{
    kl_finding_page *page = list->broken ? NULL : malloc(sizeof *page);
    if (!page) {
        finding_list_free(list);
        return error_memory(error);
    }
    page->list = *list;
    *list = (finding_list){0};
    *out = page;
    return KL_OK;
}

void finding_list_free(finding_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i].text);
    free(list->items);
    *list = (finding_list){0};
}

kl_finding_level kl_finding_level_of(const kl_finding *finding)
{
    return finding ? finding->level : (kl_finding_level)0;
}

const char *kl_finding_subject(const kl_finding *finding)
{
    return finding ? finding->subject : "";
}

const char *kl_finding_text(const kl_finding *finding)
{
    return finding ? finding->text : "";
}

size_t kl_finding_page_count(const kl_finding_page *page)
{
    return page ? page->list.count : 0;
}

const kl_finding *kl_finding_page_at(const kl_finding_page *page, size_t index)
{
    return page && index < page->list.count ? &page->list.items[index] : NULL;
}

void kl_finding_page_free(kl_finding_page *page)
{
    if (page)
        finding_list_free(&page->list);
    free(page);
}
