/* What the disk and SQLite allow: copies the rows of a journal into an empty one, in batches of the same size, prepared statements and
   nothing else, synced like the journal. Then times bare syncs. Beside `journal-probe bench`:
     gcc -O2 scripts/journal-floor.c -lsqlite3 -o /tmp/journal-floor && /tmp/journal-floor JOURNAL COPY 64 */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { EVENT_COLUMNS = 12, MESSAGE_COLUMNS = 10, SYNCS = 2000, SYNC_SIZE = 64 << 10 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double cpu(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void run(sqlite3 *db, const char *sql) {
  char *message = NULL;
  if (sqlite3_exec(db, sql, NULL, NULL, &message) == SQLITE_OK) return;
  fprintf(stderr, "%s: %s\n", sql, message);
  exit(1);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql) {
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) == SQLITE_OK) return statement;
  fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
  exit(1);
}

/* The source's rows are held in memory, so that reading them is no part of the time. */
static sqlite3_value **load(sqlite3 *db, const char *sql, int columns, size_t *count) {
  sqlite3_stmt *statement = prepare(db, sql);
  size_t capacity = 1024;
  sqlite3_value **values = malloc(capacity * (size_t)columns * sizeof *values);
  for (*count = 0; sqlite3_step(statement) == SQLITE_ROW; ++*count) {
    if (*count == capacity) values = realloc(values, (capacity *= 2) * (size_t)columns * sizeof *values);
    for (int i = 0; i < columns; i++) values[*count * (size_t)columns + (size_t)i] = sqlite3_value_dup(sqlite3_column_value(statement, i));
  }
  sqlite3_finalize(statement);
  return values;
}

static void insert(sqlite3_stmt *statement, sqlite3_value **row, int columns) {
  for (int i = 0; i < columns; i++) sqlite3_bind_value(statement, i + 1, row[i]);
  if (sqlite3_step(statement) != SQLITE_DONE) {
    fprintf(stderr, "insert: %s\n", sqlite3_errmsg(sqlite3_db_handle(statement)));
    exit(1);
  }
  sqlite3_reset(statement);
}

static int ascending(const void *a, const void *b) {
  double one = *(const double *)a, other = *(const double *)b;
  return (one > other) - (one < other);
}

static void time_syncs(const char *path) {
  static char block[SYNC_SIZE];
  static double took[SYNCS];
  int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
  for (int i = 0; i < SYNCS; i++) {
    double start = now();
    if (pwrite(file, block, sizeof block, (i % 64) * (off_t)sizeof block) != (ssize_t)sizeof block || fdatasync(file) != 0) exit(1);
    took[i] = now() - start;
  }
  close(file);
  unlink(path);
  qsort(took, SYNCS, sizeof *took, ascending);
  double sum = 0;
  for (int i = 0; i < SYNCS; i++) sum += took[i];
  printf("disk: %.0f syncs/s of 64 KiB, p50 %.0f us, p99 %.0f us\n", SYNCS / sum, took[SYNCS / 2] * 1e6, took[SYNCS * 99 / 100] * 1e6);
}

int main(int argc, char **argv) {
  if (argc != 4) return fprintf(stderr, "journal-floor JOURNAL COPY BATCH\n"), 2;
  size_t batch = strtoul(argv[3], NULL, 10), events = 0, messages = 0;
  sqlite3 *source = NULL, *target = NULL;
  if (batch == 0 || sqlite3_open_v2(argv[1], &source, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK || sqlite3_open(argv[2], &target) != SQLITE_OK)
    return 1;
  run(target, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16384; PRAGMA wal_autocheckpoint=8000");
  sqlite3_stmt *schema = prepare(source, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL");
  while (sqlite3_step(schema) == SQLITE_ROW) run(target, (const char *)sqlite3_column_text(schema, 0));
  sqlite3_finalize(schema);
  sqlite3_value **event = load(source, "SELECT * FROM events ORDER BY sequence", EVENT_COLUMNS, &events);
  sqlite3_value **message = load(
      source, "SELECT number,id,conversation,contact,direction,status,timestamp_ms,at,head,length FROM messages ORDER BY number",
      MESSAGE_COLUMNS, &messages);
  sqlite3_stmt *add_event = prepare(target, "INSERT INTO events VALUES(?,?,?,?,?,?,?,?,?,?,?,?)");
  sqlite3_stmt *add_message = prepare(
      target, "INSERT INTO messages(number,id,conversation,contact,direction,status,timestamp_ms,at,head,length) VALUES(?,?,?,?,?,?,?,?,?,?)");
  double start = now(), busy = cpu();
  for (size_t e = 0, m = 0; e < events;) {
    run(target, "BEGIN IMMEDIATE");
    for (size_t n = 0; n < batch && e < events; n++, e++) {
      insert(add_event, event + e * EVENT_COLUMNS, EVENT_COLUMNS);
      if (m < messages && sqlite3_value_int64(message[m * MESSAGE_COLUMNS]) == sqlite3_value_int64(event[e * EVENT_COLUMNS]))
        insert(add_message, message + m++ * MESSAGE_COLUMNS, MESSAGE_COLUMNS);
    }
    run(target, "COMMIT");
  }
  double wall = now() - start;
  busy = cpu() - busy;
  printf("floor: %.0f rows/s, %.1f CPU us each, batches of %zu\n", (double)events / wall, busy / (double)events * 1e6, batch);
  char path[4096];
  snprintf(path, sizeof path, "%s.sync", argv[2]);
  time_syncs(path);
  return 0;
}
