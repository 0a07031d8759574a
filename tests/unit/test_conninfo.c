/* Promises of connection strings: a server elsewhere must prove who it is unless somebody said otherwise. */
#include "harness/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pg/conninfo.h"

static void nothing_said_before(void)
{
    static const char *const names[] = {"PGSSLMODE", "PGHOST",        "PGHOSTADDR",    "PGSERVICE",
                                        "PGPORT",    "PGSERVICEFILE", "PGSSLROOTCERT", "PGREQUIRESSL"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unsetenv(names[i]);
}

static void strict(const char *conninfo)
{
    const char *mode = conninfo_sslmode(conninfo);
    ck_assert_msg(mode && strcmp(mode, "verify-full") == 0, "'%s': %s", conninfo, mode ? mode : "left as it is");
}

static void left(const char *conninfo)
{
    const char *mode = conninfo_sslmode(conninfo);
    ck_assert_msg(!mode, "'%s': %s", conninfo, mode ? mode : "");
}

START_TEST(a_server_elsewhere_must_prove_who_it_is)
{
    static const char *const elsewhere[] = {
        "postgresql://u@db.example.com/x", "host=10.0.0.1", "hostaddr=192.0.2.7", "host=db", "host=128.0.0.1",
        "host=126.255.255.255", "postgresql://[2001:db8::1]/x", "host=0.0.0.0", "host=127.0.0.1.example.com",
        "host=localhost.example.com", "host=notlocalhost", "host=::", "host=localhost,db.example.com",
        "host=db.example.com,localhost", "host=/run/postgresql,db.example.com", "host=localhost hostaddr=192.0.2.7",
        /* To name a host beside its address is to want the name checked. */
        "host=db.example.com hostaddr=127.0.0.1", "hostaddr=127.0.0.1,192.0.2.7 host=a,b", "host=127.1 ",
        "postgresql://u@db.example.com/x?target_session_attrs=read-write", "host=::ffff:127.0.0.1"};
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
        strict(elsewhere[i]);
}
END_TEST

START_TEST(a_server_on_this_machine_need_not)
{
    static const char *const here[] = {"", "dbname=x", "postgresql:///x", "host=/run/postgresql", "host=@abstract",
                                       "host=localhost", "host=LocalHost", "host=127.0.0.1", "host=127.255.0.9",
                                       "host=::1", "postgresql://u@[::1]:5433/x", "hostaddr=127.0.0.1",
                                       "host=localhost hostaddr=127.0.0.1", "host=/run/postgresql,localhost,::1",
                                       "postgresql://%2Frun%2Fpostgresql/x"};
    for (size_t i = 0; i < sizeof here / sizeof here[0]; i++)
        left(here[i]);
}
END_TEST

START_TEST(what_the_connection_string_says_counts)
{
    static const char *const modes[] = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"};
    char text[96];
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        snprintf(text, sizeof text, "host=db.example.com sslmode=%s", modes[i]);
        left(text);
        snprintf(text, sizeof text, "postgresql://u@db.example.com/x?sslmode=%s", modes[i]);
        left(text);
    }
    strict("host=db.example.com sslmode=''");
}
END_TEST

START_TEST(the_environment_counts)
{
    setenv("PGHOST", "db.example.com", 1);
    strict("dbname=x");
    left("host=localhost");
    setenv("PGHOSTADDR", "192.0.2.7", 1);
    strict("host=localhost");
    setenv("PGSSLMODE", "", 1);
    strict("dbname=x");
    setenv("PGSSLMODE", "prefer", 1);
    left("dbname=x");
    unsetenv("PGSSLMODE");
    strict("dbname=x");
}
END_TEST

START_TEST(a_service_file_counts)
{
    char path[] = "/tmp/kloyst-test-service-XXXXXX";
    int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    ck_assert_int_gt(dprintf(file, "[open]\nhost=db.example.com\nsslmode=require\n[silent]\nhost=db.example.com\n[here]\n"
                                   "host=/run/postgresql\n"), 0);
    close(file);
    setenv("PGSERVICEFILE", path, 1);
    left("service=open");
    strict("service=silent");
    strict("postgresql:///x?service=silent");
    left("service=here");
    setenv("PGSERVICE", "silent", 1);
    strict("dbname=x");
    unlink(path);
}
END_TEST

/* Nothing is known of them: libpq will refuse them, and nothing may be sent should it not. */
START_TEST(what_cannot_be_read_is_elsewhere)
{
    strict("service=no-such-service");
    ck_assert(!conninfo_sound("nonsense"));
    ck_assert(!conninfo_sound("postgresql://u:p@ss@host/x"));
    ck_assert(!conninfo_sound("postgresql://u@h:notaport/x"));
    ck_assert(conninfo_sound("host=@abstract port=1,2"));
    ck_assert(conninfo_sound(""));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("conninfo");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, nothing_said_before, NULL);
    tcase_add_test(all, a_server_elsewhere_must_prove_who_it_is);
    tcase_add_test(all, a_server_on_this_machine_need_not);
    tcase_add_test(all, what_the_connection_string_says_counts);
    tcase_add_test(all, the_environment_counts);
    tcase_add_test(all, a_service_file_counts);
    tcase_add_test(all, what_cannot_be_read_is_elsewhere);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
