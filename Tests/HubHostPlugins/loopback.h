/* The host's extension tables behind a marshaller: every call becomes bytes in a buffer of its own, is read back from there and only then
   made, and the buffer is wiped. What passes here could as well go to another process: no argument is a pointer to keep, none is an answer. */
#ifndef HUB_TEST_LOOPBACK_H
#define HUB_TEST_LOOPBACK_H
#include <hub_plugin.h>
#include <stdlib.h>
#include <string.h>

typedef struct wire { unsigned char *bytes; size_t size, at; } wire;

static void put(wire *w, const void *data, size_t size) {
  w->bytes = realloc(w->bytes, w->size + size + 1);
  if (size) memcpy(w->bytes + w->size, data, size);
  w->size += size;
}
static void put_number(wire *w, uint64_t n) { put(w, &n, sizeof n); }
static void put_str(wire *w, hub_str s) { put_number(w, s.len); put(w, s.ptr, s.len); }
static uint64_t number(wire *w) { uint64_t n; memcpy(&n, w->bytes + w->at, sizeof n); w->at += sizeof n; return n; }
static hub_str text_(wire *w) {
  size_t len = number(w);
  hub_str s = {(const char *)w->bytes + w->at, len};
  w->at += len;
  return s;
}
static void put_strs(wire *w, const hub_str *s, size_t n) { put_number(w, n); for (size_t i = 0; i < n; i++) put_str(w, s[i]); }
static size_t texts(wire *w, hub_str *out) { size_t n = number(w); for (size_t i = 0; i < n; i++) out[i] = text_(w); return n; }
static void wipe(wire *w) { memset(w->bytes, 0xDB, w->size); free(w->bytes); }

static const hub_metric_1 *far_metric;
static uint32_t near_define(hub_host *host, int32_t kind, hub_str name, const hub_str *labels, size_t n) {
  wire w = {0};
  hub_str out[16];
  put_number(&w, (uint64_t)kind); put_str(&w, name); put_strs(&w, labels, n);
  int32_t k = (int32_t)number(&w);
  hub_str what = text_(&w);
  size_t count = texts(&w, out);
  uint32_t id = far_metric->define(host, k, what, out, count);
  wipe(&w);
  return id;
}
static void near_record(hub_host *host, uint32_t metric, double value, const hub_str *labels, size_t n) {
  wire w = {0};
  hub_str out[16];
  double read;
  put_number(&w, metric); put(&w, &value, sizeof value); put_strs(&w, labels, n);
  uint32_t id = (uint32_t)number(&w);
  memcpy(&read, w.bytes + w.at, sizeof read);
  w.at += sizeof read;
  size_t count = texts(&w, out);
  far_metric->record(host, id, read, out, count);
  wipe(&w);
}
static const hub_metric_1 near_metric = {near_define, near_record};

static const hub_timer_1 *far_timer;
static hub_status near_after(hub_host *host, uint64_t ms, hub_token token) {
  wire w = {0};
  put_number(&w, ms); put_number(&w, token);
  uint64_t wait = number(&w);
  hub_status status = far_timer->after(host, wait, number(&w));
  wipe(&w);
  return status;
}
static void near_cancel(hub_host *host, hub_token token) {
  wire w = {0};
  put_number(&w, token);
  far_timer->cancel(host, number(&w));
  wipe(&w);
}
static const hub_timer_1 near_timer = {near_after, near_cancel};

static const hub_secret_1 *far_secret;
static void near_get(hub_host *host, hub_str handle, hub_token token) {
  wire w = {0};
  put_str(&w, handle); put_number(&w, token);
  hub_str name = text_(&w);
  far_secret->get(host, name, number(&w));
  wipe(&w);
}
static const hub_secret_1 near_secret = {near_get};

static const hub_http_route_1 *far_http;
static hub_status near_add(hub_host *host, hub_str method, hub_str path, int32_t access, hub_str role, uint32_t route) {
  wire w = {0};
  put_str(&w, method); put_str(&w, path); put_number(&w, (uint64_t)access); put_str(&w, role); put_number(&w, route);
  hub_str m = text_(&w), p = text_(&w);
  int32_t a = (int32_t)number(&w);
  hub_str r = text_(&w);
  hub_status status = far_http->add(host, m, p, a, r, (uint32_t)number(&w));
  wipe(&w);
  return status;
}
static void near_respond(hub_host *host, hub_token token, const hub_http_message *answer) {
  wire w = {0};
  hub_pair pairs[16];
  put_number(&w, token); put_number(&w, (uint64_t)answer->status); put_str(&w, answer->body); put_number(&w, answer->n_headers);
  for (uint32_t i = 0; i < answer->n_headers; i++) { put_str(&w, answer->headers[i].name); put_str(&w, answer->headers[i].value); }
  hub_token t = number(&w);
  hub_http_message message = {.status = (int32_t)number(&w), .headers = pairs};
  message.body = text_(&w);
  message.n_headers = (uint32_t)number(&w);
  for (uint32_t i = 0; i < message.n_headers; i++) { pairs[i].name = text_(&w); pairs[i].value = text_(&w); }
  far_http->respond(host, t, &message);
  wipe(&w);
}
static const hub_http_route_1 near_http = {near_add, near_respond};

/* The near side of a table; the table itself where there is no marshaller for it. */
static const void *loopback(const char *id, const void *table) {
  if (!table) return 0;
  if (strcmp(id, HUB_EXT_METRIC) == 0) { far_metric = table; return &near_metric; }
  if (strcmp(id, HUB_EXT_TIMER) == 0) { far_timer = table; return &near_timer; }
  if (strcmp(id, HUB_EXT_SECRET) == 0) { far_secret = table; return &near_secret; }
  if (strcmp(id, HUB_EXT_HTTP_ROUTE) == 0) { far_http = table; return &near_http; }
  return table;
}
#endif
