#pragma once
#include <sqlite3.h>

// Both calls are variadic, which Swift does not import.

// No count of all memory that SQLite uses: it takes a lock around every allocation. Before the first database is opened.
static inline int cpa_sqlite_count_no_memory(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

// Small memory of one connection comes from `count` pieces of `size` bytes each.
static inline int cpa_sqlite_set_lookaside(sqlite3 *database, int size, int count) {
    return sqlite3_db_config(database, SQLITE_DBCONFIG_LOOKASIDE, (void *)0, size, count);
}
