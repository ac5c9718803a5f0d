/* A channel that connects upstream and writes down what happens: one line per change, event and answer. An event "say" is sent back as "said",
   with its attachments, and asks for an answer. */
#define _GNU_SOURCE /* memmem */
#include <hub_plugin.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

HUB_PLUGIN_NOTE(0)

struct hub_instance {
  const hub_host_api *api;
  hub_host *host;
  const hub_upstream_socket_1 *upstream;
  int file;
  char path[512], url[256], authority[512], key[256], limit[32], names[256];
};

static hub_str text(const char *s) { return (hub_str){s, strlen(s)}; }
static void done(hub_instance *self, hub_token token) { self->api->complete(self->host, token, HUB_OK, text("")); }
static int width(hub_str s) { return (int)(s.len < 200 ? s.len : 200); }
static void note(hub_instance *self, const char *line, int length) {
  if (write(self->file, line, (size_t)length) != length) abort();
}
#define NOTE(self, ...) do { char line[2048]; note(self, line, snprintf(line, sizeof line, __VA_ARGS__)); } while (0)

static void validate(hub_instance *self, hub_token token) { done(self, token); }
static void start(hub_instance *self, hub_token token) {
  hub_upstream_namespace_1 names[8];
  char auth[300], *rest = 0, list[256];
  uint32_t count = 0;
  self->file = open(self->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  self->upstream = self->api->extension(self->host, HUB_EXT_UPSTREAM_SOCKET);
  if (self->file < 0 || !self->upstream) { self->api->complete(self->host, token, HUB_EFAIL, text("no file or no upstreams")); return; }
  snprintf(auth, sizeof auth, "{\"token\":\"%s\"}", self->key);
  memcpy(list, self->names, sizeof list);
  for (char *name = strtok_r(list, " ", &rest); name && count < 8; name = strtok_r(0, " ", &rest), count++)
    names[count] = (hub_upstream_namespace_1){text(name), text(auth), text(strcmp(name, "/") ? name + 1 : "")};
  hub_pair header = {text("apikey"), text(self->key)};
  hub_upstream_options_1 options = {.url = text(self->url), .headers = &header, .n_headers = 1, .namespaces = names, .n_namespaces = count,
                                    .ca_file = text(self->authority), .max_message = strtoull(self->limit, 0, 10)};
  hub_status status = self->upstream->open(self->host, 1, &options);
  self->api->complete(self->host, token, status, text("the upstream was refused"));
}
static void stop(hub_instance *self, uint32_t grace, hub_token token) { (void)grace; done(self, token); }
static void destroy(hub_instance *self) { free(self); }
static void deliver(hub_instance *self, const hub_event *event, hub_token token) { (void)event; done(self, token); }
static void completed(hub_instance *self, hub_token token, hub_status status, hub_str body) {
  if (token) NOTE(self, "answered %d %.*s\n", status, width(body), body.len ? body.ptr : "");
}
static void cancel(hub_instance *self, hub_token token) { (void)self, (void)token; }

static void changed(hub_instance *self, uint32_t id, const hub_upstream_change_1 *c) {
  static const char *const words[] = {"?", "connected", "disconnected", "joined", "refused", "left", "lost"};
  (void)id;
  NOTE(self, "%s ns=%.*s reason=%.*s bytes=%llu text=%.*s\n", words[c->what < 7 ? c->what : 0], width(c->ns), c->ns.len ? c->ns.ptr : "",
       width(c->reason), c->reason.len ? c->reason.ptr : "", (unsigned long long)c->bytes, width(c->text), c->text.len ? c->text.ptr : "");
}
static void event(hub_instance *self, uint32_t id, const hub_upstream_event_1 *e, hub_token token) {
  char parts[512] = "";
  for (uint32_t i = 0, at = 0; i < e->n_attachments && at < 400; i++) {
    unsigned sum = 0;
    for (size_t k = 0; k < e->attachments[i].len; k++) sum = (sum * 31 + (unsigned char)e->attachments[i].ptr[k]) % 1000003;
    at += (uint32_t)snprintf(parts + at, sizeof parts - at, " %zu:%u", e->attachments[i].len, sum);
  }
  NOTE(self, "event ns=%.*s %.*s %.*s%s\n", width(e->ns), e->ns.ptr, width(e->name), e->name.ptr, width(e->args_json), e->args_json.ptr, parts);
  if (e->name.len == 3 && memcmp(e->name.ptr, "say", 3) == 0)
    self->upstream->emit(self->host, id, e->ns, text("said"), e->args_json, e->attachments, e->n_attachments, 7);
  self->api->complete(self->host, token, HUB_OK, e->wants_answer ? text("[{\"heard\":true}]") : text(""));
}
static const hub_upstream_socket_instance_1 upstreams = {changed, event};
static const void *extension(hub_instance *self, const char *id) {
  (void)self;
  return strcmp(id, HUB_EXT_UPSTREAM_SOCKET) == 0 ? &upstreams : 0;
}
static const hub_instance_api api_table = {sizeof api_table, 0, validate, start, stop, destroy, deliver, completed, cancel, extension};

/* The schema leaves nothing but short texts without escapes. */
static void member(hub_str config, const char *name, char *out, size_t size) {
  char key[32];
  snprintf(key, sizeof key, "\"%s\":\"", name);
  const char *from = memmem(config.ptr, config.len, key, strlen(key));
  if (!from) return;
  from += strlen(key);
  const char *end = memchr(from, '"', config.len - (size_t)(from - config.ptr));
  if (end && (size_t)(end - from) < size) memcpy(out, from, (size_t)(end - from));
}
static hub_status create(uint32_t index, hub_str name, hub_str config, const hub_host_api *api, hub_host *host, hub_token why,
                         const hub_instance_api **out_api, hub_instance **out) {
  (void)index, (void)name, (void)why;
  hub_instance *self = calloc(1, sizeof *self);
  if (!self) return HUB_EFAIL;
  self->api = api, self->host = host;
  member(config, "file", self->path, sizeof self->path);
  member(config, "url", self->url, sizeof self->url);
  member(config, "authority", self->authority, sizeof self->authority);
  member(config, "key", self->key, sizeof self->key);
  member(config, "limit", self->limit, sizeof self->limit);
  member(config, "namespaces", self->names, sizeof self->names);
  *out_api = &api_table, *out = self;
  return HUB_OK;
}

#define TEXT "{\"type\":\"string\",\"pattern\":\"^[ !#-~]+$\",\"maxLength\":200}"
static const hub_descriptor descriptor = {
  sizeof descriptor, HUB_KIND_CHANNEL, 0, 0, "upstream", "1.0.0", "writes down what comes from upstream",
  "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"file\",\"url\",\"namespaces\"],\"properties\":{\"file\":" TEXT ",\"url\":" TEXT
  ",\"namespaces\":" TEXT ",\"authority\":" TEXT ",\"limit\":" TEXT ",\"key\":{\"type\":\"string\",\"format\":\"secret\"}}}", HUB_EXT_UPSTREAM_SOCKET};
static const hub_descriptor *describe(uint32_t index) { return index ? 0 : &descriptor; }
static const hub_plugin plugin = {HUB_ABI_MAGIC, HUB_ABI_MAJOR, HUB_ABI_MINOR, sizeof plugin, 1, describe, create};
HUB_PLUGIN_EXPORT const hub_plugin *hub_plugin_entry(void) { return &plugin; }
