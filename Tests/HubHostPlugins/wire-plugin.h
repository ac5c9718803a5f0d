/* What the host calls, by way of bytes: far_… is what the host sees, own_… the plugin's own table. */
#ifndef HUB_TEST_WIRE_PLUGIN_H
#define HUB_TEST_WIRE_PLUGIN_H
#include "wire-host.h"

#define HANDLE(w) ((hub_instance *)(uintptr_t)number(w))

static const hub_plugin *own_plugin;
static const hub_instance_api *own_api;
static const hub_http_route_instance_1 *own_routes;
static const hub_namespace_instance_1 *own_namespaces;
static const hub_upstream_socket_instance_1 *own_upstreams;
static const hub_http_client_instance_1 *own_client;
static const hub_media_instance_1 *own_media;

static void far_step(void (*step)(hub_instance *, hub_token), hub_instance *self, hub_token token) {
  wire w = {0};
  put_number(&w, (uintptr_t)self); put_number(&w, token);
  hub_instance *i = HANDLE(&w);
  step(i, number(&w));
  wipe(&w);
}
static void far_validate(hub_instance *self, hub_token token) { far_step(own_api->validate, self, token); }
static void far_start(hub_instance *self, hub_token token) { far_step(own_api->start, self, token); }
static void far_cancel_(hub_instance *self, hub_token token) { far_step(own_api->cancel, self, token); }
static void far_stop(hub_instance *self, uint32_t grace, hub_token token) {
  wire w = {0};
  put_number(&w, (uintptr_t)self); put_number(&w, grace); put_number(&w, token);
  hub_instance *i = HANDLE(&w);
  uint32_t g = (uint32_t)number(&w);
  own_api->stop(i, g, number(&w));
  wipe(&w);
}
static void far_destroy(hub_instance *self) {
  wire w = {0};
  put_number(&w, (uintptr_t)self);
  own_api->destroy(HANDLE(&w));
  wipe(&w);
}
static void far_deliver(hub_instance *self, const hub_event *event, hub_token token) {
  wire w = {0};
  put_number(&w, (uintptr_t)self); put_event(&w, event); put_number(&w, token);
  hub_instance *i = HANDLE(&w);
  hub_event e = event_(&w);
  own_api->deliver(i, &e, number(&w));
  wipe(&w);
}
static void far_completed(hub_instance *self, hub_token token, hub_status status, hub_str body) {
  wire w = {0};
  put_number(&w, (uintptr_t)self); put_number(&w, token); put_signed(&w, status); put_str(&w, body);
  hub_instance *i = HANDLE(&w);
  hub_token t = number(&w);
  hub_status s = (hub_status)signed_(&w);
  own_api->completed(i, t, s, text_(&w));
  wipe(&w);
}

static void far_request(hub_instance *self, uint32_t route, const hub_http_message *message, hub_token token) {
  wire w = {0};
  hub_identity who;
  put_number(&w, (uintptr_t)self); put_number(&w, route); put_message(&w, message); put_number(&w, token);
  hub_instance *i = HANDLE(&w);
  uint32_t r = (uint32_t)number(&w);
  hub_http_message m = message_(&w, &who);
  own_routes->request(i, r, &m, number(&w));
  wipe(&w);
}
static const hub_http_route_instance_1 far_routes = {far_request};

static void far_connect(hub_instance *self, uint32_t id, const hub_connect_1 *connect, hub_token token) {
  wire w = {0};
  hub_identity who;
  hub_connect_1 c;
  put_number(&w, (uintptr_t)self); put_number(&w, id); put_str(&w, connect->socket); put_str(&w, connect->remote);
  put_str(&w, connect->query); put_str(&w, connect->auth_json); put_identity(&w, connect->identity); put_number(&w, token);
  hub_instance *i = HANDLE(&w);
  uint32_t n = (uint32_t)number(&w);
  c.socket = text_(&w); c.remote = text_(&w); c.query = text_(&w); c.auth_json = text_(&w); c.identity = identity(&w, &who);
  own_namespaces->connect(i, n, &c, number(&w));
  wipe(&w);
}
static void far_disconnected(hub_instance *self, uint32_t id, hub_str socket, hub_str reason) {
  wire w = {0};
  put_number(&w, (uintptr_t)self); put_number(&w, id); put_str(&w, socket); put_str(&w, reason);
  hub_instance *i = HANDLE(&w);
  uint32_t n = (uint32_t)number(&w);
  hub_str s = text_(&w), r = text_(&w);
  own_namespaces->disconnected(i, n, s, r);
  wipe(&w);
}
static void far_message(hub_instance *self, uint32_t id, hub_str socket, hub_str name, hub_str args, hub_token ack) {
  wire w = {0};
  put_number(&w, (uintptr_t)self); put_number(&w, id); put_str(&w, socket); put_str(&w, name); put_str(&w, args); put_number(&w, ack);
  hub_instance *i = HANDLE(&w);
  uint32_t n = (uint32_t)number(&w);
  hub_str s = text_(&w), m = text_(&w), a = text_(&w);
  own_namespaces->message(i, n, s, m, a, number(&w));
  wipe(&w);
}
static const hub_namespace_instance_1 far_namespaces = {far_connect, far_disconnected, far_message};

static void far_changed(hub_instance *self, uint32_t id, const hub_upstream_change_1 *change) {
  wire w = {0};
  hub_upstream_change_1 c;
  put_number(&w, (uintptr_t)self); put_number(&w, id); put_signed(&w, change->what); put_signed(&w, change->http_status);
  put_str(&w, change->ns); put_str(&w, change->reason); put_str(&w, change->text); put_str(&w, change->data_json);
  put_number(&w, change->bytes); put_signed(&w, change->retry_ms);
  hub_instance *i = HANDLE(&w);
  uint32_t n = (uint32_t)number(&w);
  c.what = (int32_t)signed_(&w); c.http_status = (int32_t)signed_(&w); c.ns = text_(&w); c.reason = text_(&w); c.text = text_(&w);
  c.data_json = text_(&w); c.bytes = number(&w); c.retry_ms = signed_(&w);
  own_upstreams->changed(i, n, &c);
  wipe(&w);
}
static void far_event(hub_instance *self, uint32_t id, const hub_upstream_event_1 *event, hub_token token) {
  wire w = {0};
  hub_upstream_event_1 e;
  size_t count;
  put_number(&w, (uintptr_t)self); put_number(&w, id); put_str(&w, event->ns); put_str(&w, event->name); put_str(&w, event->args_json);
  put_strs(&w, event->attachments, event->n_attachments); put_signed(&w, event->wants_answer); put_str(&w, event->cause);
  put_number(&w, token);
  hub_instance *i = HANDLE(&w);
  uint32_t n = (uint32_t)number(&w);
  e.ns = text_(&w); e.name = text_(&w); e.args_json = text_(&w); e.attachments = texts(&w, &count); e.n_attachments = (uint32_t)count;
  e.wants_answer = (int32_t)signed_(&w); e.cause = text_(&w);
  own_upstreams->event(i, n, &e, number(&w));
  wipe(&w);
}
static const hub_upstream_socket_instance_1 far_upstreams = {far_changed, far_event};
static void far_response(hub_instance *self, hub_token token, const hub_http_message *message) {
  wire w = {0};
  hub_identity who;
  put_number(&w, (uintptr_t)self); put_number(&w, token); put_message(&w, message);
  hub_instance *i = HANDLE(&w);
  hub_token t = number(&w);
  hub_http_message m = message_(&w, &who);
  own_client->response(i, t, &m);
  wipe(&w);
}
static void far_failed(hub_instance *self, hub_token token, hub_status status, int32_t written, hub_str reason) {
  wire w = {0};
  put_number(&w, (uintptr_t)self); put_number(&w, token); put_signed(&w, status); put_signed(&w, written); put_str(&w, reason);
  hub_instance *i = HANDLE(&w);
  hub_token t = number(&w);
  hub_status s = (hub_status)signed_(&w);
  int32_t left = (int32_t)signed_(&w);
  own_client->failed(i, t, s, left, text_(&w));
  wipe(&w);
}
static const hub_http_client_instance_1 far_client_table = {far_response, far_failed};

static void far_open_media(hub_instance *self, hub_str account, hub_str media, hub_token token) {
  wire w = {0};
  put_number(&w, (uintptr_t)self); put_str(&w, account); put_str(&w, media); put_number(&w, token);
  hub_instance *i = HANDLE(&w);
  hub_str a = text_(&w), m = text_(&w);
  own_media->open(i, a, m, number(&w));
  wipe(&w);
}
static const hub_media_instance_1 far_media_table = {far_open_media};

static const void *far_extension(hub_instance *self, const char *id) {
  wire w = {0};
  put_number(&w, (uintptr_t)self); put_str(&w, (hub_str){id, strlen(id) + 1});
  hub_instance *i = HANDLE(&w);
  const void *table = own_api->extension(i, text_(&w).ptr);
  wipe(&w);
  if (!table) return 0;
  if (strcmp(id, HUB_EXT_HTTP_ROUTE) == 0) { own_routes = table; return &far_routes; }
  if (strcmp(id, HUB_EXT_NAMESPACE) == 0) { own_namespaces = table; return &far_namespaces; }
  if (strcmp(id, HUB_EXT_UPSTREAM_SOCKET) == 0) { own_upstreams = table; return &far_upstreams; }
  if (strcmp(id, HUB_EXT_HTTP_CLIENT) == 0) { own_client = table; return &far_client_table; }
  if (strcmp(id, HUB_EXT_MEDIA) == 0) { own_media = table; return &far_media_table; }
  return 0;
}
static const hub_instance_api far_instance_api = {sizeof far_instance_api, 0,           far_validate,  far_start,   far_stop,
                                                  far_destroy,             far_deliver, far_completed, far_cancel_, far_extension};

/* Texts of a descriptor live as long as the process. */
static const char *kept(hub_str s) { return s.ptr ? strdup(s.ptr) : 0; }
static void put_word(wire *w, const char *s) { put_str(w, s ? (hub_str){s, strlen(s) + 1} : (hub_str){0, 0}); }
static const hub_descriptor *far_describe(uint32_t index) {
  wire w = {0};
  put_number(&w, index);
  const hub_descriptor *own = own_plugin->describe((uint32_t)number(&w));
  wipe(&w);
  if (!own) return 0;
  wire back_ = {0};
  hub_descriptor *d = calloc(1, sizeof *d);
  put_number(&back_, own->kind); put_number(&back_, own->flags); put_word(&back_, own->name); put_word(&back_, own->version);
  put_word(&back_, own->summary); put_word(&back_, own->config_schema); put_word(&back_, own->needs);
  d->struct_size = sizeof *d; d->kind = (uint32_t)number(&back_); d->flags = (uint32_t)number(&back_); d->name = kept(text_(&back_));
  d->version = kept(text_(&back_)); d->summary = kept(text_(&back_)); d->config_schema = kept(text_(&back_)); d->needs = kept(text_(&back_));
  wipe(&back_);
  return d;
}
/* The answer is a status and a handle; the tables on both sides are of those who call. */
static hub_status far_create(uint32_t index, hub_str name, hub_str config, const hub_host_api *api, hub_host *host, hub_token why,
                             const hub_instance_api **out_api, hub_instance **out) {
  wire w = {0}, answer = {0};
  hub_instance *made = 0;
  far_api = api;
  put_number(&w, index); put_str(&w, name); put_str(&w, config); put_number(&w, (uintptr_t)host); put_number(&w, why);
  uint32_t i = (uint32_t)number(&w);
  hub_str n = text_(&w), c = text_(&w);
  hub_host *h = (hub_host *)(uintptr_t)number(&w);
  hub_status status = own_plugin->create(i, n, c, &near_api, h, number(&w), &own_api, &made);
  wipe(&w);
  put_signed(&answer, status); put_number(&answer, (uintptr_t)made);
  status = (hub_status)signed_(&answer);
  *out = HANDLE(&answer);
  wipe(&answer);
  *out_api = *out ? &far_instance_api : 0;
  return status;
}
static const hub_plugin far_plugin = {HUB_ABI_MAGIC, HUB_ABI_MAJOR, HUB_ABI_MINOR, sizeof far_plugin, 1, far_describe, far_create};
static const hub_plugin *loopback(const hub_plugin *plugin) { own_plugin = plugin; return &far_plugin; }
#undef HANDLE
#endif
