/* A channel that asks the hub for what a test posts to /ask, and answers with what came of it. The first line says what:
     METHOD URL [foreign | upload:ID | base64:ID]   the rest, or the upload, is the body; answered "STATUS BODY" or "failed STATUS WRITTEN REASON"
     put KEY VALUE | get KEY | remove KEY   answered "STATUS VALUE"
     emit ID   the rest is the event; answered "STATUS COUNTS"
   A medium is fetched from the URL that its object names; one whose id is "bytes" is at hand, one whose id is "gone" is not there. */
#define _GNU_SOURCE /* memmem */
#include <hub_plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

HUB_PLUGIN_NOTE(0)

struct hub_instance {
  const hub_host_api *api;
  hub_host *host;
  const hub_http_route_1 *routes;
  const hub_http_client_1 *client;
  const hub_kv_1 *values;
  const hub_media_1 *media;
};

static hub_str text(const char *s) { return (hub_str){s, strlen(s)}; }
static void done(hub_instance *self, hub_token token) { self->api->complete(self->host, token, HUB_OK, text("")); }
static void say(hub_instance *self, hub_token token, hub_str line) {
  hub_http_message answer = {.status = 200, .body = line};
  self->routes->respond(self->host, token, &answer);
}
static void sayf(hub_instance *self, hub_token token, const char *before, hub_str after) {
  char *line = malloc(strlen(before) + after.len + 1);
  if (!line) abort();
  memcpy(line, before, strlen(before));
  if (after.len) memcpy(line + strlen(before), after.ptr, after.len);
  say(self, token, (hub_str){line, strlen(before) + after.len});
  free(line);
}

static void validate(hub_instance *self, hub_token token) { done(self, token); }
static void start(hub_instance *self, hub_token token) {
  self->routes = self->api->extension(self->host, HUB_EXT_HTTP_ROUTE);
  self->client = self->api->extension(self->host, HUB_EXT_HTTP_CLIENT);
  self->values = self->api->extension(self->host, HUB_EXT_KV);
  self->media = self->api->extension(self->host, HUB_EXT_MEDIA);
  hub_status status = self->routes && self->client && self->values && self->media
    ? self->routes->add(self->host, text("POST"), text("/ask"), HUB_ACCESS_NONE, text(""), 1) : HUB_EUNSUPPORTED;
  self->api->complete(self->host, token, status, text("something is missing"));
}
static void stop(hub_instance *self, uint32_t grace, hub_token token) { (void)grace; done(self, token); }
static void destroy(hub_instance *self) { free(self); }
static void deliver(hub_instance *self, const hub_event *event, hub_token token) { (void)event; done(self, token); }
static void completed(hub_instance *self, hub_token token, hub_status status, hub_str body) {
  char before[16];
  snprintf(before, sizeof before, "%d ", status);
  if (token) sayf(self, token, before, body);
}
static void cancel(hub_instance *self, hub_token token) { (void)self, (void)token; }

/* A request of the test is answered when its own question is: its token is the question's too. */
static void request(hub_instance *self, uint32_t route, const hub_http_message *message, hub_token token) {
  char line[2048] = "", first[16] = "", second[1024] = "", third[1024] = "";
  (void)route;
  const char *end = memchr(message->body.ptr, '\n', message->body.len);
  size_t length = end ? (size_t)(end - message->body.ptr) : message->body.len;
  if (length >= sizeof line) length = sizeof line - 1;
  memcpy(line, message->body.ptr, length);
  sscanf(line, "%15s %1023s %1023s", first, second, third);
  if (strcmp(first, "get") == 0) { self->values->get(self->host, text(second), token); return; }
  if (strcmp(first, "put") == 0) { self->values->put(self->host, text(second), text(third), 0, token); return; }
  if (strcmp(first, "remove") == 0) { self->values->remove(self->host, text(second), token); return; }
  if (strcmp(first, "emit") == 0) {
    hub_event event = {.id = text(second), .kind = text("message.created"), .account = text("none"), .conversation = text("5511991230001"),
                       .cause = message->cause, .time_ms = 1790000000000, .body = {end + 1, message->body.len - length - 1}};
    hub_status status = end ? self->api->emit(self->host, &event, 1, token) : HUB_EINVAL;
    if (status) say(self, token, text("refused"));
    return;
  }
  hub_pair headers[1] = {{text("Authorization"), text("Bearer secret://file/data/secrets/outbound")}};
  hub_body_part_1 body = {HUB_BODY_BYTES, {end ? end + 1 : "", end ? message->body.len - length - 1 : 0}};
  int is_upload = strncmp(third, "upload:", 7) == 0, is_base64 = strncmp(third, "base64:", 7) == 0;
  if (is_upload || is_base64) body = (hub_body_part_1){is_upload ? HUB_BODY_UPLOAD : HUB_BODY_UPLOAD_BASE64, text(third + 7)};
  hub_http_request_1 ask = {.method = text(first), .url = text(second), .headers = headers, .n_headers = 1, .parts = &body,
                            .n_parts = end || is_upload || is_base64 ? 1 : 0, .timeout_ms = 5000, .flags = strcmp(third, "foreign") ? 0 : HUB_HTTP_FOREIGN,
                            .cause = message->cause};
  hub_status status = self->client->send(self->host, &ask, token);
  char refused[32];
  snprintf(refused, sizeof refused, "refused %d", status);
  if (status) say(self, token, text(refused));
}
static const hub_http_route_instance_1 routes = {request};

static void response(hub_instance *self, hub_token token, const hub_http_message *message) {
  char before[16];
  snprintf(before, sizeof before, "%d ", message->status);
  sayf(self, token, before, message->body);
}
static void failed(hub_instance *self, hub_token token, hub_status status, int32_t written, hub_str reason) {
  char before[32];
  snprintf(before, sizeof before, "failed %d %d ", status, written);
  sayf(self, token, before, reason);
}
static const hub_http_client_instance_1 client = {response, failed};

static int has(hub_str where, const char *what) { return memmem(where.ptr, where.len, what, strlen(what)) != 0; }
static void open_(hub_instance *self, hub_str account, hub_str media, hub_token token) {
  static const char member[] = "\"url\":\"";
  (void)account;
  if (has(media, "\"id\":\"bytes\"")) { self->media->content(self->host, token, text("text/html"), text("<script>alert(1)</script>")); return; }
  const char *from = memmem(media.ptr, media.len, member, sizeof member - 1);
  const char *end = from ? memchr(from + sizeof member - 1, '"', media.len - (size_t)(from + sizeof member - 1 - media.ptr)) : 0;
  if (!end || has(media, "\"id\":\"gone\"")) { self->api->complete(self->host, token, HUB_ENOTFOUND, text("gone")); return; }
  from += sizeof member - 1;
  hub_pair header = {text("Authorization"), text("Bearer secret://file/data/secrets/outbound")};
  hub_http_request_1 ask = {.method = text("GET"), .url = {from, (size_t)(end - from)}, .headers = &header, .n_headers = 1,
                            .flags = has(media, "\"fileName\":\"foreign\"") ? HUB_HTTP_FOREIGN : 0};
  self->media->fetch(self->host, token, &ask, -1, text(""));
}
static const hub_media_instance_1 media_source = {open_};

static const void *extension(hub_instance *self, const char *id) {
  (void)self;
  if (strcmp(id, HUB_EXT_HTTP_ROUTE) == 0) return &routes;
  if (strcmp(id, HUB_EXT_MEDIA) == 0) return &media_source;
  return strcmp(id, HUB_EXT_HTTP_CLIENT) == 0 ? &client : 0;
}
static const hub_instance_api api_table = {sizeof api_table, 0, validate, start, stop, destroy, deliver, completed, cancel, extension};

static hub_status create(uint32_t index, hub_str name, hub_str config, const hub_host_api *api, hub_host *host, hub_token why,
                         const hub_instance_api **out_api, hub_instance **out) {
  (void)index, (void)name, (void)config, (void)why;
  hub_instance *self = calloc(1, sizeof *self);
  if (!self) return HUB_EFAIL;
  self->api = api, self->host = host;
  *out_api = &api_table, *out = self;
  return HUB_OK;
}

static const hub_descriptor descriptor = {
  sizeof descriptor, HUB_KIND_CHANNEL, 0, 0, "outbound", "1.0.0", "asks for what it is told to",
  "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"path\":{\"type\":\"string\",\"x-hub-claim\":\"http-path\"},"
  "\"key\":{\"type\":\"string\",\"format\":\"secret\"}}}", HUB_EXT_HTTP_CLIENT};
static const hub_descriptor *describe(uint32_t index) { return index ? 0 : &descriptor; }
static const hub_plugin plugin = {HUB_ABI_MAGIC, HUB_ABI_MAJOR, HUB_ABI_MINOR, sizeof plugin, 1, describe, create};
HUB_PLUGIN_EXPORT const hub_plugin *hub_plugin_entry(void) { return &plugin; }
