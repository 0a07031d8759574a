/* Where an export goes: a new file, or standard output. */
#include "sink.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool sink_is_lines(const char *path)
{
    size_t length = path ? strlen(path) : 0;
    return (length >= 6 && strcmp(path + length - 6, ".jsonl") == 0) ||
           (length >= 7 && strcmp(path + length - 7, ".ndjson") == 0);
}

kl_status sink_open(invocation *in, sink *s, const char *path)
{
    *s = (sink){.path = path, .file = path ? fopen(path, "wx") : stdout};
    if (s->file)
        return KL_OK;
    return command_fail(in, errno == EEXIST ? KL_ERR_EXISTS : KL_ERR_IO, "%s cannot be made: %s", path, strerror(errno));
}

bool sink_write(sink *s, const char *bytes, size_t length)
{
    if (fwrite(bytes, 1, length, s->file) != length)
        s->failure = errno;
    return !s->failure;
}

kl_status sink_close(invocation *in, sink *s, kl_status status)
{
    if ((s->path ? fclose(s->file) : fflush(s->file)) != 0 && !s->failure)
        s->failure = errno;
    if (s->path && (status || s->failure))
        unlink(s->path);
    if (s->failure)
        return command_fail(in, KL_ERR_IO, "%s cannot be written: %s", s->path ? s->path : "standard output",
                            strerror(s->failure));
    return status;
}
