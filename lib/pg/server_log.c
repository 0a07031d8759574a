/* The log of a private server, read for the reason of a failure. */
#include "pg/server_log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TAIL = 16384 };

static int open_log(const server_directory *directory, struct stat *info)
{
    int fd = openat(directory->fd, SERVER_LOG, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && (fstat(fd, info) || !S_ISREG(info->st_mode))) {
        close(fd);
        return -1;
    }
    return fd;
}

off_t server_log_mark(const server_directory *directory)
{
    struct stat info;
    int fd = open_log(directory, &info);
    if (fd < 0) {
        return 0;
    }
    close(fd);
    return info.st_size;
}

static bool names_error(const char *line)
{
    return strstr(line, "FATAL:") || strstr(line, "PANIC:") || strstr(line, "error:");
}

/* The end of what was added since `mark`. */
static void read_added(const server_directory *directory, off_t mark, char text[static TAIL + 1])
{
    struct stat info;
    int fd = open_log(directory, &info);
    ssize_t length = 0;
    if (fd >= 0) {
        off_t from = info.st_size - TAIL > mark ? info.st_size - TAIL : mark;
        length = pread(fd, text, TAIL, from);
        close(fd);
    }
    text[length > 0 ? length : 0] = 0;
}

bool server_log_mentions(const server_directory *directory, off_t mark, const char *words)
{
    char text[TAIL + 1];
    read_added(directory, mark, text);
    return strstr(text, words) != NULL;
}

char *server_log_reason(const server_directory *directory, off_t mark)
{
    char text[TAIL + 1];
    read_added(directory, mark, text);

    const char *last = NULL, *error = NULL;
    for (char *line = text; *line;) {
        size_t end = strcspn(line, "\r\n");
        char *next = line + end + (line[end] != 0);
        line[end] = 0;
        last = end ? line : last;
        error = names_error(line) ? line : error;
        line = next;
    }
    char *reason = NULL;
    const char *found = error ? error : last ? last : "it left nothing in its log";
    return asprintf(&reason, "%s (in %s)", found, directory->log) < 0 ? NULL : reason;
}
