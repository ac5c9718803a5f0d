/* c-echo: the smallest useful channel. POST {"from": "<digits>", "text": "<text>"} to its path, and the text arrives at the
   frontends as an inbound message. Needs nothing but the hub's header. */
#define _POSIX_C_SOURCE 200809L
#include <hub_plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "json.h"

HUB_PLUGIN_NOTE(0)

struct hub_instance {
  const hub_host_api *api;
  hub_host *host;
  const hub_http_route_1 *http;
  char *path, *account;
};

/* A request that waits until its event is on disk. Its address is our token. */
struct waiting {
  hub_token request;
};

static hub_str text(const char *s) { return (hub_str){s, strlen(s)}; }

static void respond(hub_instance *self, hub_token request, int32_t status, const char *body) {
  hub_pair headers[] = {{text("Content-Type"), text("application/json")}, {text("Retry-After"), text("1")}};
  hub_http_message answer = {.status = status, .n_headers = status == 503 ? 2 : 1, .headers = headers, .body = text(body)};
  self->http->respond(self->host, request, &answer);
}

static void request(hub_instance *self, uint32_t route, const hub_http_message *message, hub_token token) {
  (void)route;
  char *from = json_string(message->body, "from"), *said = json_string(message->body, "text"), *id = json_string(message->body, "id");
  struct waiting *waiting = malloc(sizeof *waiting);
  char *body = NULL, made[64];
  if (!waiting || !from || !said || !*from || strspn(from, "0123456789") != strlen(from)) {
    respond(self, token, 400, "{\"error\":\"expected {\\\"from\\\": digits, \\\"text\\\": string}\"}");
    goto out;
  }
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  int64_t time_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
  if (!id || !*id) {
    /* The sender named no id, so every request is a message of its own. */
    static uint64_t counter;
    snprintf(made, sizeof made, "echo-%lld-%llu", (long long)time_ms,
             (unsigned long long)__atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED));
    free(id);
    id = strdup(made);
  }
  body = id ? json_event(from, said, id) : NULL;
  if (!body) {
    respond(self, token, 503, "{\"error\":\"out of memory\"}");
    goto out;
  }
  waiting->request = token;
  hub_event event = {.id = text(id), .kind = text("message.created"), .account = text(self->account), .conversation = text(from),
                     .cause = message->cause, .time_ms = time_ms, .body = text(body)};
  /* Answered in completed(), once the event is synced to disk and never before. */
  if (self->api->emit(self->host, &event, 1, (hub_token)(uintptr_t)waiting) == HUB_OK) waiting = NULL;
  else respond(self, token, 503, "{\"error\":\"busy\"}");
out:
  free(waiting);
  free(from);
  free(said);
  free(id);
  free(body);
}
static const hub_http_route_instance_1 routes = {request};

static void completed(hub_instance *self, hub_token token, hub_status status, hub_str body) {
  struct waiting *waiting = (struct waiting *)(uintptr_t)token;
  char refused[512];
  if (status != HUB_OK) respond(self, waiting->request, 503, "{\"error\":\"not stored\"}");
  else if (json_number(body, "stored") + json_number(body, "duplicate") >= 1) respond(self, waiting->request, 200, "{\"ok\":true}");
  else {
    /* HUB_OK means that every event was judged, not that it was taken: this one was not. */
    snprintf(refused, sizeof refused, "{\"error\":\"not stored\",\"counts\":%.*s}", (int)(body.len < 400 ? body.len : 0), body.ptr);
    respond(self, waiting->request, 422, refused);
  }
  free(waiting);
}

static void validate(hub_instance *self, hub_token token) { self->api->complete(self->host, token, HUB_OK, text("")); }

static void start(hub_instance *self, hub_token token) {
  self->http = self->api->extension(self->host, HUB_EXT_HTTP_ROUTE);
  hub_status status = self->http ? self->http->add(self->host, text("POST"), text(self->path), HUB_ACCESS_NONE, text(""), 1) : HUB_EUNSUPPORTED;
  self->api->complete(self->host, token, status, text(status == HUB_OK ? "" : "the path was refused"));
}

static void stop(hub_instance *self, uint32_t grace_ms, hub_token token) {
  (void)grace_ms;
  self->api->complete(self->host, token, HUB_OK, text(""));
}

static void destroy(hub_instance *self) {
  free(self->path);
  free(self->account);
  free(self);
}

static void deliver(hub_instance *self, const hub_event *event, hub_token token) {
  char outcome[256];
  if (event->kind.len != 4 || memcmp(event->kind.ptr, "send", 4) != 0) {
    self->api->complete(self->host, token, HUB_EUNSUPPORTED, text("c-echo only sends"));
    return;
  }
  /* Here a channel calls its provider, and completes the token when the answer comes. */
  snprintf(outcome, sizeof outcome, "{\"outcome\":\"accepted\",\"providerMessageId\":\"echo-%.*s\"}", (int)(event->id.len < 64 ? event->id.len : 64),
           event->id.ptr);
  self->api->complete(self->host, token, HUB_OK, text(outcome));
}

static void cancel(hub_instance *self, hub_token token) { (void)self; (void)token; }

static const void *extension(hub_instance *self, const char *id) {
  (void)self;
  return strcmp(id, HUB_EXT_HTTP_ROUTE) == 0 ? &routes : NULL;
}

static const hub_instance_api instance_api = {sizeof instance_api, 0, validate, start, stop, destroy, deliver, completed, cancel, extension};

static const hub_descriptor descriptor = {
    .struct_size = sizeof descriptor,
    .kind = HUB_KIND_CHANNEL,
    .name = "c-echo",
    .version = "1.0.0",
    .summary = "Turns POSTed texts into inbound messages: an example in C.",
    .config_schema = "{\"type\":\"object\",\"x-hub-provider\":\"echo\",\"additionalProperties\":false,\"required\":[\"path\",\"account\"],"
                     "\"properties\":{\"path\":{\"type\":\"string\",\"pattern\":\"^/\",\"x-hub-claim\":\"http-path\","
                     "\"description\":\"Where messages are POSTed.\"},"
                     "\"account\":{\"type\":\"string\",\"minLength\":1,\"description\":\"The account the messages are for; listed under accounts.\"}}}",
    .needs = HUB_EXT_HTTP_ROUTE,
};

static const hub_descriptor *describe(uint32_t index) { return index == 0 ? &descriptor : NULL; }

static hub_status create(uint32_t index, hub_str name, hub_str config, const hub_host_api *api, hub_host *host, hub_token why,
                         const hub_instance_api **out_api, hub_instance **out) {
  (void)index;
  (void)name;
  hub_instance *self = calloc(1, sizeof *self);
  if (self) {
    *self = (hub_instance){.api = api, .host = host, .path = json_string(config, "path"), .account = json_string(config, "account")};
    if (self->path && self->account) {
      *out_api = &instance_api;
      *out = self;
      return HUB_OK;
    }
    destroy(self);
  }
  api->complete(host, why, HUB_EINVAL, text("path and account are required"));
  return HUB_EINVAL;
}

static const hub_plugin plugin = {HUB_ABI_MAGIC, HUB_ABI_MAJOR, HUB_ABI_MINOR, sizeof plugin, 1, describe, create};
HUB_PLUGIN_EXPORT const hub_plugin *hub_plugin_entry(void) { return &plugin; }
