/* Finding the programs of a PostgreSQL server on this machine. */
#include "pg/server_find.h"

#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

/* Where packages put them; the text before '*' is followed by the major version. */
static const char *const packaged[] = {"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"};

static bool holds(const char *directory, const char *program)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/%s", directory, program);
    return length > 0 && length < (int)sizeof path && !access(path, X_OK);
}

static bool complete(const char *directory)
{
    return holds(directory, "initdb") && holds(directory, "postgres");
}

/* The best of one pattern's directories, if better than *best (malloc'ed). */
static bool search_packaged(const char *root, const char *pattern, int major, int *best_major, char **best)
{
    char path[PATH_MAX];
    glob_t found;
    int length = snprintf(path, sizeof path, "%s%s", root, pattern);
    if (length < 0 || length >= (int)sizeof path) {
        return true;
    }
    size_t prefix = strlen(root) + (size_t)(strchr(pattern, '*') - pattern);
    bool memory = true;
    if (!glob(path, 0, NULL, &found)) {
        for (size_t i = 0; memory && i < found.gl_pathc; i++) {
            int this_major = (int)strtol(found.gl_pathv[i] + prefix, NULL, 10);
            if (this_major > *best_major && (!major || this_major == major) && complete(found.gl_pathv[i])) {
                free(*best);
                *best = strdup(found.gl_pathv[i]);
                *best_major = this_major;
                memory = *best != NULL;
            }
        }
        globfree(&found);
    }
    return memory;
}

/* malloc'ed, or NULL when PATH has none. */
static char *search_path(void)
{
    const char *path = getenv("PATH");
    while (path && *path) {
        size_t length = strcspn(path, ":");
        char *directory = strndup(path, length);
        /* A relative entry means another place after the server's chdir(). */
        if (directory && directory[0] == '/' && complete(directory)) {
            return directory;
        }
        free(directory);
        path += length + (path[length] == ':');
    }
    return NULL;
}

kl_status server_find(const char *root, int major, char **out, kl_error **error)
{
    const char *named = secure_getenv("KLOYST_PG_BINDIR");
    char *found = NULL;
    int found_major = 0;
    if (named && *named) {
        if (!complete(named)) {
            return error_set(error, KL_ERR_SERVER, "KLOYST_PG_BINDIR is %s, which does not hold initdb and postgres",
                             named);
        }
        found = realpath(named, NULL);
        *out = found;
        return found ? KL_OK : error_memory(error);
    }
    for (size_t i = 0; i < sizeof packaged / sizeof packaged[0]; i++) {
        if (!search_packaged(root, packaged[i], major, &found_major, &found)) {
            return error_memory(error);
        }
    }
    if (!found) {
        found = search_path();
    }
    if (!found && major) {
        return error_set(error, KL_ERR_SERVER,
                         "the directory was made by PostgreSQL %d, whose server is not installed: install the package "
                         "postgresql-%d (apt install postgresql-%d) or set KLOYST_PG_BINDIR",
                         major, major, major);
    }
    if (!found) {
        return error_set(error, KL_ERR_SERVER,
                         "no PostgreSQL server is installed (no initdb and postgres in /usr/lib/postgresql/*/bin, "
                         "/usr/pgsql-*/bin or PATH): install the package postgresql (apt install postgresql) or set "
                         "KLOYST_PG_BINDIR");
    }
    *out = found;
    return KL_OK;
}
