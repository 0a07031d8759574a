/* The PostgreSQL server of the integration tests, and databases in it. */
#ifndef TESTS_HARNESS_SERVER_H
#define TESTS_HARNESS_SERVER_H

/* Conninfo of a private server as superuser kloyst_admin, dbname postgres. The
 * first call starts it; it is stopped and removed when the process that made
 * that call ends, so call it from an unchecked fixture: those run in the parent
 * of check's tests. With KL_TEST_CONNINFO in the environment that server is used
 * instead. A failure ends the program with a message. */
const char *harness_server(void);

/* Makes a database, a copy of `template` (a database's name, or a conninfo that
 * says dbname) unless that is NULL. Answers its conninfo without user: add
 * " user=…". The caller frees it. */
char *harness_database(const char *template);

/* Drops the database of a conninfo from harness_database(), also under open
 * connections, and frees the text; NULL is allowed. */
void harness_drop_database(char *conninfo);

/* Runs SQL, any number of statements. A failure fails the test with the server's message. */
void harness_exec(const char *conninfo, const char *sql);

/* First column of the first row, malloc'ed; NULL for SQL NULL or no row. Fails the test like harness_exec(). */
char *harness_query_text(const char *conninfo, const char *sql);

/* Where files go: $TMPDIR, else /tmp. The second one is short enough for the path of a server's socket below it. */
const char *harness_temporary(void);
const char *harness_temporary_of_sockets(void);

#endif
