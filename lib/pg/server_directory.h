/* The directory of a private server: who owns it, what may be in it, and where its socket goes. */
#ifndef KLOYST_PG_SERVER_DIRECTORY_H
#define KLOYST_PG_SERVER_DIRECTORY_H

#include <stdbool.h>
#include <sys/types.h>

#include <kloyst/status.h>

/* Names inside the directory. */
#define SERVER_DATA "data"
#define SERVER_DATA_NEW "data.new" /* and anything that begins so: a cluster being made */
#define SERVER_LOG "server.log"
#define SERVER_GATE "lock"   /* held exclusively while the server is made, started or stopped */
#define SERVER_USERS "users" /* held shared by every user */

typedef struct server_directory {
    char *path; /* real path, without symbolic links */
    char *data; /* path of the cluster */
    char *log;
    char *socket; /* path of the directory that the socket is in */
    int fd;
    uid_t uid; /* its owner, who the server runs as; never root */
    gid_t gid;
} server_directory;

/* Opens `path`, made with its parents when absent. Refuses what belongs to
 * somebody else and a directory that holds anything but a private server. On
 * success server_directory_close() releases it. */
kl_status server_directory_open(const char *path, server_directory *out, kl_error **error);
void server_directory_close(server_directory *directory);

/* Opens a file in it for locking, made when absent; a negative number and errno on failure. */
int server_directory_lock_file(const server_directory *directory, const char *name);

/* Makes the directory of the socket, or checks that it is the owner's alone. */
kl_status server_directory_make_socket(const server_directory *directory, kl_error **error);

/* Removes a socket directory that lies outside. */
void server_directory_drop_socket(const server_directory *directory);

/* The first directory on the way to the data that its owner may not enter, or
 * the directory itself. malloc'ed; NULL without memory. */
char *server_directory_blocker(const server_directory *directory);

/* Deletes a file or a whole tree below the open directory `parent` without following links. */
bool server_directory_delete(int parent, const char *name);

#endif
