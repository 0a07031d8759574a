/* kloyst ledger: proving a ledger and writing it out. */
#include "groups.h"

const command ledger_commands[] = {
    {"ledger verify", "prove a ledger, in the database or in an exported statement",
     "Recomputes the hash chain from the first row. A ledger that is corrupt is told by the row's seq, and ends with 1.",
     0,
     (const parameter[]){
         {"file", "FILE", "an exported statement; - is standard input. Needs no database", OPTIONAL},
         {"format", "csv|jsonl", "of the file; else by the end of its name, .jsonl or not", OPTIONAL},
         {"head", "HEX", "the hash that the last row must have, known from elsewhere: without it a statement\n"
          "                              cut off at its end, or rewritten with all its hashes, may pass", OPTIONAL},
         {"vendor", "UUID", "whose ledger in the database", OPTIONAL},
         {"url", "URL", "the database; else $KLOYST_URL", OPTIONAL},
         {0}},
     ledger_verify},
    {"ledger export", "write the ledger of a vendor as a statement",
     "Writes every row, with its hash, for 'kloyst ledger verify --file'. With --output it tells the hash of the last\n"
     "row: keep it, it pins the statement's end.",
     TAKES_DATABASE | TAKES_VENDOR,
     (const parameter[]){{"format", "csv|jsonl", "else by the end of the file's name, .jsonl or not", OPTIONAL},
                         {"output", "FILE", "a new file; else standard output", OPTIONAL},
                         {0}},
     ledger_export},
    {0}};
