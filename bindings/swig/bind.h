/* What generated calls, hand-written calls and the two languages have in common.
 *
 * A kl_call is one call of libkloyst on its way: made from values of the language, run in any thread without the language, turned
 * into a value in the language's thread. A bind_box is a resource that a program holds: a client, worker, batch or page.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_BIND_H
#define KLOYST_BIND_H

#include <pthread.h>
#ifndef __cplusplus
#include <stdatomic.h>
#endif
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <kloyst/kloyst.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- tables that the generator writes ---------------------------------------------- */

typedef enum bind_kind {
    BIND_CLIENT = 1,
    BIND_WORKER,
    BIND_BATCH,
    BIND_EVENT_PAGE,
    BIND_RATE_PAGE,
    BIND_UUID,
    BIND_TEXT,
    BIND_JSON,
    BIND_SECRET,
    BIND_BYTES,
    BIND_BYTES32,
    BIND_MONEY,
    BIND_TIME,
    BIND_INT,
    BIND_LONG,
    BIND_FLAG,
    BIND_INT64,
    BIND_UINT64,
    BIND_SIZE,
    BIND_CHARACTER,
    BIND_ENUM,
    BIND_INTS,
    BIND_STRUCTS,
    BIND_STRUCT,
    BIND_OPTIONS,
    BIND_LOG,
    BIND_PROGRESS,
    BIND_REJECT
} bind_kind;

typedef struct bind_enum_value {
    const char *name;
    int number;
} bind_enum_value;

typedef struct bind_enum {
    const char *name; /* PlanType */
    size_t index;
    const bind_enum_value *values;
    size_t count;
} bind_enum;

typedef struct bind_name {
    const char *snake;
    const char *camel;
} bind_name;

/* A value of several members that a call answers. */
typedef struct bind_record {
    const char *name; /* Transaction */
    size_t index;
    const bind_name *members;
    size_t count;
} bind_record;

/* A struct that a call takes, such as options. */
typedef struct bind_field {
    bind_name name;
    bind_kind kind;
    size_t offset;
    size_t length_offset; /* of the length of a text that has one */
    const void *info;     /* a bind_enum */
    bool optional;
} bind_field;

typedef struct bind_struct {
    const char *name;
    size_t size;
    void (*init)(void *);
    const bind_field *fields;
    size_t count;
} bind_struct;

extern const bind_enum *const bind_enums[];
extern const size_t bind_enum_count;
extern const bind_record *const bind_records[];
extern const size_t bind_record_count;

/* --- inputs ------------------------------------------------------------------------ */

typedef struct bind_data {
    const char *start;
    size_t length;
} bind_data;

typedef struct bind_array {
    const void *items;
    size_t count;
} bind_array;

/* --- calls ------------------------------------------------------------------------- */

typedef struct kl_call kl_call;
typedef struct bind_box bind_box;
typedef struct bind_env bind_env; /* what the language needs to make values */
typedef void *bind_value;         /* a value of the language; NULL: it could not be made, and the language knows why */

typedef struct bind_function {
    const char *name;
    kl_status (*run)(kl_call *call, kl_error **error);
    bind_value (*convert)(bind_env *env, kl_call *call);
    void (*release)(kl_call *call); /* outputs that were not converted */
    bool quick;                     /* waits for nothing */
    bool told_with_error;           /* outputs are there after a failure too */
} bind_function;

typedef struct bind_block bind_block;

#ifndef __cplusplus /* what SWIG's C++ need not see */
struct kl_call {
    const bind_function *function;
    void *arguments; /* struct of the function, zero at first */
    bind_block *blocks;
    bind_box *boxes[3];
    kl_status status;
    kl_error *error;
    atomic_int begun;     /* a call is made once */
    atomic_int cancelled; /* asked of callbacks */
    bool ended;
    void *progress; /* functions of the language; see bind_language_drop */
    void *reject;
    void *exception; /* what one of them threw */
    void *language; /* what a queue keeps of it */
};
#endif

kl_call *bind_call_new(void);
/* Releases everything; in the thread of the language. */
void bind_call_free(kl_call *call);
/* Zeroed memory that lives as long as the call and is wiped then; NULL: none. */
void *bind_call_room(kl_call *call, size_t size);
/* Sets what the call is. NULL: no memory. */
void *bind_call_prepare(kl_call *call, const bind_function *function, size_t size);
/* Whether it has not begun yet; it has now. */
bool bind_call_begin(kl_call *call);
/* A kl_work_function: in any thread. */
kl_status bind_call_run(void *call, kl_error **error);
/* Asks a call that runs to end soon, where it can. */
void bind_call_cancel(kl_call *call);

/* --- resources --------------------------------------------------------------------- */

#ifndef __cplusplus
struct bind_box {
    bind_kind kind;
    atomic_int references;
    pid_t owner; /* a forked child may do nothing with it */
    void *object; /* kl, kl_worker, kl_batch, kl_event_page, kl_rate_page */
    bind_box *client;
    pthread_mutex_t lock;
    pthread_cond_t free_again;
    int users;
    bool busy, closed;
    void *callback; /* log of a client, progress of a worker */
    kl_call *running;
};
#endif

bind_box *bind_box_new(bind_kind kind, void *object, bind_box *client);
bind_box *bind_box_keep(bind_box *box);
void bind_box_drop(bind_box *box);
/* The object may be used until bind_box_leave; `alone`: by nobody else, who is waited for unless it is a worker that runs. */
kl_status bind_box_enter(bind_box *box, bool alone);
/* The call that keeps a worker for as long as it likes; NULL: none any more. */
void bind_box_runs(bind_box *box, kl_call *call);
void bind_box_leave(bind_box *box, bool alone);
/* Ends what it stands for; again does nothing. A client waits for the calls inside it. */
void bind_box_close(bind_box *box);
const char *bind_box_name(bind_kind kind);

/* --- what callbacks are told --------------------------------------------------------- */

typedef struct bind_told {
    bind_kind kind; /* BIND_LOG, BIND_PROGRESS, BIND_REJECT */
    bool worker;    /* progress: of a worker */
    kl_import_report import_report;
    kl_worker_report worker_report;
    kl_import_reject reject;
    kl_log_level level;
    const char *component;
    const char *message;
} bind_told;

/* The arguments for the language's function: up to 3; answers how many. */
size_t bind_told_arguments(bind_env *env, const bind_told *told, bind_value arguments[3]);

/* --- what a language provides -------------------------------------------------------- */

/* Calls a function of the language, if there is one, from any thread; not 0: it threw, and `call` keeps what. */
int bind_language_tell(void *function, kl_call *call, const bind_told *told);
/* Gives up a function or exception that a call or box kept. */
void bind_language_drop(void *kept);
/* Around something that may wait, in the language's thread. */
void *bind_language_pause(void);
void bind_language_resume(void *paused);

bind_value bind_none(bind_env *env);
bind_value bind_fail_memory(bind_env *env);
bind_value bind_from_uuid(bind_env *env, const kl_uuid *uuid); /* NULL: none */
bind_value bind_from_text(bind_env *env, const char *text);    /* NULL: none */
bind_value bind_from_json(bind_env *env, const char *text);    /* NULL: none */
bind_value bind_from_bytes(bind_env *env, const void *start, size_t length);
bind_value bind_from_money(bind_env *env, kl_money amount);
bind_value bind_from_time(bind_env *env, kl_time time);
bind_value bind_from_int(bind_env *env, int64_t number);   /* that a double holds */
bind_value bind_from_int64(bind_env *env, int64_t number);
bind_value bind_from_uint64(bind_env *env, uint64_t number);
bind_value bind_from_flag(bind_env *env, bool flag);
bind_value bind_from_enum(bind_env *env, const bind_enum *type, int number); /* none for a number that has no name */
bind_value bind_from_box(bind_env *env, bind_box *box); /* takes over the reference */
bind_value bind_list_new(bind_env *env, size_t count);
bool bind_list_set(bind_env *env, bind_value list, size_t index, bind_value value);
bind_value bind_tuple_new(bind_env *env, size_t count);
bool bind_tuple_set(bind_env *env, bind_value tuple, size_t index, bind_value value);
bind_value bind_record_new(bind_env *env, const bind_record *record);
bool bind_record_set(bind_env *env, bind_value value, const bind_record *record, size_t member, bind_value part);

#ifndef __cplusplus
static inline bind_value bind_from_uuid_or_nil(bind_env *env, kl_uuid uuid)
{
    static const kl_uuid nil;
    for (size_t i = 0; i < sizeof nil.bytes; i++)
        if (uuid.bytes[i])
            return bind_from_uuid(env, &uuid);
    return bind_none(env);
}
#endif

#ifdef __cplusplus
}
#endif

#endif
