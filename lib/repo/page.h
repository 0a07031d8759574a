/* Pages: what the list calls of every aggregate answer, in order of the key they are paged by. */
#ifndef KLOYST_REPO_PAGE_H
#define KLOYST_REPO_PAGE_H

#include <stdlib.h>

/* Defines struct kl_NOUN_page and its public accessors over `kl_NOUN *` items. */
#define PAGE_STRUCT(noun)                                                                                              \
    struct kl_##noun##_page {                                                                                          \
        size_t count;                                                                                                  \
        kl_##noun **items;                                                                                             \
    }

#define PAGE_ACCESSORS(noun)                                                                                           \
    size_t kl_##noun##_page_count(const kl_##noun##_page *page)                                                        \
    {                                                                                                                  \
        return page ? page->count : 0;                                                                                 \
    }                                                                                                                  \
    const kl_##noun *kl_##noun##_page_at(const kl_##noun##_page *page, size_t index)                                   \
    {                                                                                                                  \
        return page && index < page->count ? page->items[index] : NULL;                                                \
    }                                                                                                                  \
    void kl_##noun##_page_free(kl_##noun##_page *page)                                                                 \
    {                                                                                                                  \
        if (!page)                                                                                                     \
            return;                                                                                                    \
        for (size_t i = 0; i < page->count; i++)                                                                       \
            kl_##noun##_free(page->items[i]);                                                                          \
        free(page->items);                                                                                             \
        free(page);                                                                                                    \
    }

/* Defines static kl_NOUN_page *NOUN_page(const pg_rows *): all rows through static kl_NOUN *NOUN_from(rows, row);
 * NULL when there is no memory. */
#define PAGE_FROM_ROWS(noun)                                                                                           \
    static kl_##noun##_page *noun##_page(const pg_rows *rows)                                                          \
    {                                                                                                                  \
        int count = pg_rows_count(rows);                                                                               \
        kl_##noun##_page *page = calloc(1, sizeof *page);                                                              \
        if (page)                                                                                                      \
            page->items = calloc((size_t)count + 1, sizeof(kl_##noun *));                                              \
        for (int i = 0; page && page->items && i < count; i++) {                                                       \
            page->items[page->count] = noun##_from(rows, i);                                                           \
            if (!page->items[page->count])                                                                             \
                break;                                                                                                 \
            page->count++;                                                                                             \
        }                                                                                                              \
        if (page && page->count == (size_t)count)                                                                      \
            return page;                                                                                               \
        kl_##noun##_page_free(page);                                                                                   \
        return NULL;                                                                                                   \
    }

#endif
