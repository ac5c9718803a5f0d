/* A disk that fails on command and forgets what was not synced: a SQLite VFS around the system's, for tests.
   It becomes the default VFS; files outside every fault_disk pass through untouched. */
#ifndef FAULT_VFS_H
#define FAULT_VFS_H
#include <stddef.h>
#include <stdint.h>

typedef struct fault_disk fault_disk;
enum { FAULT_OPEN, FAULT_WRITE, FAULT_SYNC, FAULT_TRUNCATE, FAULT_OPS };

/* A disk for everything below a folder. Records when `record` is not 0. */
fault_disk *fault_disk_create(const char *folder, int record);
void fault_disk_destroy(fault_disk *);
/* The operations of a sort fail, after `after` more have succeeded, `count` times (-1: until told otherwise), with a SQLite code.
   A failed sync loses what it should have made durable: later syncs do not bring it back. */
void fault_disk_fail(fault_disk *, int operation, int code, long after, long count);
long fault_disk_count(const fault_disk *, int operation);
long fault_disk_log_syncs(const fault_disk *); /* successful syncs of write-ahead logs */
size_t fault_disk_length(const fault_disk *);  /* recorded operations so far */
/* Writes into `target` the files as a power cut after `cut` recorded operations leaves them: what was synced and, with a seed other
   than 0, any part of the rest in sectors of 512 bytes. 0 on success. */
int fault_disk_rebuild(const fault_disk *, size_t cut, uint64_t seed, const char *target);

/* A bare connection beside any journal; NULL when it cannot be opened. */
struct sqlite3;
struct sqlite3 *fault_plain_open(const char *path);
void fault_plain_close(struct sqlite3 *);
#endif
