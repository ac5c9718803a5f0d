/* A channel whose provider is a test: what it is to send goes as one line "kind account conversation body" over a connection of its own to
   the port of its config, and the line that comes back is the completion's body. A connection that breaks off leaves the fate unknown. An HTTP
   request to its path emits an event: kind, id, account and conversation in headers, the body as it is. */
#define _GNU_SOURCE
#include <hub_plugin.h>
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

HUB_PLUGIN_NOTE(0)

struct hub_instance { const hub_host_api *api; hub_host *host; const hub_http_route_1 *http; int port; };

struct errand { hub_instance *self; hub_token token; size_t length; char line[]; };

static hub_str text(const char *s) { return (hub_str){s, strlen(s)}; }
static void done(hub_instance *self, hub_token token) { self->api->complete(self->host, token, HUB_OK, text("")); }

static int dial(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int provider = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (provider >= 0 && connect(provider, (struct sockaddr *)&address, sizeof address) == 0) return provider;
  if (provider >= 0) close(provider);
  return -1;
}

static void *run(void *context) {
  struct errand *errand = context;
  hub_instance *self = errand->self;
  char answer[4096];
  size_t got = 0;
  int provider = dial(self->port);
  if (provider < 0) {
    self->api->complete(self->host, errand->token, HUB_OK, text("{\"outcome\":\"retry\",\"code\":\"refused\",\"text\":\"the provider is not there\"}"));
  } else {
    ssize_t n = write(provider, errand->line, errand->length);
    while (n > 0 && got < sizeof answer && (n = read(provider, answer + got, sizeof answer - got)) > 0) got += (size_t)n;
    close(provider);
    if (got > 0 && answer[got - 1] == '\n') self->api->complete(self->host, errand->token, HUB_OK, (hub_str){answer, got - 1});
    else self->api->complete(self->host, errand->token, HUB_EFAIL, text("the provider broke off"));
  }
  free(errand);
  return 0;
}

static void deliver(hub_instance *self, const hub_event *event, hub_token token) {
  size_t room = event->kind.len + event->account.len + event->conversation.len + event->body.len + 5;
  struct errand *errand = malloc(sizeof *errand + room);
  pthread_t thread;
  if (!errand) abort();
  errand->self = self, errand->token = token;
  errand->length = (size_t)snprintf(errand->line, room, "%.*s %.*s %.*s %.*s\n", (int)event->kind.len, event->kind.ptr, (int)event->account.len,
                                    event->account.ptr, (int)event->conversation.len, event->conversation.ptr, (int)event->body.len, event->body.ptr);
  if (pthread_create(&thread, 0, run, errand) != 0) abort();
  pthread_detach(thread);
}

static hub_str header(const hub_http_message *request, const char *name) {
  for (uint32_t i = 0; i < request->n_headers; i++)
    if (request->headers[i].name.len == strlen(name) && strncasecmp(request->headers[i].name.ptr, name, strlen(name)) == 0) return request->headers[i].value;
  return (hub_str){0, 0};
}

static void request(hub_instance *self, uint32_t route, const hub_http_message *message, hub_token token) {
  (void)route;
  hub_str health = header(message, "x-health");
  if (health.len) self->api->health(self->host, health.ptr[0] - '0', text("as told"));
  hub_event event = {header(message, "x-id"), header(message, "x-kind"), header(message, "x-account"), header(message, "x-conversation"), message->cause, 0, 0, message->body};
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  event.time_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
  /* Its token is ours: the provider is answered once the event is on disk. */
  if (!event.kind.len || self->api->emit(self->host, &event, 1, token) != HUB_OK) {
    hub_http_message answer = {.status = event.kind.len ? 503 : 204};
    self->http->respond(self->host, token, &answer);
  }
}
static const hub_http_route_instance_1 routes = {request};

static void completed(hub_instance *self, hub_token token, hub_status status, hub_str body) {
  hub_http_message answer = {.status = status == HUB_OK ? 200 : 503, .body = body};
  self->http->respond(self->host, token, &answer);
}

static void validate(hub_instance *self, hub_token token) { done(self, token); }
static void start(hub_instance *self, hub_token token) {
  self->http = self->api->extension(self->host, HUB_EXT_HTTP_ROUTE);
  hub_status status = self->http ? self->http->add(self->host, text("POST"), text("/courier"), HUB_ACCESS_NONE, text(""), 1) : HUB_EUNSUPPORTED;
  self->api->complete(self->host, token, status, text("no route"));
}
static void stop(hub_instance *self, uint32_t grace, hub_token token) { (void)grace; done(self, token); }
static void destroy(hub_instance *self) { (void)self; /* errands may still run */ }
static void cancel(hub_instance *self, hub_token token) { (void)self, (void)token; }
static const void *extension(hub_instance *self, const char *id) { (void)self; return strcmp(id, HUB_EXT_HTTP_ROUTE) == 0 ? &routes : 0; }

static const hub_instance_api api_table = {sizeof api_table, 0, validate, start, stop, destroy, deliver, completed, cancel, extension};

static hub_status create(uint32_t index, hub_str name, hub_str config, const hub_host_api *api, hub_host *host, hub_token why,
                         const hub_instance_api **out_api, hub_instance **out) {
  (void)index, (void)name, (void)why;
  hub_instance *self = calloc(1, sizeof *self);
  const char *key = "\"port\":", *from = memmem(config.ptr, config.len, key, strlen(key)); /* checked by the schema */
  if (!self || !from) return HUB_EFAIL;
  self->api = api, self->host = host, self->port = atoi(from + strlen(key));
  *out_api = &api_table, *out = self;
  return HUB_OK;
}

static const hub_descriptor descriptor = {
  sizeof descriptor, HUB_KIND_CHANNEL, 0, 0, "courier", "1.0.0", "hands what it is to send to a test",
  "{\"type\":\"object\",\"x-hub-provider\":\"courier\",\"additionalProperties\":false,\"required\":[\"port\",\"path\"],\"properties\":{\"port\":{\"type\":\"integer\"},"
  "\"path\":{\"type\":\"string\",\"x-hub-claim\":\"http-path\"}}}", HUB_EXT_HTTP_ROUTE};
static const hub_descriptor *describe(uint32_t index) { return index ? 0 : &descriptor; }
static const hub_plugin plugin = {HUB_ABI_MAGIC, HUB_ABI_MAJOR, HUB_ABI_MINOR, sizeof plugin, 1, describe, create};
HUB_PLUGIN_EXPORT const hub_plugin *hub_plugin_entry(void) { return &plugin; }
