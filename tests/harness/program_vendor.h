/* A vendor whom the program kloyst has made, ready to send. */
#ifndef TESTS_HARNESS_PROGRAM_VENDOR_H
#define TESTS_HARNESS_PROGRAM_VENDOR_H

enum { PROGRAM_ID = 40 };

/* Of the last program_prepare(). */
extern char program_vendor[PROGRAM_ID], program_account[PROGRAM_ID];

/* Makes a vendor with an account, money and `contacts` contacts, who is the one in $KLOYST_VENDOR from then on. */
void program_prepare(int contacts);

/* Keeps an id beyond the next runs. */
void program_keep(char place[PROGRAM_ID], const char *id);

#endif
