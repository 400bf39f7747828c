#pragma once
#include <sqlite3.h>

// No count of all memory that SQLite uses: it takes a lock around every allocation. Before the first database is opened.
// The call is variadic, which Swift does not import.
static inline int cpa_sqlite_count_no_memory(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
