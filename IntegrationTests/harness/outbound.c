/* A channel that asks the hub for what a test posts to /ask, and answers with what came of it. The first line says what:
     METHOD URL [foreign]   the rest is the body; answered "STATUS BODY" or "failed STATUS WRITTEN REASON"
     put KEY VALUE | get KEY | remove KEY   answered "STATUS VALUE" */
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
  hub_status status = self->routes && self->client && self->values
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
  hub_pair headers[1] = {{text("Authorization"), text("Bearer secret://file/data/secrets/outbound")}};
  hub_body_part_1 body = {HUB_BODY_BYTES, {end ? end + 1 : "", end ? message->body.len - length - 1 : 0}};
  hub_http_request_1 ask = {.method = text(first), .url = text(second), .headers = headers, .n_headers = 1, .parts = &body,
                            .n_parts = end ? 1 : 0, .timeout_ms = 5000, .flags = strcmp(third, "foreign") ? 0 : HUB_HTTP_FOREIGN,
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

static const void *extension(hub_instance *self, const char *id) {
  (void)self;
  if (strcmp(id, HUB_EXT_HTTP_ROUTE) == 0) return &routes;
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
