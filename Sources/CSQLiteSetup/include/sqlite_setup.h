#ifndef SQLITE_SETUP_H
#define SQLITE_SETUP_H

/// Has SQLite keep no account of the memory it takes: it locks a mutex for it at every allocation and every release, forty times an event.
/// Only before SQLite is used first; later it changes nothing. Swift cannot call the variadic sqlite3_config(3) itself.
void sqlite_setup_memory(void);

#endif
