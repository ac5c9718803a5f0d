/* A sink that writes down what it is given: one line "sequence conversation" per event, one line "start" per life. While there is a file of the
   same name with ".refuse" appended, it takes nothing. */
#define _GNU_SOURCE /* memmem */
#include <hub_plugin.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

HUB_PLUGIN_NOTE(0)

struct hub_instance { const hub_host_api *api; hub_host *host; int file; char path[512], refuse[520]; };

static hub_str text(const char *s) { return (hub_str){s, strlen(s)}; }
static void done(hub_instance *self, hub_token token) { self->api->complete(self->host, token, HUB_OK, text("")); }

static void note(hub_instance *self, const char *line, size_t length) {
  if (write(self->file, line, length) != (ssize_t)length) abort(); /* one write, appended whole: it outlives SIGKILL */
}

static void validate(hub_instance *self, hub_token token) { done(self, token); }
static void start(hub_instance *self, hub_token token) {
  self->file = open(self->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (self->file < 0) { self->api->complete(self->host, token, HUB_EFAIL, text("the file can't be opened")); return; }
  snprintf(self->refuse, sizeof self->refuse, "%s.refuse", self->path);
  note(self, "start\n", 6);
  done(self, token);
}
static void stop(hub_instance *self, uint32_t grace, hub_token token) { (void)grace; done(self, token); }
static void destroy(hub_instance *self) { free(self); }
static void deliver(hub_instance *self, const hub_event *event, hub_token token) {
  char line[128];
  if (access(self->refuse, F_OK) == 0) { self->api->complete(self->host, token, HUB_EFAIL, text("not now")); return; }
  int n = snprintf(line, sizeof line, "%llu %.*s\n", (unsigned long long)event->sequence, (int)(event->conversation.len < 60 ? event->conversation.len : 60), event->conversation.len ? event->conversation.ptr : "");
  note(self, line, (size_t)n);
  done(self, token);
}
static void completed(hub_instance *self, hub_token token, hub_status status, hub_str body) { (void)self, (void)token, (void)status, (void)body; }
static void cancel(hub_instance *self, hub_token token) { (void)self, (void)token; }
static const void *extension(hub_instance *self, const char *id) { (void)self, (void)id; return 0; }

static const hub_instance_api api_table = {sizeof api_table, 0, validate, start, stop, destroy, deliver, completed, cancel, extension};

static hub_status create(uint32_t index, hub_str name, hub_str config, const hub_host_api *api, hub_host *host, hub_token why,
                         const hub_instance_api **out_api, hub_instance **out) {
  (void)index, (void)name;
  hub_instance *self = calloc(1, sizeof *self);
  if (!self) return HUB_EFAIL;
  self->api = api, self->host = host;
  /* {"file":"…"}: checked by the schema, so there is nothing else in it. */
  const char *key = "\"file\":\"", *from = memmem(config.ptr, config.len, key, strlen(key));
  const char *end = from ? memchr(from + strlen(key), '"', config.len - (size_t)(from + strlen(key) - config.ptr)) : 0;
  if (!end || (size_t)(end - from) >= sizeof self->path) {
    api->complete(host, why, HUB_EINVAL, text("file is needed"));
    free(self);
    return HUB_EINVAL;
  }
  memcpy(self->path, from + strlen(key), (size_t)(end - from) - strlen(key));
  *out_api = &api_table, *out = self;
  return HUB_OK;
}

static const hub_descriptor descriptor = {
  sizeof descriptor, HUB_KIND_SINK, 0, 0, "witness", "1.0.0", "writes down what it is given",
  "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"file\"],\"properties\":{\"file\":{\"type\":\"string\",\"pattern\":\"^/[!#-~]+$\"}}}", ""};
static const hub_descriptor *describe(uint32_t index) { return index ? 0 : &descriptor; }
static const hub_plugin plugin = {HUB_ABI_MAGIC, HUB_ABI_MAJOR, HUB_ABI_MINOR, sizeof plugin, 1, describe, create};
HUB_PLUGIN_EXPORT const hub_plugin *hub_plugin_entry(void) { return &plugin; }
