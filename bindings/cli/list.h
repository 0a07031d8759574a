/* Lists, read page by page. */
#ifndef LIST_H
#define LIST_H

#include "command.h"
#include "output.h"
#include "progress.h"

enum { LIST_PAGE = 1000 };

/* Reads --after as a UUID; *after is NULL without it. */
kl_status list_after(invocation *in, kl_uuid *place, const kl_uuid **after);

/* Defines kl_status NAME(invocation *in), which shows all of the `noun`s that `fetch` answers. It uses `after`, `limit` and
 * `&page`. */
#define LIST(name, noun, id_of, fetch, show)                                                                           \
    static kl_status name(invocation *in)                                                                              \
    {                                                                                                                  \
        kl_uuid last;                                                                                                  \
        const kl_uuid *after;                                                                                          \
        int64_t left = given_count(in, "limit", INT64_MAX);                                                            \
        kl_status status = list_after(in, &last, &after);                                                              \
        output_list();                                                                                                 \
        for (bool more = left > 0; !status && more && !stop_asked();) {                                                \
            kl_##noun##_page *page = NULL;                                                                             \
            int limit = left < LIST_PAGE ? (int)left : LIST_PAGE;                                                      \
            status = fetch;                                                                                            \
            size_t count = status ? 0 : kl_##noun##_page_count(page);                                                  \
            for (size_t i = 0; i < count; i++)                                                                         \
                show(kl_##noun##_page_at(page, i));                                                                    \
            if (count)                                                                                                 \
                last = id_of(kl_##noun##_page_at(page, count - 1));                                                    \
            after = &last;                                                                                             \
            left -= (int64_t)count;                                                                                    \
            more = left > 0 && count == (size_t)limit;                                                                 \
            kl_##noun##_page_free(page);                                                                               \
        }                                                                                                              \
        return status;                                                                                                 \
    }

/* Shows what a call handed out. */
#define SHOW(noun, object, show)                                                                                       \
    do {                                                                                                               \
        if (object)                                                                                                    \
            show(object);                                                                                              \
        kl_##noun##_free(object);                                                                                      \
    } while (0)

/* Answers an object that says what became of an id. */
void list_done(const char *what, const kl_uuid *id);

#endif
