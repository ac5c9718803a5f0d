#include "fault_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOG_WRITE, LOG_TRUNCATE, LOG_SYNC, LOG_LOST_SYNC, LOG_DELETE };
enum { MAX_DISKS = 256, MAX_FILES = 64, SECTOR = 512 };

typedef struct entry {
  int kind, file;
  sqlite3_int64 offset;
  int length;
  unsigned char *data;
} entry;

struct fault_disk {
  char folder[1024];
  int record;
  int code[FAULT_OPS];
  long after[FAULT_OPS], left[FAULT_OPS], count[FAULT_OPS], log_syncs;
  char *names[MAX_FILES];
  int files;
  entry *log;
  size_t length, capacity;
};

typedef struct fault_file {
  sqlite3_file base;
  fault_disk *disk;
  int number, is_log;
  sqlite3_file *real;
} fault_file;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static fault_disk *disks[MAX_DISKS];
static sqlite3_vfs *real_vfs;
static sqlite3_vfs fault;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static fault_disk *disk_of(const char *path) {
  if (path == NULL) return NULL;
  for (int i = 0; i < MAX_DISKS; i++)
    if (disks[i] != NULL && strncmp(path, disks[i]->folder, strlen(disks[i]->folder)) == 0) return disks[i];
  return NULL;
}

static int number_of(fault_disk *disk, const char *path) {
  const char *slash = strrchr(path, '/');
  const char *name = slash == NULL ? path : slash + 1;
  for (int i = 0; i < disk->files; i++)
    if (strcmp(disk->names[i], name) == 0) return i;
  if (disk->files == MAX_FILES) abort();
  disk->names[disk->files] = strdup(name);
  return disk->files++;
}

static void note(fault_disk *disk, int kind, int file, sqlite3_int64 offset, const void *data, int length) {
  if (!disk->record) return;
  if (disk->length == disk->capacity) {
    disk->capacity = disk->capacity == 0 ? 1024 : disk->capacity * 2;
    disk->log = realloc(disk->log, disk->capacity * sizeof(entry));
  }
  entry *next = &disk->log[disk->length++];
  *next = (entry){.kind = kind, .file = file, .offset = offset, .length = length, .data = NULL};
  if (length > 0) {
    next->data = malloc((size_t)length);
    memcpy(next->data, data, (size_t)length);
  }
}

/* The code with which the operation fails now, or SQLITE_OK. */
static int verdict(fault_disk *disk, int operation) {
  if (disk == NULL) return SQLITE_OK;
  disk->count[operation]++;
  if (disk->left[operation] == 0) return SQLITE_OK;
  if (disk->after[operation] > 0) {
    disk->after[operation]--;
    return SQLITE_OK;
  }
  if (disk->left[operation] > 0) disk->left[operation]--;
  return disk->code[operation];
}

#define FILE_OF(file) fault_file *self = (fault_file *)(file)
#define REAL(call, ...) self->real->pMethods->call(self->real, ##__VA_ARGS__)

static int f_close(sqlite3_file *file) { FILE_OF(file); return REAL(xClose); }
static int f_read(sqlite3_file *file, void *data, int n, sqlite3_int64 at) { FILE_OF(file); return REAL(xRead, data, n, at); }

static int f_write(sqlite3_file *file, const void *data, int n, sqlite3_int64 at) {
  FILE_OF(file);
  pthread_mutex_lock(&lock);
  int code = verdict(self->disk, FAULT_WRITE);
  if (code == SQLITE_OK) code = REAL(xWrite, data, n, at);
  if (code == SQLITE_OK && self->disk != NULL) note(self->disk, LOG_WRITE, self->number, at, data, n);
  pthread_mutex_unlock(&lock);
  return code;
}

static int f_truncate(sqlite3_file *file, sqlite3_int64 size) {
  FILE_OF(file);
  pthread_mutex_lock(&lock);
  int code = verdict(self->disk, FAULT_TRUNCATE);
  if (code == SQLITE_OK) code = REAL(xTruncate, size);
  if (code == SQLITE_OK && self->disk != NULL) note(self->disk, LOG_TRUNCATE, self->number, size, NULL, 0);
  pthread_mutex_unlock(&lock);
  return code;
}

static int f_sync(sqlite3_file *file, int flags) {
  FILE_OF(file);
  pthread_mutex_lock(&lock);
  int code = verdict(self->disk, FAULT_SYNC);
  if (code == SQLITE_OK) code = REAL(xSync, flags);
  if (self->disk != NULL) {
    note(self->disk, code == SQLITE_OK ? LOG_SYNC : LOG_LOST_SYNC, self->number, 0, NULL, 0);
    if (code == SQLITE_OK && self->is_log) self->disk->log_syncs++;
  }
  pthread_mutex_unlock(&lock);
  return code;
}

static int f_size(sqlite3_file *file, sqlite3_int64 *size) { FILE_OF(file); return REAL(xFileSize, size); }
static int f_lock(sqlite3_file *file, int level) { FILE_OF(file); return REAL(xLock, level); }
static int f_unlock(sqlite3_file *file, int level) { FILE_OF(file); return REAL(xUnlock, level); }
static int f_reserved(sqlite3_file *file, int *out) { FILE_OF(file); return REAL(xCheckReservedLock, out); }

static int f_control(sqlite3_file *file, int op, void *arg) {
  FILE_OF(file);
  /* A preallocated size would be a write that the log does not see. */
  if (op == SQLITE_FCNTL_SIZE_HINT || op == SQLITE_FCNTL_CHUNK_SIZE) return SQLITE_OK;
  return REAL(xFileControl, op, arg);
}

static int f_sector(sqlite3_file *file) { FILE_OF(file); return REAL(xSectorSize); }
/* No promise of any atomicity or order. */
static int f_device(sqlite3_file *file) { (void)file; return 0; }
static int f_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out) {
  FILE_OF(file);
  return REAL(xShmMap, page, size, extend, out);
}
static int f_shm_lock(sqlite3_file *file, int at, int n, int flags) { FILE_OF(file); return REAL(xShmLock, at, n, flags); }
static void f_shm_barrier(sqlite3_file *file) { FILE_OF(file); REAL(xShmBarrier); }
static int f_shm_unmap(sqlite3_file *file, int del) { FILE_OF(file); return REAL(xShmUnmap, del); }

static const sqlite3_io_methods methods = {2,          f_close,  f_read,    f_write,    f_truncate,  f_sync,        f_size,
                                           f_lock,     f_unlock, f_reserved, f_control, f_sector,    f_device,      f_shm_map,
                                           f_shm_lock, f_shm_barrier, f_shm_unmap, NULL, NULL};

static int v_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out) {
  (void)vfs;
  FILE_OF(file);
  memset(self, 0, sizeof *self);
  self->real = (sqlite3_file *)(self + 1);
  pthread_mutex_lock(&lock);
  self->disk = disk_of(path);
  int code = verdict(self->disk, FAULT_OPEN);
  if (self->disk != NULL) self->number = number_of(self->disk, path);
  pthread_mutex_unlock(&lock);
  if (code != SQLITE_OK) return code;
  self->is_log = (flags & SQLITE_OPEN_WAL) != 0;
  code = real_vfs->xOpen(real_vfs, path, self->real, flags, out);
  if (self->real->pMethods != NULL) self->base.pMethods = &methods;
  return code;
}

static int v_delete(sqlite3_vfs *vfs, const char *path, int sync) {
  (void)vfs;
  pthread_mutex_lock(&lock);
  int code = real_vfs->xDelete(real_vfs, path, sync);
  fault_disk *disk = disk_of(path);
  if (code == SQLITE_OK && disk != NULL) note(disk, LOG_DELETE, number_of(disk, path), 0, NULL, 0);
  pthread_mutex_unlock(&lock);
  return code;
}

static void set_up(void) {
  real_vfs = sqlite3_vfs_find(NULL);
  fault = *real_vfs;
  fault.zName = "fault";
  fault.pNext = NULL;
  fault.szOsFile = (int)sizeof(fault_file) + real_vfs->szOsFile;
  fault.xOpen = v_open;
  fault.xDelete = v_delete;
  sqlite3_vfs_register(&fault, 1);
}

fault_disk *fault_disk_create(const char *folder, int record) {
  pthread_once(&once, set_up);
  fault_disk *disk = calloc(1, sizeof *disk);
  snprintf(disk->folder, sizeof disk->folder, "%s/", folder);
  disk->record = record;
  pthread_mutex_lock(&lock);
  int place = 0;
  while (place < MAX_DISKS && disks[place] != NULL) place++;
  if (place == MAX_DISKS) abort();
  disks[place] = disk;
  pthread_mutex_unlock(&lock);
  return disk;
}

void fault_disk_destroy(fault_disk *disk) {
  pthread_mutex_lock(&lock);
  for (int i = 0; i < MAX_DISKS; i++)
    if (disks[i] == disk) disks[i] = NULL;
  pthread_mutex_unlock(&lock);
  for (size_t i = 0; i < disk->length; i++) free(disk->log[i].data);
  for (int i = 0; i < disk->files; i++) free(disk->names[i]);
  free(disk->log);
  free(disk);
}

void fault_disk_fail(fault_disk *disk, int operation, int code, long after, long count) {
  pthread_mutex_lock(&lock);
  disk->code[operation] = code;
  disk->after[operation] = after;
  disk->left[operation] = count;
  pthread_mutex_unlock(&lock);
}

static long locked(const long *value) {
  pthread_mutex_lock(&lock);
  long copy = *value;
  pthread_mutex_unlock(&lock);
  return copy;
}

long fault_disk_count(const fault_disk *disk, int operation) { return locked(&disk->count[operation]); }
long fault_disk_log_syncs(const fault_disk *disk) { return locked(&disk->log_syncs); }

size_t fault_disk_length(const fault_disk *disk) {
  pthread_mutex_lock(&lock);
  size_t length = disk->length;
  pthread_mutex_unlock(&lock);
  return length;
}

/* ---- rebuilding an image ---- */

typedef struct image {
  unsigned char *bytes;
  size_t size, capacity;
  int exists;
} image;

static void put(image *file, size_t offset, const unsigned char *data, size_t length) {
  if (offset + length > file->capacity) {
    file->capacity = (offset + length) * 2;
    file->bytes = realloc(file->bytes, file->capacity);
  }
  if (offset > file->size) memset(file->bytes + file->size, 0, offset - file->size);
  memcpy(file->bytes + offset, data, length);
  if (offset + length > file->size) file->size = offset + length;
  file->exists = 1;
}

static void play(image *file, const entry *what) {
  if (what->kind == LOG_WRITE) put(file, (size_t)what->offset, what->data, (size_t)what->length);
  if (what->kind == LOG_TRUNCATE && (size_t)what->offset < file->size) file->size = (size_t)what->offset;
}

static uint64_t draw(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

/* Some of the sectors of an unsynced write reach the disk. */
static void tear(image *file, const entry *what, uint64_t *seed) {
  if (what->kind == LOG_TRUNCATE) {
    if (draw(seed) & 1) play(file, what);
    return;
  }
  if (what->kind != LOG_WRITE) return;
  for (int at = 0; at < what->length; at += SECTOR) {
    int n = what->length - at < SECTOR ? what->length - at : SECTOR;
    if (draw(seed) & 1) put(file, (size_t)what->offset + (size_t)at, what->data + at, (size_t)n);
  }
}

int fault_disk_rebuild(const fault_disk *disk, size_t cut, uint64_t seed, const char *target) {
  image files[MAX_FILES];
  memset(files, 0, sizeof files);
  pthread_mutex_lock(&lock);
  if (cut > disk->length) cut = disk->length;
  size_t *settled = calloc(cut + 1, sizeof *settled); /* 1: applied, 2: lost by a failed sync */
  for (size_t i = 0; i < cut; i++) {
    const entry *now = &disk->log[i];
    if (now->kind == LOG_SYNC || now->kind == LOG_LOST_SYNC) {
      for (size_t j = 0; j < i; j++) {
        const entry *old = &disk->log[j];
        if (settled[j] || old->file != now->file || old->kind > LOG_TRUNCATE) continue;
        if (now->kind == LOG_SYNC) play(&files[now->file], old);
        settled[j] = now->kind == LOG_SYNC ? 1 : 2;
      }
    } else if (now->kind == LOG_DELETE) {
      for (size_t j = 0; j < i; j++)
        if (disk->log[j].file == now->file) settled[j] = 1;
      files[now->file].size = 0;
      files[now->file].exists = 0;
    }
  }
  if (seed != 0)
    for (size_t i = 0; i < cut; i++)
      if (settled[i] == 0) tear(&files[disk->log[i].file], &disk->log[i], &seed);
  int failed = 0;
  for (int i = 0; i < disk->files; i++) {
    char path[2048];
    snprintf(path, sizeof path, "%s/%s", target, disk->names[i]);
    if (files[i].exists) {
      FILE *out = fopen(path, "wb");
      if (out == NULL || fwrite(files[i].bytes, 1, files[i].size, out) != files[i].size) failed = 1;
      if (out != NULL && fclose(out) != 0) failed = 1;
    }
    free(files[i].bytes);
  }
  free(settled);
  pthread_mutex_unlock(&lock);
  return failed;
}

sqlite3 *fault_plain_open(const char *path) {
  sqlite3 *connection = NULL;
  if (sqlite3_open(path, &connection) == SQLITE_OK) return connection;
  sqlite3_close(connection);
  return NULL;
}

void fault_plain_close(sqlite3 *connection) { sqlite3_close(connection); }
