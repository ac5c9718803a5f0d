/* A plugin that does what its config's "mode" says: well or badly. It tells what it saw in log lines. */
#define _POSIX_C_SOURCE 200809L
#include <hub_plugin.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifndef KIND
#define KIND HUB_KIND_CHANNEL
#endif
#ifndef FLAGS
#define FLAGS 0
#endif
#ifdef LOOPBACK
#include "wire-plugin.h"
#else
static const hub_plugin *loopback(const hub_plugin *plugin) { return plugin; }
#endif
HUB_PLUGIN_NOTE(0)

struct hub_instance {
  const hub_host_api *api;
  hub_host *host;
  char mode[64];
  hub_token late, waiting;
  int depth;
};

/* The status of the last call after destroy; read by the test through dlsym. */
HUB_PLUGIN_EXPORT int after_destroy = -1;

static const void *offered(const hub_host_api *api, hub_host *host, const char *id) { return api->extension(host, id); }
static hub_str str(const char *text) { return (hub_str){text, strlen(text)}; }
static void pause_ms(long ms) { struct timespec t = {ms / 1000, ms % 1000 * 1000000}; nanosleep(&t, 0); }
static int is(hub_instance *self, const char *mode) { return strcmp(self->mode, mode) == 0; }
static void say(hub_instance *self, const char *text) { self->api->log(self->host, HUB_LOG_INFO, str(text), str("{}")); }
static void sayf(hub_instance *self, const char *what, hub_str detail) {
  char line[512];
  snprintf(line, sizeof line, "%s %.*s", what, (int)(detail.len < 400 ? detail.len : 400), detail.ptr ? detail.ptr : "");
  say(self, line);
}
static void done(hub_instance *self, hub_token token) { self->api->complete(self->host, token, HUB_OK, str("")); }

static void validate(hub_instance *self, hub_token token) {
  if (is(self, "validate-fails")) { self->api->complete(self->host, token, HUB_EFAIL, str("the provider is unknown")); return; }
  done(self, token);
}

static void ask_for_messages(hub_instance *self) {
  const hub_kinds_1 *kinds = offered(self->api, self->host, HUB_EXT_KINDS);
  hub_str wanted[2] = {str("message.created"), str("message.status")};
  char line[32];
  snprintf(line, sizeof line, "only %d", kinds->only(self->host, wanted, 2));
  say(self, line);
}

static void *complete_late(void *context) {
  hub_instance *self = context;
  pause_ms(3000);
  done(self, self->late);
  return 0;
}

static void *emit_after_destroy(void *context) {
  hub_instance *self = context;
  pause_ms(300);
  hub_event event = {str("1"), str("typing"), str("a"), str(""), str(""), 0, 0, str("{}")};
  after_destroy = self->api->emit(self->host, &event, 1, 0);
  self->api->complete(self->host, 1, HUB_OK, str(""));
  self->api->log(self->host, HUB_LOG_ERROR, str("after destroy"), str(""));
  self->api->health(self->host, HUB_HEALTH_OK, str(""));
  return 0;
}

static void spawn(void *(*body)(void *), hub_instance *self) {
  pthread_t thread;
  pthread_create(&thread, 0, body, self);
  pthread_detach(thread);
}

static void emit_mixed(hub_instance *self) {
  hub_event events[6] = {
      {str("m1"), str("message.created"), str("known"), str("5511"), str("cause-1"), 1000, 0, str("{}")},
      {str("m2"), str("message.created"), str("other"), str("5511"), str("cause-1"), 1000, 0, str("{}")},
      {str("m3"), str("no.such.kind"), str("known"), str("5511"), str("cause-1"), 1000, 0, str("{}")},
      {str(""), str("message.created"), str("known"), str("5511"), str("cause-1"), 1000, 0, str("{}")},
      {str("m5"), str("message.created"), str("known"), str("5511"), str("cause-1"), 1000, 0, {0, 1u << 30}},
      {str("t1"), str("typing"), str("known"), str("5511"), str("cause-1"), 1000, 0, str("{}")},
  };
  hub_status status = self->api->emit(self->host, events, 6, 77);
  if (status != HUB_OK) { char line[32]; snprintf(line, sizeof line, "emit refused %d", status); say(self, line); }
}

static void open_upstreams(hub_instance *self) {
  const hub_upstream_socket_1 *upstream = offered(self->api, self->host, HUB_EXT_UPSTREAM_SOCKET);
  hub_upstream_namespace_1 names[2] = {{str("/"), str(""), str("")}, {str("/known"), str("{\"token\":\"secret://mine\"}"), str("known")}};
  hub_pair key = {str("apikey"), str("secret://mine")}, plain = {str("x"), str("secret://foreign")};
  hub_upstream_options_1 good = {.url = str("wss://up.example:8443"), .path = str("/api/ws"), .query = &plain, .n_query = 1, .headers = &key,
                                 .n_headers = 1, .namespaces = names, .n_namespaces = 2, .ack_timeout_ms = 1500, .join_first_ms = 5000,
                                 .join_most_ms = 60000, .ca_file = str("/etc/ca.pem"), .max_message = 67108864};
  hub_upstream_options_1 no_url = good, no_names = good, bad_auth = good, stranger = good;
  hub_upstream_namespace_1 odd = {str("/odd"), str("[1]"), str("")}, strange = {str("/s"), str(""), str("nobody")};
  no_url.url = str("ftp://up.example");
  no_names.n_namespaces = 0;
  bad_auth.namespaces = &odd; bad_auth.n_namespaces = 1;
  stranger.namespaces = &strange; stranger.n_namespaces = 1;
  char line[64];
  int first = upstream->open(self->host, 3, &good);
  snprintf(line, sizeof line, "dial %d %d %d %d %d %d", first, upstream->open(self->host, 3, &good), upstream->open(self->host, 4, &no_url),
           upstream->open(self->host, 4, &no_names), upstream->open(self->host, 4, &bad_auth), upstream->open(self->host, 4, &stranger));
  say(self, line);
}

static void changed(hub_instance *self, uint32_t id, const hub_upstream_change_1 *change) {
  char line[400];
  snprintf(line, sizeof line, "changed %u %d ns=%.*s reason=%.*s text=%.*s data=%.*s status=%d bytes=%llu retry=%lld", id, change->what,
           (int)change->ns.len, change->ns.ptr, (int)change->reason.len, change->reason.ptr, (int)change->text.len, change->text.ptr,
           (int)change->data_json.len, change->data_json.ptr, change->http_status, (unsigned long long)change->bytes,
           (long long)change->retry_ms);
  say(self, line);
}
static void upstream_event(hub_instance *self, uint32_t id, const hub_upstream_event_1 *event, hub_token token) {
  char line[400];
  snprintf(line, sizeof line, "event %u %.*s %.*s %.*s attachments=%u first=%d wants=%d cause=%d", id, (int)event->ns.len, event->ns.ptr,
           (int)event->name.len, event->name.ptr, (int)event->args_json.len, event->args_json.ptr, event->n_attachments,
           event->n_attachments && event->attachments[0].len ? event->attachments[0].ptr[0] : -1, event->wants_answer, event->cause.len > 0);
  int is_held = event->name.len == 4 && memcmp(event->name.ptr, "hold", 4) == 0;
  if (is_held) self->waiting = token;
  say(self, line);
  if (is_held) return;
  self->api->complete(self->host, token, HUB_OK, event->wants_answer ? str("[\"got it\"]") : str(""));
}
static const hub_upstream_socket_instance_1 upstreams = {changed, upstream_event};

static void emit_upstream(hub_instance *self) {
  const hub_upstream_socket_1 *upstream = offered(self->api, self->host, HUB_EXT_UPSTREAM_SOCKET);
  hub_str bytes = {"\x07", 1}, args = str("[{\"_placeholder\":true,\"num\":0}]");
  char line[64];
  int asked = upstream->emit(self->host, 3, str("/known"), str("ask"), args, &bytes, 1, 801);
  snprintf(line, sizeof line, "emit up %d %d %d %d %d", asked, upstream->emit(self->host, 3, str("/known"), str("tell"), str("[1]"), 0, 0, 0),
           upstream->emit(self->host, 3, str("/late"), str("tell"), str("[1]"), 0, 0, 802),
           upstream->emit(self->host, 9, str("/known"), str("tell"), str("[1]"), 0, 0, 803),
           upstream->emit(self->host, 3, str("/known"), str("tell"), str("[1"), 0, 0, 804));
  say(self, line);
}
static void keep_values(hub_instance *self) {
  const hub_kv_1 *kv = offered(self->api, self->host, HUB_EXT_KV);
  static char large[70000];
  kv->get(self->host, str("place"), 831);
  kv->put(self->host, str("place"), str("seven"), 0, 832);
  kv->get(self->host, str("place"), 833);
  kv->remove(self->host, str("place"), 834);
  kv->get(self->host, str("place"), 835);
  kv->put(self->host, str(""), str("x"), 0, 836);
  kv->put(self->host, str("large"), (hub_str){large, sizeof large}, 0, 837);
  kv->put(self->host, str("kept"), str("on"), 86400000, 838);
}

static void ask_outside(hub_instance *self) {
  const hub_http_client_1 *client = offered(self->api, self->host, HUB_EXT_HTTP_CLIENT);
  hub_pair headers[2] = {{str("Authorization"), str("Bearer secret://mine")}, {str("X-Plain"), str("secret://foreign")}};
  hub_pair folded = {str("X-Bad"), str("a\r\nb")}, empty = {str("X-Key"), str("secret://empty")}, host = {str("Host"), str("other.example")};
  hub_body_part_1 parts[3] = {{HUB_BODY_BYTES, str("one ")}, {HUB_BODY_UPLOAD_BASE64, str("med_1")}, {HUB_BODY_UPLOAD, str("med_1")}};
  hub_body_part_1 lost = {HUB_BODY_UPLOAD, str("med_gone")};
  hub_http_request_1 good = {.method = str("POST"), .url = str("https://API.example/v1?x=1"), .headers = headers, .n_headers = 2,
                             .flags = HUB_HTTP_FOREIGN, .timeout_ms = 1500, .parts = parts, .n_parts = 3, .max_body = 10, .cause = str("why")};
  hub_http_request_1 plain = {.method = str("GET"), .url = str("http://named.example:81"), .flags = HUB_HTTP_FOREIGN};
  hub_http_request_1 bad[7] = {plain, plain, plain, plain, plain, plain, plain};
  bad[0].url = str("ftp://api.example/");
  bad[1].url = str("https://user@api.example/");
  bad[2].method = str("get");
  bad[3].headers = &folded; bad[3].n_headers = 1;
  bad[4].headers = &empty; bad[4].n_headers = 1;
  bad[5].headers = &host; bad[5].n_headers = 1;
  bad[6].url = str("https://elsewhere.example/");
  char line[128];
  int at = snprintf(line, sizeof line, "send %d", client->send(self->host, &good, 811));
  at += snprintf(line + at, sizeof line - at, " %d", client->send(self->host, &plain, 812));
  plain.parts = &lost; plain.n_parts = 1;
  at += snprintf(line + at, sizeof line - at, " %d", client->send(self->host, &plain, 813));
  for (int i = 0; i < 7; i++) at += snprintf(line + at, sizeof line - at, " %d", client->send(self->host, &bad[i], 820 + i));
  say(self, line);
}

static void outside_answered(hub_instance *self, hub_token token, const hub_http_message *m) {
  char line[256];
  snprintf(line, sizeof line, "response %llu %d %u %.*s=%.*s %.*s cause=%.*s", (unsigned long long)token, m->status, m->n_headers,
           m->n_headers ? (int)m->headers[0].name.len : 0, m->n_headers ? m->headers[0].name.ptr : "",
           m->n_headers ? (int)m->headers[0].value.len : 0, m->n_headers ? m->headers[0].value.ptr : "", (int)m->body.len, m->body.ptr,
           (int)m->cause.len, m->cause.ptr);
  say(self, line);
}
static void outside_failed(hub_instance *self, hub_token token, hub_status status, int32_t written, hub_str reason) {
  char what[64];
  snprintf(what, sizeof what, "failed %llu %d %d", (unsigned long long)token, status, written);
  sayf(self, what, reason);
}
static const hub_http_client_instance_1 outside = {outside_answered, outside_failed};

/* What is asked for says how it is answered. */
static void open_media(hub_instance *self, hub_str account, hub_str media, hub_token token) {
  const hub_media_1 *table = offered(self->api, self->host, HUB_EXT_MEDIA);
  hub_pair key = {str("Authorization"), str("Bearer secret://mine")};
  hub_http_request_1 request = {.method = str("GET"), .url = str("https://cdn.example/m"), .headers = &key, .n_headers = 1, .flags = HUB_HTTP_FOREIGN};
  char text[256] = "";
  hub_str digest = str("2C26B46B68FFC68FF99B453C1D30413413422D706483BFA0F98A5E886266E7AE");
  memcpy(text, media.ptr, media.len < 255 ? media.len : 255);
  sayf(self, "media", account);
  if (strstr(text, "bytes")) table->content(self->host, token, str("image/png"), str("PNG"));
  else if (strstr(text, "gone")) self->api->complete(self->host, token, HUB_ENOTFOUND, str("too old"));
  else if (strstr(text, "deaf")) return;
  else if (strstr(text, "bad")) { request.url = str("ftp://cdn.example/"); table->fetch(self->host, token, &request, -1, str("")); }
  else if (strstr(text, "no digest")) table->fetch(self->host, token, &request, 3, str("2c26"));
  else if (strstr(text, "known")) table->fetch(self->host, token, &request, 3, digest);
  else table->fetch(self->host, token, &request, -1, str(""));
  if (strstr(text, "twice")) table->fetch(self->host, token, &request, -1, str(""));
}
static const hub_media_instance_1 media_source = {open_media};

static void start(hub_instance *self, hub_token token) {
  const hub_http_route_1 *http = offered(self->api, self->host, HUB_EXT_HTTP_ROUTE);
  const hub_namespace_1 *ns = offered(self->api, self->host, HUB_EXT_NAMESPACE);
  const hub_timer_1 *timer = offered(self->api, self->host, HUB_EXT_TIMER);
  const hub_metric_1 *metric = offered(self->api, self->host, HUB_EXT_METRIC);
  const hub_secret_1 *secret = offered(self->api, self->host, HUB_EXT_SECRET);
  if (is(self, "start-refuses")) { self->api->complete(self->host, token, HUB_EINVAL, str("url has no host")); return; }
  if (is(self, "start-fails")) { self->api->complete(self->host, token, HUB_EFAIL, str("the port is taken")); return; }
  if (is(self, "start-hangs")) return;
  if (is(self, "start-blocks")) { pause_ms(4000); done(self, token); return; }
  if (is(self, "late")) { self->late = token; spawn(complete_late, self); return; }
  if (is(self, "routes") && http) {
    char line[64];
    snprintf(line, sizeof line, "add %d %d %d %d", http->add(self->host, str("POST"), str("/hook"), HUB_ACCESS_NONE, str(""), 1),
             http->add(self->host, str("GET"), str("/hook/mine"), HUB_ACCESS_REQUIRED, str("stats"), 2),
             http->add(self->host, str("GET"), str("/hook/maybe"), HUB_ACCESS_OPTIONAL, str(""), 3),
             http->add(self->host, str("GET"), str("/elsewhere"), HUB_ACCESS_NONE, str(""), 4));
    say(self, line);
  }
  if (is(self, "namespace") && ns) {
    char line[64];
    snprintf(line, sizeof line, "open %d %d", ns->open(self->host, str("/chat"), 5), ns->open(self->host, str("/unclaimed"), 6));
    say(self, line);
  }
  if (is(self, "upstream")) open_upstreams(self);
  if (is(self, "outbound")) ask_outside(self);
  if (is(self, "values")) keep_values(self);
  if (is(self, "interest")) {
    const hub_interest_1 *interest = offered(self->api, self->host, HUB_EXT_INTEREST);
    char line[32];
    snprintf(line, sizeof line, "want %d %d", interest->want(self->host), interest->look(self->host, str("nobody"), str("cnv_1"), 1));
    say(self, line);
  }
  if (is(self, "picky")) ask_for_messages(self);
  if (is(self, "terse")) {
    const hub_log_level_1 *level = offered(self->api, self->host, HUB_EXT_LOG_LEVEL);
    char line[32];
    snprintf(line, sizeof line, "least %d", level->least(self->host));
    say(self, line);
  }
  if (is(self, "picky-fails")) {
    ask_for_messages(self);
    self->api->complete(self->host, token, HUB_EFAIL, str("not today"));
    return;
  }
  if (is(self, "timer") && timer) {
    timer->after(self->host, 86400000, 501);
    timer->cancel(self->host, 501);
    timer->after(self->host, 1, 502);
  }
  if (is(self, "metric") && metric) {
    hub_str label = str("shape"), value = str("round");
    uint32_t counter = metric->define(self->host, HUB_METRIC_COUNTER, str("things_total"), &label, 1);
    metric->record(self->host, counter, 3, &value, 1);
    say(self, metric->define(self->host, HUB_METRIC_COUNTER, str("bad name"), 0, 0) == 0 ? "bad name refused" : "bad name taken");
  }
  if (is(self, "secret") && secret) {
    secret->get(self->host, str("secret://mine"), 601);
    secret->get(self->host, str("secret://foreign"), 602);
    secret->get(self->host, str("secret://empty"), 603);
    say(self, "asked");
  }
  done(self, token);
  if (is(self, "twice")) { done(self, token); done(self, token + 1000000); }
  if (is(self, "flood")) for (int i = 0; i < 100000; i++) { say(self, "flood"); done(self, 12345); }
  if (is(self, "pending")) {
    hub_event event = {str("p1"), str("message.created"), str("known"), str("5511"), str("cause-1"), 1000, 0, str("{}")};
    self->api->emit(self->host, &event, 1, 901);
    timer->after(self->host, 86400000, 902);
    timer->after(self->host, 86400000, 902);
    timer->after(self->host, 86400000, 903);
    timer->cancel(self->host, 903);
    say(self, "waiting");
  }
  if (is(self, "emit") || is(self, "emit-blocks")) emit_mixed(self);
}

static void stop(hub_instance *self, uint32_t grace, hub_token token) {
  (void)grace;
  if (is(self, "stop-hangs")) return;
  if (is(self, "picky")) ask_for_messages(self);
  done(self, token);
  if (is(self, "stop-twice")) done(self, token);
}

static void destroy(hub_instance *self) {
  say(self, "destroyed");
  if (is(self, "destroy-blocks")) pause_ms(4000);
  if (is(self, "after-destroy")) spawn(emit_after_destroy, self);
}

static void deliver(hub_instance *self, const hub_event *event, hub_token token) {
  if (is(self, "deaf")) return;
  if (is(self, "picky")) ask_for_messages(self);
  if (is(self, "courier")) {
    char answer[256];
    snprintf(answer, sizeof answer, "{\"outcome\":\"accepted\",\"providerMessageId\":\"%.*s %.*s %.*s\"}", (int)event->kind.len, event->kind.ptr,
             (int)event->id.len, event->id.ptr, (int)event->conversation.len, event->conversation.ptr);
    self->api->complete(self->host, token, HUB_OK, str(answer));
    return;
  }
  if (is(self, "refuses")) { self->api->complete(self->host, token, HUB_EFAIL, str("not now")); return; }
  if (is(self, "serial")) {
    if (__atomic_add_fetch(&self->depth, 1, __ATOMIC_SEQ_CST) != 1) say(self, "overlap");
    pause_ms(2);
    __atomic_sub_fetch(&self->depth, 1, __ATOMIC_SEQ_CST);
  }
  if (is(self, "interest")) {
    char line[400];
    snprintf(line, sizeof line, "%.*s %.*s %.*s %.*s", (int)event->kind.len, event->kind.ptr, (int)event->account.len, event->account.ptr,
             (int)event->conversation.len, event->conversation.ptr, (int)event->body.len, event->body.ptr);
    say(self, line);
  }
  if (is(self, "upstream")) {
    emit_upstream(self);
    if (self->waiting) self->api->complete(self->host, self->waiting, HUB_OK, str(""));
  }
  const hub_namespace_1 *ns = offered(self->api, self->host, HUB_EXT_NAMESPACE);
  if (is(self, "namespace") && ns) {
    hub_str room = str("lobby");
    hub_emit_1 packet = {token, 3, 0, &room, 1, str(""), str("news"), event->body};
    ns->emit(self->host, 5, &packet);
  }
  self->api->complete(self->host, token, HUB_OK, event->id);
}

static void completed(hub_instance *self, hub_token token, hub_status status, hub_str body) {
  char what[64];
  if (is(self, "emit-blocks")) pause_ms(2000);
  snprintf(what, sizeof what, "completed %llu %d", (unsigned long long)token, status);
  sayf(self, what, body);
}

static void cancel(hub_instance *self, hub_token token) { (void)token; say(self, "cancelled"); }

static void request(hub_instance *self, uint32_t route, const hub_http_message *message, hub_token token) {
  const hub_http_route_1 *http = offered(self->api, self->host, HUB_EXT_HTTP_ROUTE);
  char text[512];
  if (message->body.len == 4 && memcmp(message->body.ptr, "mute", 4) == 0) { say(self, "muted"); return; }
  snprintf(text, sizeof text, "%u %.*s %.*s %zu headers=%u tenant=%.*s cause=%.*s", route, (int)message->method.len, message->method.ptr,
           (int)message->target.len, message->target.ptr, message->body.len, message->n_headers,
           message->identity ? (int)message->identity->tenant.len : 0, message->identity ? message->identity->tenant.ptr : "",
           (int)message->cause.len, message->cause.ptr);
  hub_pair header = {str("X-Route"), str("yes")};
  if (message->body.len == 10 && memcmp(message->body.ptr, "status ", 7) == 0) {
    hub_http_message bare = {.status = atoi(message->body.ptr + 7), .n_headers = 1, .headers = &header};
    http->respond(self->host, token, &bare);
    return;
  }
  hub_http_message answer = {.status = 201, .n_headers = 1, .headers = &header, .body = str(text)};
  http->respond(self->host, token, &answer);
  http->respond(self->host, token, &answer);
}
static const hub_http_route_instance_1 routes = {request};

static void connect_(hub_instance *self, uint32_t id, const hub_connect_1 *connect, hub_token token) {
  const hub_namespace_1 *ns = offered(self->api, self->host, HUB_EXT_NAMESPACE);
  hub_str rooms[2] = {str("lobby"), str("second")};
  (void)id;
  int is_later = connect->query.len == 5;
  if (is_later) self->waiting = token;  // before it is told: a test goes on from there, on another thread
  sayf(self, "connect", connect->identity->tenant);
  if (is_later) return;
  if (connect->query.len == 6) ns->refuse(self->host, token, str("banned"), str("{\"code\":\"banned\"}"));
  else ns->accept(self->host, token, rooms, 2);
}
static void disconnected(hub_instance *self, uint32_t id, hub_str socket, hub_str reason) { (void)id; (void)socket; sayf(self, "disconnected", reason); }
static int named(hub_str name, const char *text) { return name.len == strlen(text) && memcmp(name.ptr, text, name.len) == 0; }
/* "look", "away", "type" and "rest", each with ["conversation"]. */
static int concern(hub_instance *self, hub_str socket, hub_str name, hub_str args) {
  const hub_interest_1 *interest = offered(self->api, self->host, HUB_EXT_INTEREST);
  int looks = named(name, "look"), types = named(name, "type");
  if (!interest || args.len < 4 || !(looks || types || named(name, "away") || named(name, "rest"))) return 0;
  hub_str conversation = {args.ptr + 2, args.len - 4};
  char line[32];
  snprintf(line, sizeof line, "concern %d",
           (looks || named(name, "away") ? interest->look : interest->typing)(self->host, socket, conversation, looks || types));
  say(self, line);
  return 1;
}
static void message(hub_instance *self, uint32_t id, hub_str socket, hub_str name, hub_str args, hub_token ack) {
  const hub_namespace_1 *ns = offered(self->api, self->host, HUB_EXT_NAMESPACE);
  const hub_query_1 *query = offered(self->api, self->host, HUB_EXT_QUERY);
  const hub_stats_1 *stats = offered(self->api, self->host, HUB_EXT_STATS);
  hub_str room = str("lobby");
  if (concern(self, socket, name, args)) return;
  if (name.len == 5 && memcmp(name.ptr, "query", 5) == 0) { query->query(self->host, socket, str("{\"conversation\":\"cnv_1\"}"), 701); return; }
  if (name.len == 5 && memcmp(name.ptr, "stats", 5) == 0) { stats->snapshot(self->host, 702); return; }
  if (name.len == 5 && memcmp(name.ptr, "admit", 5) == 0) { ns->accept(self->host, self->waiting, &room, 1); return; }
  if (name.len == 4 && memcmp(name.ptr, "join", 4) == 0) {
    ns->join(self->host, id, socket, str("den"));
    ns->leave(self->host, id, socket, str("lobby"));
    ns->disconnect(self->host, id, socket, 1);
    return;
  }
  hub_emit_1 loud = {0, 0, 0, &room, 1, socket, str("typing"), args};
  hub_emit_1 quiet = {0, 0, HUB_EMIT_VOLATILE, &room, 1, socket, str("typing"), args};
  hub_emit_1 direct = {0, 0, 0, 0, 0, socket, str("only-you"), args};
  hub_emit_1 broken = {0, 0, 0, 0, 0, socket, str("broken"), str("[1")};
  char line[64];
  snprintf(line, sizeof line, "emit %d %d %d %d", ns->emit(self->host, id, &loud), ns->emit(self->host, id, &quiet),
           ns->emit(self->host, id, &direct), ns->emit(self->host, id, &broken));
  say(self, line);
  ns->ack(self->host, ack, args);
}
static const hub_namespace_instance_1 namespaces = {connect_, disconnected, message};

static const void *extension(hub_instance *self, const char *id) {
  (void)self;
  if (strcmp(id, HUB_EXT_HTTP_ROUTE) == 0) return &routes;
  if (strcmp(id, HUB_EXT_NAMESPACE) == 0) return &namespaces;
  if (strcmp(id, HUB_EXT_UPSTREAM_SOCKET) == 0) return &upstreams;
  if (strcmp(id, HUB_EXT_HTTP_CLIENT) == 0) return &outside;
  if (strcmp(id, HUB_EXT_MEDIA) == 0) return &media_source;
  return 0;
}
static const hub_instance_api table = {sizeof table, 0, validate, start, stop, destroy, deliver, completed, cancel, extension};

static const hub_descriptor descriptor = {sizeof descriptor, KIND, FLAGS, 0, NAME, "1.0.0", "does as it is told", "{\"type\":\"object\"}", HUB_EXT_TIMER};
static const hub_descriptor *describe(uint32_t index) { return index == 0 ? &descriptor : 0; }
static hub_status create(uint32_t index, hub_str name, hub_str config, const hub_host_api *api, hub_host *host, hub_token why,
                         const hub_instance_api **out_api, hub_instance **out) {
  (void)index; (void)name;
  hub_instance *self = calloc(1, sizeof *self);
  self->api = api;
  self->host = host;
  char text[256] = "";
  memcpy(text, config.ptr, config.len < 255 ? config.len : 255);
  const char *mode = strstr(text, "\"mode\":\"");
  if (mode) sscanf(mode + 8, "%63[^\"]", self->mode);
  if (is(self, "create-refuses")) { api->complete(host, why, HUB_EINVAL, str("url is missing")); free(self); return HUB_EINVAL; }
  if (is(self, "create-crashes")) abort();
  if (is(self, "create-empty")) { free(self); return HUB_OK; }
  if (is(self, "create-blocks")) pause_ms(4000);
  if (is(self, "create-asks")) {
    const hub_secret_1 *secret = offered(api, host, HUB_EXT_SECRET);
    if (secret) secret->get(host, str("secret://mine"), 604);
    if (secret) secret->get(host, str("secret://foreign"), 605);
  }
  *out_api = &table;
  *out = self;
  return HUB_OK;
}
static const hub_plugin plugin = {HUB_ABI_MAGIC, HUB_ABI_MAJOR, HUB_ABI_MINOR, sizeof plugin, 1, describe, create};
HUB_PLUGIN_EXPORT const hub_plugin *hub_plugin_entry(void) { return loopback(&plugin); }
