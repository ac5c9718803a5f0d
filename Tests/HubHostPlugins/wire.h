/* Calls as bytes, for a plugin that is built with -DLOOPBACK: everything that crosses the ABI is written to a buffer, read back from there
   and only then handed over, and the buffer is wiped after the call. What passes here could as well go to another process; what keeps a
   pointer finds rubbish behind it. Handles and tokens pass as numbers. */
#ifndef HUB_TEST_WIRE_H
#define HUB_TEST_WIRE_H
#include <hub_plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct wire {
  unsigned char *bytes;
  size_t size, at;
  void *lists[8]; /* arrays made while reading, freed with the buffer */
  size_t n_lists;
} wire;

static void put(wire *w, const void *data, size_t size) {
  w->bytes = realloc(w->bytes, w->size + size + 1);
  if (size) memcpy(w->bytes + w->size, data, size);
  w->size += size;
}
static void put_number(wire *w, uint64_t n) { put(w, &n, sizeof n); }
static void put_signed(wire *w, int64_t n) { put(w, &n, sizeof n); }
static void put_double(wire *w, double n) { put(w, &n, sizeof n); }
/* A length without bytes, which only a broken plugin gives, stays one. */
static void put_str(wire *w, hub_str s) {
  put_number(w, s.len);
  put_number(w, s.ptr != 0);
  if (s.ptr) put(w, s.ptr, s.len);
}
static void put_strs(wire *w, const hub_str *s, size_t n) {
  put_number(w, n);
  for (size_t i = 0; i < n; i++) put_str(w, s[i]);
}
static void put_pairs(wire *w, const hub_pair *p, size_t n) {
  put_number(w, n);
  for (size_t i = 0; i < n; i++) { put_str(w, p[i].name); put_str(w, p[i].value); }
}

static const void *get(wire *w, size_t size) {
  if (size > w->size - w->at) { fprintf(stderr, "loopback: read past the end of a call\n"); abort(); }
  w->at += size;
  return w->bytes + w->at - size;
}
static uint64_t number(wire *w) { uint64_t n; memcpy(&n, get(w, sizeof n), sizeof n); return n; }
static int64_t signed_(wire *w) { int64_t n; memcpy(&n, get(w, sizeof n), sizeof n); return n; }
static double double_(wire *w) { double n; memcpy(&n, get(w, sizeof n), sizeof n); return n; }
static hub_str text_(wire *w) {
  hub_str s = {0, number(w)};
  if (number(w)) s.ptr = get(w, s.len);
  return s;
}
static void *list(wire *w, size_t n, size_t size) {
  if (w->n_lists == sizeof w->lists / sizeof *w->lists) { fprintf(stderr, "loopback: too many lists in one call\n"); abort(); }
  return w->lists[w->n_lists++] = calloc(n + 1, size);
}
static hub_str *texts(wire *w, size_t *n) {
  *n = number(w);
  hub_str *out = list(w, *n, sizeof *out);
  for (size_t i = 0; i < *n; i++) out[i] = text_(w);
  return out;
}
static hub_pair *pairs(wire *w, uint32_t *n) {
  *n = (uint32_t)number(w);
  hub_pair *out = list(w, *n, sizeof *out);
  for (uint32_t i = 0; i < *n; i++) { out[i].name = text_(w); out[i].value = text_(w); }
  return out;
}

/* The call is over: all of it was read, and nothing of it stays. */
static void wipe(wire *w) {
  if (w->at != w->size) { fprintf(stderr, "loopback: %zu bytes of a call were not read\n", w->size - w->at); abort(); }
  memset(w->bytes, 0xDB, w->size);
  free(w->bytes);
  for (size_t i = 0; i < w->n_lists; i++) free(w->lists[i]);
}
/* A status on its way back. */
static hub_status back(hub_status status) {
  wire w = {0};
  put_signed(&w, status);
  hub_status read = (hub_status)signed_(&w);
  wipe(&w);
  return read;
}

static void put_identity(wire *w, const hub_identity *i) {
  put_number(w, i != 0);
  if (!i) return;
  put_str(w, i->tenant); put_str(w, i->user); put_str(w, i->roles); put_str(w, i->claims_json);
}
static const hub_identity *identity(wire *w, hub_identity *out) {
  if (!number(w)) return 0;
  out->tenant = text_(w); out->user = text_(w); out->roles = text_(w); out->claims_json = text_(w);
  return out;
}
static void put_event(wire *w, const hub_event *e) {
  put_str(w, e->id); put_str(w, e->kind); put_str(w, e->account); put_str(w, e->conversation); put_str(w, e->cause);
  put_signed(w, e->time_ms); put_number(w, e->sequence); put_str(w, e->body);
}
static hub_event event_(wire *w) {
  hub_event e;
  e.id = text_(w); e.kind = text_(w); e.account = text_(w); e.conversation = text_(w); e.cause = text_(w);
  e.time_ms = signed_(w); e.sequence = number(w); e.body = text_(w);
  return e;
}
static void put_message(wire *w, const hub_http_message *m) {
  put_str(w, m->method); put_str(w, m->target); put_signed(w, m->status); put_pairs(w, m->headers, m->n_headers); put_str(w, m->body);
  put_str(w, m->remote); put_str(w, m->cause); put_identity(w, m->identity);
}
static hub_http_message message_(wire *w, hub_identity *who) {
  hub_http_message m;
  m.method = text_(w); m.target = text_(w); m.status = (int32_t)signed_(w); m.headers = pairs(w, &m.n_headers); m.body = text_(w);
  m.remote = text_(w); m.cause = text_(w); m.identity = identity(w, who);
  return m;
}
static void put_upstream_options(wire *w, const hub_upstream_options_1 *o) {
  put_str(w, o->url); put_str(w, o->path); put_pairs(w, o->query, o->n_query); put_pairs(w, o->headers, o->n_headers);
  put_number(w, o->n_namespaces);
  for (uint32_t i = 0; i < o->n_namespaces; i++) {
    put_str(w, o->namespaces[i].name); put_str(w, o->namespaces[i].auth_json); put_str(w, o->namespaces[i].account);
  }
  put_number(w, o->ack_timeout_ms); put_number(w, o->join_first_ms); put_number(w, o->join_most_ms); put_str(w, o->ca_file);
  put_number(w, o->max_message);
}
static hub_upstream_options_1 upstream_options(wire *w) {
  hub_upstream_options_1 o;
  o.url = text_(w); o.path = text_(w); o.query = pairs(w, &o.n_query); o.headers = pairs(w, &o.n_headers);
  o.n_namespaces = (uint32_t)number(w);
  hub_upstream_namespace_1 *names = list(w, o.n_namespaces, sizeof *names);
  for (uint32_t i = 0; i < o.n_namespaces; i++) {
    names[i].name = text_(w); names[i].auth_json = text_(w); names[i].account = text_(w);
  }
  o.namespaces = names;
  o.ack_timeout_ms = (uint32_t)number(w); o.join_first_ms = (uint32_t)number(w); o.join_most_ms = (uint32_t)number(w);
  o.ca_file = text_(w); o.max_message = number(w);
  return o;
}
static void put_http_request(wire *w, const hub_http_request_1 *r) {
  put_str(w, r->method); put_str(w, r->url); put_pairs(w, r->headers, r->n_headers); put_number(w, r->flags); put_number(w, r->timeout_ms);
  put_number(w, r->n_parts);
  for (uint32_t i = 0; i < r->n_parts; i++) { put_signed(w, r->parts[i].form); put_str(w, r->parts[i].value); }
  put_number(w, r->max_body); put_str(w, r->cause); put_str(w, r->ca_file);
}
static hub_http_request_1 http_request(wire *w) {
  hub_http_request_1 r;
  r.method = text_(w); r.url = text_(w); r.headers = pairs(w, &r.n_headers); r.flags = (uint32_t)number(w); r.timeout_ms = (uint32_t)number(w);
  r.n_parts = (uint32_t)number(w);
  hub_body_part_1 *parts = list(w, r.n_parts, sizeof *parts);
  for (uint32_t i = 0; i < r.n_parts; i++) { parts[i].form = (int32_t)signed_(w); parts[i].value = text_(w); }
  r.parts = parts; r.max_body = number(w); r.cause = text_(w); r.ca_file = text_(w);
  return r;
}
#endif
