/* The public API as the headers declare it. */
#include "harness/surface.h"

#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FUNCTIONS_MAX = 1000, FILE_MAX = 65536 };

static surface_function functions[FUNCTIONS_MAX];
static size_t found;

static void give_up(const char *what)
{
    fprintf(stderr, "surface: %s\n", what);
    exit(EXIT_FAILURE);
}

/* Comments would be read as declarations. */
static void blank_comments(char *text)
{
    for (char *start; (start = strstr(text, "/*")); text = start) {
        char *end = strstr(start, "*/");
        if (!end)
            give_up("a comment without an end");
        memset(start, ' ', (size_t)(end + 2 - start));
    }
}

static void squeeze(const char *from, size_t length, char *to, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        char c = isspace((unsigned char)from[i]) ? ' ' : from[i];
        if (c == ' ' && (!used || to[used - 1] == ' '))
            continue;
        if (used + 1 >= size)
            give_up("a declaration is too long");
        to[used++] = c;
    }
    to[used] = '\0';
}

static void take(const char *declaration)
{
    const char *open = strchr(declaration, '('), *close = open ? strstr(open, ");") : NULL;
    const char *name = open;
    if (!close || found == FUNCTIONS_MAX)
        give_up("a declaration that is no function, or too many of them");
    while (name > declaration && (isalnum((unsigned char)name[-1]) || name[-1] == '_'))
        name--;
    squeeze(name, (size_t)(open - name), functions[found].name, sizeof functions[found].name);
    squeeze(open + 1, (size_t)(close - open - 1), functions[found].arguments, sizeof functions[found].arguments);
    found++;
}

static void read_header(const char *path)
{
    static char text[FILE_MAX];
    FILE *file = fopen(path, "r");
    size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (!length || length == sizeof text - 1)
        give_up(path);
    fclose(file);
    text[length] = '\0';
    blank_comments(text);
    /* A declaration begins its line; macros that hold the word do not. */
    for (char *at = text; (at = strstr(at, "\nKL_API ")); at++)
        take(at);
}

const surface_function *surface_read(size_t *count)
{
    glob_t headers;
    if (!found) {
        if (glob("include/kloyst/*.h", 0, NULL, &headers))
            give_up("include/kloyst holds no header; run from the repository's root");
        for (size_t i = 0; i < headers.gl_pathc; i++)
            read_header(headers.gl_pathv[i]);
        globfree(&headers);
    }
    *count = found;
    return functions;
}
