#include "sqlite_setup.h"

#include <sqlite3.h>

void sqlite_setup_memory(void) { (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
