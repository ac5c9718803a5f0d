/* What the plugin calls, by way of bytes: near_… is what the plugin sees, far_… the host's own table. */
#ifndef HUB_TEST_WIRE_HOST_H
#define HUB_TEST_WIRE_HOST_H
#include "wire.h"

#define HANDLE(w) ((hub_host *)(uintptr_t)number(w))

static const hub_host_api *far_api;
static const hub_metric_1 *far_metric;
static const hub_timer_1 *far_timer;
static const hub_secret_1 *far_secret;
static const hub_http_route_1 *far_http;
static const hub_namespace_1 *far_namespace;
static const hub_query_1 *far_query;
static const hub_stats_1 *far_stats;
static const hub_kinds_1 *far_kinds;
static const hub_log_level_1 *far_log_level;
static const hub_upstream_socket_1 *far_upstream;
static const hub_http_client_1 *far_client;
static const hub_kv_1 *far_kv;
static const hub_media_1 *far_media;
static const hub_interest_1 *far_interest;

static uint32_t near_define(hub_host *host, int32_t kind, hub_str name, const hub_str *labels, size_t n) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_signed(&w, kind); put_str(&w, name); put_strs(&w, labels, n);
  hub_host *h = HANDLE(&w);
  int32_t k = (int32_t)signed_(&w);
  hub_str what = text_(&w), *out = texts(&w, &n);
  uint32_t id = far_metric->define(h, k, what, out, n);
  wipe(&w);
  return id;
}
static void near_record(hub_host *host, uint32_t metric, double value, const hub_str *labels, size_t n) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_number(&w, metric); put_double(&w, value); put_strs(&w, labels, n);
  hub_host *h = HANDLE(&w);
  uint32_t id = (uint32_t)number(&w);
  double read = double_(&w);
  hub_str *out = texts(&w, &n);
  far_metric->record(h, id, read, out, n);
  wipe(&w);
}
static const hub_metric_1 near_metric = {near_define, near_record};

static hub_status near_after(hub_host *host, uint64_t ms, hub_token token) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_number(&w, ms); put_number(&w, token);
  hub_host *h = HANDLE(&w);
  uint64_t wait = number(&w), t = number(&w);
  hub_status status = far_timer->after(h, wait, t);
  wipe(&w);
  return back(status);
}
static void near_cancel(hub_host *host, hub_token token) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_number(&w, token);
  hub_host *h = HANDLE(&w);
  far_timer->cancel(h, number(&w));
  wipe(&w);
}
static const hub_timer_1 near_timer = {near_after, near_cancel};

static void near_get(hub_host *host, hub_str handle, hub_token token) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_str(&w, handle); put_number(&w, token);
  hub_host *h = HANDLE(&w);
  hub_str name = text_(&w);
  far_secret->get(h, name, number(&w));
  wipe(&w);
}
static const hub_secret_1 near_secret = {near_get};

static hub_status near_add(hub_host *host, hub_str method, hub_str path, int32_t access, hub_str role, uint32_t route) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_str(&w, method); put_str(&w, path); put_signed(&w, access); put_str(&w, role); put_number(&w, route);
  hub_host *h = HANDLE(&w);
  hub_str m = text_(&w), p = text_(&w);
  int32_t a = (int32_t)signed_(&w);
  hub_str r = text_(&w);
  hub_status status = far_http->add(h, m, p, a, r, (uint32_t)number(&w));
  wipe(&w);
  return back(status);
}
static void near_respond(hub_host *host, hub_token token, const hub_http_message *answer) {
  wire w = {0};
  hub_identity who;
  put_number(&w, (uintptr_t)host); put_number(&w, token); put_message(&w, answer);
  hub_host *h = HANDLE(&w);
  hub_token t = number(&w);
  hub_http_message message = message_(&w, &who);
  far_http->respond(h, t, &message);
  wipe(&w);
}
static const hub_http_route_1 near_http = {near_add, near_respond};

static hub_status near_open(hub_host *host, hub_str name, uint32_t id) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_str(&w, name); put_number(&w, id);
  hub_host *h = HANDLE(&w);
  hub_str n = text_(&w);
  hub_status status = far_namespace->open(h, n, (uint32_t)number(&w));
  wipe(&w);
  return back(status);
}
static void near_accept(hub_host *host, hub_token connect, const hub_str *rooms, size_t n) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_number(&w, connect); put_strs(&w, rooms, n);
  hub_host *h = HANDLE(&w);
  hub_token token = number(&w);
  hub_str *out = texts(&w, &n);
  far_namespace->accept(h, token, out, n);
  wipe(&w);
}
static void near_refuse(hub_host *host, hub_token connect, hub_str message, hub_str data) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_number(&w, connect); put_str(&w, message); put_str(&w, data);
  hub_host *h = HANDLE(&w);
  hub_token token = number(&w);
  hub_str m = text_(&w), d = text_(&w);
  far_namespace->refuse(h, token, m, d);
  wipe(&w);
}
static hub_status near_emit_packet(hub_host *host, uint32_t id, const hub_emit_1 *p) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_number(&w, id); put_number(&w, p->event); put_number(&w, p->index); put_number(&w, p->flags);
  put_strs(&w, p->rooms, p->n_rooms); put_str(&w, p->socket); put_str(&w, p->name); put_str(&w, p->args_json);
  hub_host *h = HANDLE(&w);
  uint32_t n = (uint32_t)number(&w);
  hub_emit_1 packet;
  packet.event = number(&w); packet.index = (uint32_t)number(&w); packet.flags = (uint32_t)number(&w);
  packet.rooms = texts(&w, &packet.n_rooms); packet.socket = text_(&w); packet.name = text_(&w); packet.args_json = text_(&w);
  hub_status status = far_namespace->emit(h, n, &packet);
  wipe(&w);
  return back(status);
}
static void near_ack(hub_host *host, hub_token ack, hub_str args) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_number(&w, ack); put_str(&w, args);
  hub_host *h = HANDLE(&w);
  hub_token token = number(&w);
  hub_str a = text_(&w);
  far_namespace->ack(h, token, a);
  wipe(&w);
}
static hub_status near_socket(hub_status (*call)(hub_host *, uint32_t, hub_str, hub_str), hub_host *host, uint32_t id, hub_str socket, hub_str room) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_number(&w, id); put_str(&w, socket); put_str(&w, room);
  hub_host *h = HANDLE(&w);
  uint32_t n = (uint32_t)number(&w);
  hub_str s = text_(&w), r = text_(&w);
  hub_status status = call(h, n, s, r);
  wipe(&w);
  return back(status);
}
static hub_status near_join(hub_host *host, uint32_t id, hub_str socket, hub_str room) { return near_socket(far_namespace->join, host, id, socket, room); }
static hub_status near_leave(hub_host *host, uint32_t id, hub_str socket, hub_str room) { return near_socket(far_namespace->leave, host, id, socket, room); }
static hub_status near_disconnect(hub_host *host, uint32_t id, hub_str socket, int32_t closes) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_number(&w, id); put_str(&w, socket); put_signed(&w, closes);
  hub_host *h = HANDLE(&w);
  uint32_t n = (uint32_t)number(&w);
  hub_str s = text_(&w);
  hub_status status = far_namespace->disconnect(h, n, s, (int32_t)signed_(&w));
  wipe(&w);
  return back(status);
}
static const hub_namespace_1 near_namespace = {near_open,     near_accept, near_refuse, near_emit_packet,
                                               near_ack,      near_join,   near_leave,  near_disconnect};

static void near_ask(hub_host *host, hub_str socket, hub_str request, hub_token token) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_str(&w, socket); put_str(&w, request); put_number(&w, token);
  hub_host *h = HANDLE(&w);
  hub_str s = text_(&w), r = text_(&w);
  far_query->query(h, s, r, number(&w));
  wipe(&w);
}
static const hub_query_1 near_query = {near_ask};

static void near_snapshot(hub_host *host, hub_token token) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_number(&w, token);
  hub_host *h = HANDLE(&w);
  far_stats->snapshot(h, number(&w));
  wipe(&w);
}
static const hub_stats_1 near_stats = {near_snapshot};

static hub_status near_only(hub_host *host, const hub_str *kinds, size_t n) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_strs(&w, kinds, n);
  hub_host *h = HANDLE(&w);
  hub_str *out = texts(&w, &n);
  hub_status status = far_kinds->only(h, out, n);
  wipe(&w);
  return back(status);
}
static void near_heard(hub_host *host, int32_t is_heard) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_number(&w, (uint64_t)is_heard);
  hub_host *h = HANDLE(&w);
  far_kinds->heard(h, (int32_t)number(&w));
  wipe(&w);
}
static const hub_kinds_1 near_kinds = {near_only, near_heard};

static int32_t near_least(hub_host *host) {
  wire w = {0};
  put_number(&w, (uintptr_t)host);
  hub_host *h = HANDLE(&w);
  int32_t level = far_log_level->least(h);
  wipe(&w);
  return level;
}
static const hub_log_level_1 near_log_level = {near_least};

static hub_status near_dial(hub_host *host, uint32_t id, const hub_upstream_options_1 *options) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_number(&w, id); put_upstream_options(&w, options);
  hub_host *h = HANDLE(&w);
  uint32_t n = (uint32_t)number(&w);
  hub_upstream_options_1 o = upstream_options(&w);
  hub_status status = far_upstream->open(h, n, &o);
  wipe(&w);
  return back(status);
}
static void near_hang_up(hub_host *host, uint32_t id) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_number(&w, id);
  hub_host *h = HANDLE(&w);
  far_upstream->close(h, (uint32_t)number(&w));
  wipe(&w);
}
static hub_status near_emit_up(hub_host *host, uint32_t id, hub_str ns, hub_str name, hub_str args, const hub_str *attachments, uint32_t n,
                               hub_token answer) {
  wire w = {0};
  size_t count;
  put_number(&w, (uintptr_t)host); put_number(&w, id); put_str(&w, ns); put_str(&w, name); put_str(&w, args);
  put_strs(&w, attachments, n); put_number(&w, answer);
  hub_host *h = HANDLE(&w);
  uint32_t i = (uint32_t)number(&w);
  hub_str s = text_(&w), e = text_(&w), a = text_(&w), *out = texts(&w, &count);
  hub_status status = far_upstream->emit(h, i, s, e, a, out, (uint32_t)count, number(&w));
  wipe(&w);
  return back(status);
}
static const hub_upstream_socket_1 near_upstream = {near_dial, near_hang_up, near_emit_up};
static hub_status near_send(hub_host *host, const hub_http_request_1 *request, hub_token token) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_http_request(&w, request); put_number(&w, token);
  hub_host *h = HANDLE(&w);
  hub_http_request_1 r = http_request(&w);
  hub_status status = far_client->send(h, &r, number(&w));
  wipe(&w);
  return back(status);
}
static const hub_http_client_1 near_client = {near_send};

static void near_find(hub_host *host, hub_str key, hub_token token) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_str(&w, key); put_number(&w, token);
  hub_host *h = HANDLE(&w);
  hub_str k = text_(&w);
  far_kv->get(h, k, number(&w));
  wipe(&w);
}
static void near_keep(hub_host *host, hub_str key, hub_str value, uint64_t ttl, hub_token token) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_str(&w, key); put_str(&w, value); put_number(&w, ttl); put_number(&w, token);
  hub_host *h = HANDLE(&w);
  hub_str k = text_(&w), v = text_(&w);
  uint64_t t = number(&w);
  far_kv->put(h, k, v, t, number(&w));
  wipe(&w);
}
static void near_forget(hub_host *host, hub_str key, hub_token token) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_str(&w, key); put_number(&w, token);
  hub_host *h = HANDLE(&w);
  hub_str k = text_(&w);
  far_kv->remove(h, k, number(&w));
  wipe(&w);
}
static const hub_kv_1 near_kv = {near_find, near_keep, near_forget};

static void near_fetch(hub_host *host, hub_token token, const hub_http_request_1 *request, int64_t size, hub_str sha256) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_number(&w, token); put_http_request(&w, request); put_signed(&w, size); put_str(&w, sha256);
  hub_host *h = HANDLE(&w);
  hub_token t = number(&w);
  hub_http_request_1 r = http_request(&w);
  int64_t s = signed_(&w);
  far_media->fetch(h, t, &r, s, text_(&w));
  wipe(&w);
}
static void near_content(hub_host *host, hub_token token, hub_str mime, hub_str bytes) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_number(&w, token); put_str(&w, mime); put_str(&w, bytes);
  hub_host *h = HANDLE(&w);
  hub_token t = number(&w);
  hub_str m = text_(&w);
  far_media->content(h, t, m, text_(&w));
  wipe(&w);
}
static const hub_media_1 near_media = {near_fetch, near_content};
static hub_status near_want(hub_host *host) {
  wire w = {0};
  put_number(&w, (uintptr_t)host);
  hub_status status = far_interest->want(HANDLE(&w));
  wipe(&w);
  return back(status);
}
static hub_status near_concern(hub_status (*call)(hub_host *, hub_str, hub_str, int32_t), hub_host *host, hub_str socket, hub_str conversation,
                               int32_t on) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_str(&w, socket); put_str(&w, conversation); put_signed(&w, on);
  hub_host *h = HANDLE(&w);
  hub_str s = text_(&w), c = text_(&w);
  hub_status status = call(h, s, c, (int32_t)signed_(&w));
  wipe(&w);
  return back(status);
}
static hub_status near_look(hub_host *host, hub_str socket, hub_str conversation, int32_t on) {
  return near_concern(far_interest->look, host, socket, conversation, on);
}
static hub_status near_typing(hub_host *host, hub_str socket, hub_str conversation, int32_t on) {
  return near_concern(far_interest->typing, host, socket, conversation, on);
}
static const hub_interest_1 near_interest = {near_want, near_look, near_typing};

static void near_log(hub_host *host, int32_t level, hub_str message, hub_str fields) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_signed(&w, level); put_str(&w, message); put_str(&w, fields);
  hub_host *h = HANDLE(&w);
  int32_t l = (int32_t)signed_(&w);
  hub_str m = text_(&w), f = text_(&w);
  far_api->log(h, l, m, f);
  wipe(&w);
}
static void near_health(hub_host *host, int32_t state, hub_str detail) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_signed(&w, state); put_str(&w, detail);
  hub_host *h = HANDLE(&w);
  int32_t s = (int32_t)signed_(&w);
  hub_str d = text_(&w);
  far_api->health(h, s, d);
  wipe(&w);
}
static hub_status near_emit(hub_host *host, const hub_event *events, size_t count, hub_token token) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_number(&w, count); put_number(&w, token);
  for (size_t i = 0; i < count; i++) put_event(&w, &events[i]);
  hub_host *h = HANDLE(&w);
  size_t n = number(&w);
  hub_token t = number(&w);
  hub_event *out = list(&w, n, sizeof *out);
  for (size_t i = 0; i < n; i++) out[i] = event_(&w);
  hub_status status = far_api->emit(h, out, n, t);
  wipe(&w);
  return back(status);
}
static void near_complete(hub_host *host, hub_token token, hub_status status, hub_str body) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_number(&w, token); put_signed(&w, status); put_str(&w, body);
  hub_host *h = HANDLE(&w);
  hub_token t = number(&w);
  hub_status s = (hub_status)signed_(&w);
  hub_str b = text_(&w);
  far_api->complete(h, t, s, b);
  wipe(&w);
}
/* Which extensions there are is asked by name; a table never crosses. One that has no bytes of its own is not there. */
static const void *near_extension(hub_host *host, const char *id) {
  wire w = {0};
  put_number(&w, (uintptr_t)host); put_str(&w, (hub_str){id, strlen(id) + 1});
  hub_host *h = HANDLE(&w);
  const void *table = far_api->extension(h, text_(&w).ptr), *found = 0;
  wipe(&w);
  if (!table) return 0;
  if (strcmp(id, HUB_EXT_METRIC) == 0) { far_metric = table; found = &near_metric; }
  if (strcmp(id, HUB_EXT_TIMER) == 0) { far_timer = table; found = &near_timer; }
  if (strcmp(id, HUB_EXT_SECRET) == 0) { far_secret = table; found = &near_secret; }
  if (strcmp(id, HUB_EXT_HTTP_ROUTE) == 0) { far_http = table; found = &near_http; }
  if (strcmp(id, HUB_EXT_NAMESPACE) == 0) { far_namespace = table; found = &near_namespace; }
  if (strcmp(id, HUB_EXT_QUERY) == 0) { far_query = table; found = &near_query; }
  if (strcmp(id, HUB_EXT_STATS) == 0) { far_stats = table; found = &near_stats; }
  if (strcmp(id, HUB_EXT_KINDS) == 0) { far_kinds = table; found = &near_kinds; }
  if (strcmp(id, HUB_EXT_LOG_LEVEL) == 0) { far_log_level = table; found = &near_log_level; }
  if (strcmp(id, HUB_EXT_INTEREST) == 0) { far_interest = table; found = &near_interest; }
  if (strcmp(id, HUB_EXT_UPSTREAM_SOCKET) == 0) { far_upstream = table; found = &near_upstream; }
  if (strcmp(id, HUB_EXT_HTTP_CLIENT) == 0) { far_client = table; found = &near_client; }
  if (strcmp(id, HUB_EXT_KV) == 0) { far_kv = table; found = &near_kv; }
  if (strcmp(id, HUB_EXT_MEDIA) == 0) { far_media = table; found = &near_media; }
  return found;
}
static const hub_host_api near_api = {
    sizeof near_api, HUB_ABI_MAJOR, HUB_ABI_MINOR, near_log, near_health, near_emit, near_complete, near_extension};
#undef HANDLE
#endif
