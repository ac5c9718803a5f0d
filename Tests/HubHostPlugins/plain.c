/* The smallest plugin there is: a channel that starts, stops and takes every delivery. */
#include <hub_plugin.h>
HUB_PLUGIN_NOTE(0)
#ifndef KIND
#define KIND HUB_KIND_CHANNEL
#endif
#ifndef NEEDS
#define NEEDS ""
#endif

static const hub_host_api *api;
static hub_host *host;
static const hub_str none;

static void answer(hub_instance *self, hub_token token) { (void)self; api->complete(host, token, HUB_OK, none); }
static void stop(hub_instance *self, uint32_t grace, hub_token token) { (void)grace; answer(self, token); }
static void destroy(hub_instance *self) { (void)self; }
static void deliver(hub_instance *self, const hub_event *event, hub_token token) { (void)event; answer(self, token); }
static void completed(hub_instance *self, hub_token token, hub_status status, hub_str body) { (void)self; (void)token; (void)status; (void)body; }
static void cancel(hub_instance *self, hub_token token) { (void)self; (void)token; }
static const void *extension(hub_instance *self, const char *id) { (void)self; (void)id; return 0; }
static const hub_instance_api instance = {sizeof instance, 0, answer, answer, stop, destroy, deliver, completed, cancel, extension};

static const hub_descriptor descriptor = {sizeof descriptor, KIND, 0, 0, NAME, "1.0.0", "does nothing",
                                          "{\"type\":\"object\",\"x-hub-provider\":\"test\"}", NEEDS};
static const hub_descriptor *describe(uint32_t index) { return index == 0 ? &descriptor : 0; }
static hub_status create(uint32_t index, hub_str name, hub_str config, const hub_host_api *a, hub_host *h, hub_token why,
                         const hub_instance_api **out_api, hub_instance **out) {
  (void)index; (void)name; (void)config; (void)why;
  api = a; host = h;
  *out_api = &instance;
  *out = (hub_instance *)&instance;
  return HUB_OK;
}
static const hub_plugin plugin = {HUB_ABI_MAGIC, HUB_ABI_MAJOR, HUB_ABI_MINOR, sizeof plugin, 1, describe, create};
HUB_PLUGIN_EXPORT const hub_plugin *hub_plugin_entry(void) { return &plugin; }
