/* hub_plugin.h - the hub's plugin ABI, major 1.

   Every struct below is frozen for major 1: nothing is ever appended in place. Growth is a new extension id
   ("hub.timer/2") with a new struct name.

   OWNERSHIP  Every pointer argument is borrowed until the call returns; the callee copies what it keeps.
              No memory is freed across the boundary. Tables and descriptors live as long as the process.
   THREADS    host -> plugin: any thread. create, validate, start, stop and destroy of one instance never overlap;
              the other calls may, unless the descriptor says HUB_F_SERIAL. Deliveries begin in journal order;
              one of a conversation begins when the one before it was completed, and is repeated before those behind it
              unless it was completed with HUB_OK, HUB_EINVAL or HUB_EUNSUPPORTED.
              plugin -> host: any thread, also from inside a call.
              No call may block: return at once and complete the token later, or at once, inline.
   TOKENS     A token names one pending operation and is completed once. Unknown, repeated and late completions are
              counted and ignored. Host operations carry host tokens (ended by host->complete or by the call named
              at the operation); plugin operations carry the plugin's own tokens (ended by instance->completed).
              0 means that no answer is wanted. What the plugin still waits for when its instance ends is completed with
              HUB_ECLOSED right before destroy(), also timers that are still to fire.
   LIFETIME   hub_host stays callable for ever. After destroy() every call answers HUB_ECLOSED or does nothing.
              The object is never unloaded. */
#ifndef HUB_PLUGIN_H
#define HUB_PLUGIN_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

#define HUB_ABI_MAGIC 0x31425548u /* "HUB1" */
#define HUB_ABI_MAJOR 1
#define HUB_ABI_MINOR 0 /* raised when an extension id is added; informative */

typedef int32_t hub_status;
enum {
  HUB_OK = 0,
  HUB_EFAIL = 1,
  HUB_EINVAL = 2,
  HUB_EUNSUPPORTED = 3,
  HUB_ECLOSED = 4,
  HUB_EDENIED = 5,
  HUB_EBUSY = 6,
  HUB_ETIMEOUT = 7,
  HUB_ENOTFOUND = 8
};
enum { HUB_LOG_DEBUG = 1, HUB_LOG_INFO = 2, HUB_LOG_WARN = 3, HUB_LOG_ERROR = 4 };
enum { HUB_HEALTH_STARTING = 0, HUB_HEALTH_OK = 1, HUB_HEALTH_DEGRADED = 2, HUB_HEALTH_DOWN = 3 };
enum { HUB_KIND_CHANNEL = 1, HUB_KIND_SINK = 2 }; /* hub_descriptor.kind */
enum { HUB_F_SERIAL = 1 };                        /* hub_descriptor.flags */

typedef struct hub_str { const char *ptr; size_t len; } hub_str; /* UTF-8 or bytes, no NUL needed; ptr may be NULL when len is 0 */
typedef struct hub_pair { hub_str name, value; } hub_pair;
typedef uint64_t hub_token;
typedef struct hub_host hub_host;         /* the host's, opaque */
typedef struct hub_instance hub_instance; /* the plugin's, opaque */

/* What became of a send or a read. */
#define HUB_OUTCOME_ACCEPTED "accepted"
#define HUB_OUTCOME_RETRY "retry"
#define HUB_OUTCOME_REJECTED "rejected"
#define HUB_OUTCOME_UNKNOWN "unknown"
#define HUB_OUTCOME_DOWN "down"

/* One canonical event: envelope in fields, content as JSON.
   Emitted by a channel: `id` is the dedup key it chose, `account` the provider's account, `conversation` the provider's
   key of the conversation (phone digits, user id, group id; empty when there is none), `cause` as received with the
   request or upstream event that led to it, `sequence` 0.
   Delivered to a sink: `conversation` is the hub's conversation id, `sequence` the place in the journal (0: volatile),
   `body` the whole canonical event.
   Delivered to a channel: `kind` is one of send, read, typing, interest; `id` the hub's own (send: the message's, msg_...);
   `account` and `conversation` the provider's, as the channel emits them (a first message to a phone: its digits);
   `sequence` 0; `body` in docs/sending.md. Of one conversation one send or read is under way at a time. It is completed with
   HUB_OK and {"outcome": one of HUB_OUTCOME_..., "providerMessageId"?, "retryAfterMs"?, "scope"?: "conversation" | "account",
   "code"?, "text"?, "recipient"?: {"phone"?, "key"?}}; HUB_EUNSUPPORTED and HUB_EINVAL are as rejected, HUB_EBUSY as retry;
   after anything else, or no answer in time, its fate is unknown. retry and down say that it was surely not sent. */
typedef struct hub_event {
  hub_str id, kind, account, conversation, cause;
  int64_t time_ms; /* Unix epoch, UTC */
  uint64_t sequence;
  hub_str body;
} hub_event;

/* ---- what the host offers ---- */
typedef struct hub_host_api {
  uint32_t struct_size;
  uint16_t major, minor;
  void (*log)(hub_host *, int32_t level, hub_str message, hub_str fields_json);
  void (*health)(hub_host *, int32_t state, hub_str detail);
  /* completed(when_durable, HUB_OK, {"stored":n,"duplicate":n,"unknownAccount":n,"invalid":n}) once synced to disk;
     any other status: nothing may be acknowledged. Typing and presence are passed on, never stored, and not counted.
     Returns HUB_EBUSY when the ingest queue is full; unless it returns HUB_OK, when_durable is not completed. */
  hub_status (*emit)(hub_host *, const hub_event *events, size_t count, hub_token when_durable);
  void (*complete)(hub_host *, hub_token, hub_status, hub_str body_or_error);
  const void *(*extension)(hub_host *, const char *id); /* NULL: unknown, or not granted in hub.yaml */
} hub_host_api;

/* ---- what a plugin instance offers ---- */
typedef struct hub_instance_api {
  uint32_t struct_size, reserved;
  void (*validate)(hub_instance *, hub_token); /* may look at the host's services; still opens nothing. HUB_EINVAL, also of start: the
                                                  config is what is wrong */
  void (*start)(hub_instance *, hub_token);
  void (*stop)(hub_instance *, uint32_t grace_ms, hub_token);
  void (*destroy)(hub_instance *);                                /* last call */
  void (*deliver)(hub_instance *, const hub_event *, hub_token);  /* channel: send out; sink: publish */
  void (*completed)(hub_instance *, hub_token, hub_status, hub_str body_or_error);
  void (*cancel)(hub_instance *, hub_token); /* the host waits no longer (deadline, shutdown) */
  const void *(*extension)(hub_instance *, const char *id);
} hub_instance_api;

typedef struct hub_descriptor {
  uint32_t struct_size, kind, flags, reserved;
  const char *name, *version, *summary; /* "meta-cloud", "1.4.0" */
  const char *config_schema;            /* JSON Schema of the config object; checked by the host */
  const char *needs;                    /* space-separated extension ids it cannot do without */
} hub_descriptor;

typedef struct hub_plugin {
  uint32_t magic;
  uint16_t major, minor;
  uint32_t struct_size, count;
  const hub_descriptor *(*describe)(uint32_t index);
  /* Cheap: parse and check the config, open nothing. To refuse: host->complete(why, status, reason), return status. */
  hub_status (*create)(uint32_t index, hub_str instance_name, hub_str config_json, const hub_host_api *, hub_host *,
                       hub_token why, const hub_instance_api **, hub_instance **);
} hub_plugin;

/* The one exported symbol. */
#define HUB_PLUGIN_EXPORT __attribute__((visibility("default"), used))
HUB_PLUGIN_EXPORT const hub_plugin *hub_plugin_entry(void);

/* ---- extensions ---- */

/* Counters, gauges and histograms in the hub's /metrics, as hub_plugin_<name>{adapter="…",…}. */
#define HUB_EXT_METRIC "hub.metric/1"
enum { HUB_METRIC_COUNTER = 1, HUB_METRIC_GAUGE = 2, HUB_METRIC_HISTOGRAM = 3 };
typedef struct hub_metric_1 {
  uint32_t (*define)(hub_host *, int32_t kind, hub_str name, const hub_str *labels, size_t n); /* 0: refused */
  void (*record)(hub_host *, uint32_t metric, double value, const hub_str *label_values, size_t n);
} hub_metric_1;

#define HUB_EXT_TIMER "hub.timer/1"
typedef struct hub_timer_1 {
  hub_status (*after)(hub_host *, uint64_t ms, hub_token); /* fires completed(token, HUB_OK); a token that waits starts over */
  void (*cancel)(hub_host *, hub_token);                   /* the token is not completed any more; a call already running goes on */
} hub_timer_1;

/* A secret reaches the config as a handle ("secret://…"); this gives its value at the time of use. */
#define HUB_EXT_SECRET "hub.secret/1"
typedef struct hub_secret_1 {
  /* completed(HUB_OK, value) | HUB_ENOTFOUND | HUB_EDENIED. completed() may run inside get() itself, on the caller's
     thread: hold no lock across get() that completed() takes. (With HUB_F_SERIAL and in create() it comes later.) */
  void (*get)(hub_host *, hub_str handle, hub_token);
} hub_secret_1;

typedef struct hub_identity {
  hub_str tenant, user;
  hub_str roles;       /* space-separated */
  hub_str claims_json; /* the verified claims; {} for an API key */
} hub_identity;

typedef struct hub_http_message {
  hub_str method, target; /* target: path and query as received */
  int32_t status;
  uint32_t n_headers;
  const hub_pair *headers;
  hub_str body;
  hub_str remote; /* address of the client, after trusted proxies */
  hub_str cause;  /* correlation id and traceparent; pass it on with emit */
  const hub_identity *identity;
} hub_http_message;

/* HTTP routes on the hub's listener. A path must be claimed in the config (schema: "x-hub-claim": "http-path");
   anything else is HUB_EDENIED. */
#define HUB_EXT_HTTP_ROUTE "hub.http-route/1"
enum { HUB_ACCESS_NONE = 0, HUB_ACCESS_OPTIONAL = 1, HUB_ACCESS_REQUIRED = 2 };
typedef struct hub_http_route_1 {
  /* in start(); role may be empty; method "*" takes every method */
  hub_status (*add)(hub_host *, hub_str method, hub_str path, int32_t access, hub_str role, uint32_t route);
  void (*respond)(hub_host *, hub_token, const hub_http_message *); /* ends the token of request() */
} hub_http_route_1;
typedef struct hub_http_route_instance_1 {
  void (*request)(hub_instance *, uint32_t route, const hub_http_message *, hub_token);
} hub_http_route_instance_1;

/* Socket.IO namespaces on the hub's realtime server. Encoding and fan-out are the host's: one call per packet, never
   one per socket. Room names are local to a tenant. */
#define HUB_EXT_NAMESPACE "hub.namespace/1"
enum { HUB_EMIT_VOLATILE = 1 };
typedef struct hub_connect_1 {
  hub_str socket; /* id, unique in the process */
  hub_str remote, query, auth_json;
  const hub_identity *identity; /* verified by the host before the call */
} hub_connect_1;
typedef struct hub_emit_1 {
  hub_token event; /* the delivery this packet answers to: gives tenant and offset; 0: see `socket` */
  uint32_t index;  /* the packet's place within that event's mapping */
  uint32_t flags;
  const hub_str *rooms; /* every socket in any of them gets one copy */
  size_t n_rooms;
  hub_str socket;    /* without event: no rooms: to this socket alone; rooms: of this socket's tenant, without the
                        socket itself, and the packet must be volatile */
  hub_str name;      /* event name */
  hub_str args_json; /* JSON array of the arguments after the name */
} hub_emit_1;
typedef struct hub_namespace_1 {
  hub_status (*open)(hub_host *, hub_str name, uint32_t id); /* in start(); must be claimed in the config */
  void (*accept)(hub_host *, hub_token connect, const hub_str *rooms, size_t n);
  void (*refuse)(hub_host *, hub_token connect, hub_str message, hub_str data_json);
  hub_status (*emit)(hub_host *, uint32_t id, const hub_emit_1 *);
  void (*ack)(hub_host *, hub_token ack, hub_str args_json); /* ends the ack token of message() */
  hub_status (*join)(hub_host *, uint32_t id, hub_str socket, hub_str room);
  hub_status (*leave)(hub_host *, uint32_t id, hub_str socket, hub_str room);
  hub_status (*disconnect)(hub_host *, uint32_t id, hub_str socket, int32_t close_transport);
} hub_namespace_1;
typedef struct hub_namespace_instance_1 {
  void (*connect)(hub_instance *, uint32_t id, const hub_connect_1 *, hub_token); /* end with accept or refuse */
  void (*disconnected)(hub_instance *, uint32_t id, hub_str socket, hub_str reason);
  void (*message)(hub_instance *, uint32_t id, hub_str socket, hub_str name, hub_str args_json, hub_token ack);
} hub_namespace_instance_1;

/* Questions about the journal and its projections, answered for one tenant: the one of `socket`. */
#define HUB_EXT_QUERY "hub.query/1"
typedef struct hub_query_1 {
  /* {"conversation": "cnv_…"} -> completed(HUB_OK, the conversation) | HUB_ENOTFOUND | HUB_EDENIED */
  void (*query)(hub_host *, hub_str socket, hub_str request_json, hub_token);
} hub_query_1;

/* completed(HUB_OK, {"totalConnections": n, "connectionsByTenant": {"…": n}, "connectionsByNamespace": {"…": n}}) */
#define HUB_EXT_STATS "hub.stats/1"
typedef struct hub_stats_1 {
  void (*snapshot)(hub_host *, hub_token);
} hub_stats_1;

/* Which events a sink is delivered. Of what it is not only the cursor moves on: it is not delivered later either. */
#define HUB_EXT_KINDS "hub.kinds/1"
typedef struct hub_kinds_1 {
  /* These kinds and no others; one that never says gets every kind. In create(), validate() or start(); the last word holds. */
  hub_status (*only)(hub_host *, const hub_str *kinds, size_t n);
  /* Whether anybody is there whom an event could reach: 0 while not, and events pass it by. At any time, also inside a call; the last word
     holds, so two threads must not say it side by side. To be said before whoever comes is let in. One that never says is heard. */
  void (*heard)(hub_host *, int32_t);
} hub_kinds_1;

/* The quietest level (HUB_LOG_…) whose lines are written now; the operator may change it. A line below it need not be composed. */
#define HUB_EXT_LOG_LEVEL "hub.log-level/1"
typedef struct hub_log_level_1 {
  int32_t (*least)(hub_host *);
} hub_log_level_1;

/* Connections to Socket.IO v5 servers over websocket. Connecting, TLS, heartbeats, limits and coming back for ever (after 1 s, 2 s, 4 s …
   30 s, give or take a fifth) are the host's: there is one connection at a time, and each namespace is asked again on its own while it
   is refused. A value that is a secret handle of the config ("secret://…") is replaced by what is behind it before every attempt: a
   query parameter, a header field, a string anywhere in auth_json. */
#define HUB_EXT_UPSTREAM_SOCKET "hub.upstream-socket/1"
typedef struct hub_upstream_namespace_1 {
  hub_str name;      /* "/", "/loja-centro" */
  hub_str auth_json; /* the object that goes with CONNECT; empty: none */
  hub_str account;   /* whose channel.state follows this namespace; "*": every account's, empty: nobody's */
} hub_upstream_namespace_1;
typedef struct hub_upstream_options_1 {
  hub_str url;  /* http, https, ws or wss; host and port, no path */
  hub_str path; /* of the engine; empty: "/socket.io/" */
  const hub_pair *query, *headers;
  uint32_t n_query, n_headers;
  const hub_upstream_namespace_1 *namespaces;
  uint32_t n_namespaces;
  uint32_t ack_timeout_ms;               /* 0: 30 s */
  uint32_t join_first_ms, join_most_ms;  /* waits between two tries to join a namespace; 0: 1 s and 30 s */
  hub_str ca_file;                       /* PEM file of a private authority; empty: the system's */
  uint64_t max_message;                  /* bytes of an inbound message, and of all its attachments; 0: 16 MiB */
} hub_upstream_options_1;
enum {
  HUB_UPSTREAM_CONNECTED = 1,    /* the transport is up; namespaces are being joined */
  HUB_UPSTREAM_DISCONNECTED = 2, /* it ended, or could not be had: reason, text, http_status, retry_ms */
  HUB_UPSTREAM_JOINED = 3,       /* ns */
  HUB_UPSTREAM_REFUSED = 4,      /* ns, text: the server's message, data_json, retry_ms */
  HUB_UPSTREAM_LEFT = 5,         /* the server ended ns; retry_ms */
  HUB_UPSTREAM_LOST = 6          /* a message over the limit was skipped: bytes, ns unless that is unknown */
};
typedef struct hub_upstream_change_1 {
  int32_t what;
  int32_t http_status; /* the answer of a server that refused the websocket; else 0 */
  hub_str ns;
  hub_str reason; /* unreachable, tls, invalid, refused, lost, silent, closed or violation */
  hub_str text;
  hub_str data_json;
  uint64_t bytes;
  int64_t retry_ms;
} hub_upstream_change_1;
typedef struct hub_upstream_event_1 {
  hub_str ns, name;
  hub_str args_json;          /* array of the arguments after the name; {"_placeholder":true,"num":n} stands for attachment n */
  const hub_str *attachments; /* bytes */
  uint32_t n_attachments;
  int32_t wants_answer;
  hub_str cause; /* pass it on with emit */
} hub_upstream_event_1;
typedef struct hub_upstream_socket_1 {
  hub_status (*open)(hub_host *, uint32_t id, const hub_upstream_options_1 *); /* from start() on; ids are the plugin's */
  void (*close)(hub_host *, uint32_t id);
  /* Without a token nothing is answered. Else an answer is asked for: completed(HUB_OK, array of its arguments) | HUB_ETIMEOUT |
     HUB_EFAIL: the connection ended first, and whether the event arrived is not known. Returns HUB_ECLOSED when the namespace isn't
     joined, HUB_EBUSY when too much waits to be sent; unless it returns HUB_OK, nothing was sent and nothing is completed. */
  hub_status (*emit)(hub_host *, uint32_t id, hub_str ns, hub_str name, hub_str args_json, const hub_str *attachments, uint32_t n,
                     hub_token answer);
} hub_upstream_socket_1;
typedef struct hub_upstream_socket_instance_1 {
  void (*changed)(hub_instance *, uint32_t id, const hub_upstream_change_1 *);
  /* In order, as are the changes. End with complete(HUB_OK, array of arguments that answer it, or nothing) once it is dealt with: while
     too much is not, the host reads no further. */
  void (*event)(hub_instance *, uint32_t id, const hub_upstream_event_1 *, hub_token);
} hub_upstream_socket_instance_1;

/* HTTP requests to outside. The host owns connections, TLS, limits and the guard; a redirect is an answer like any other and never followed.
   A header value that is a secret handle of the config, or ends in one after a space ("Bearer secret://…"), is replaced at use. Host,
   Content-Length, Connection and Transfer-Encoding are the host's. */
#define HUB_EXT_HTTP_CLIENT "hub.http-client/1"
enum { HUB_BODY_BYTES = 0, HUB_BODY_UPLOAD = 1, HUB_BODY_UPLOAD_BASE64 = 2 }; /* UPLOAD: value is the id of an upload; its file is streamed */
typedef struct hub_body_part_1 { int32_t form; hub_str value; } hub_body_part_1;
enum { HUB_HTTP_FOREIGN = 1 }; /* the URL came from outside: an address that isn't public is refused when it is connected to, unless the
                                  adapter's `egress` names the host */
typedef struct hub_http_request_1 {
  hub_str method, url; /* http or https, without user and fragment */
  const hub_pair *headers;
  uint32_t n_headers, flags;
  uint32_t timeout_ms; /* from send() to the end of the answer; 0: 30 s; at most 10 minutes */
  uint32_t n_parts;
  const hub_body_part_1 *parts; /* the body is the parts after one another; none: no body */
  uint64_t max_body;            /* of the answer; 0: 1 MiB; at most 64 MiB */
  hub_str cause;
  hub_str ca_file; /* PEM file of a private authority; empty: the system's */
} hub_http_request_1;
typedef struct hub_http_client_1 {
  /* Ends with response() or failed(). HUB_EINVAL: the URL, a header or a part makes no sense; HUB_EDENIED: not within `egress`; HUB_EBUSY: too
     much is under way (256 requests or 128 MiB). Unless it returns HUB_OK, nothing is sent and nothing is answered. What is under way when
     the instance ends is completed with HUB_ECLOSED; whether it was sent is not known then. */
  hub_status (*send)(hub_host *, const hub_http_request_1 *, hub_token);
} hub_http_client_1;
typedef struct hub_http_client_instance_1 {
  void (*response)(hub_instance *, hub_token, const hub_http_message *); /* status, headers, body, cause */
  /* HUB_EDENIED: the guard | HUB_EFAIL: could not connect, or broke off | HUB_ETIMEOUT | HUB_EINVAL: the answer is too large, or an upload is
     not there. written: whether any byte of the request may have left; 0: it was surely not sent. */
  void (*failed)(hub_instance *, hub_token, hub_status, int32_t written, hub_str reason);
} hub_http_client_instance_1;

/* Small values that outlive the instance and the hub: durable, and private to the instance's name in hub.yaml. Operations are done in the order
   of their calls. HUB_EINVAL: the key is empty or longer than 512 bytes, or the value longer than 64 KiB; HUB_EBUSY: the instance's values have
   16 MiB, or too many operations wait. */
#define HUB_EXT_KV "hub.kv/1"
typedef struct hub_kv_1 {
  void (*get)(hub_host *, hub_str key, hub_token);                                 /* completed(HUB_OK, value) | HUB_ENOTFOUND */
  void (*put)(hub_host *, hub_str key, hub_str value, uint64_t ttl_ms, hub_token); /* completed(HUB_OK) once synced to disk; ttl 0: for ever */
  void (*remove)(hub_host *, hub_str key, hub_token);                              /* completed(HUB_OK) once synced, also when it wasn't there */
} hub_kv_1;

/* Media of messages: the hub's own links lead to what the channel knows how to get. */
#define HUB_EXT_MEDIA "hub.media/1"
typedef struct hub_media_1 {
  /* Each ends the token of open(), as does complete(token, HUB_ENOTFOUND or another status, reason), which says that there is no content. */
  /* The host makes this request and passes on its answer; max_body is not used. size: bytes of the file, below 0: not known. sha256: its digest, 64
     hexadecimal digits, empty: not known. What comes and is another file is not shown. After a 401, 403, 404 or 410 the address
     may be over: open() comes once more. */
  void (*fetch)(hub_host *, hub_token, const hub_http_request_1 *, int64_t size, hub_str sha256);
  void (*content)(hub_host *, hub_token, hub_str mime, hub_str bytes); /* at most 64 MiB */
} hub_media_1;
typedef struct hub_media_instance_1 {
  /* media: the canonical media object of the message, with "message": the provider's id of it, "fromMe", "type", and "conversation": the group's
     key, else phone, user id or lid of the contact, or null */
  void (*open)(hub_instance *, hub_str account, hub_str media_json, hub_token);
} hub_media_instance_1;

/* Who looks at a conversation and who types in it, from the sinks to the conversation's channel. The hub counts each socket once, and knows which
   channel, account and key a conversation has. A channel that wants it is delivered `interest` with {"v":1,"count":n} whenever the count
   of a conversation is another, of several changes the last; a running channel is delivered `typing` with {"v":1,"on":true|false,
   "lastInbound":id or null}. Neither is stored. What a socket began ends with it. A socket whose token is narrowed to other accounts counts for
   nothing. */
#define HUB_EXT_INTEREST "hub.interest/1"
typedef struct hub_interest_1 {
  hub_status (*want)(hub_host *); /* a channel: from now on, beginning with every conversation that is looked at */
  /* A sink, of a socket in one of its namespaces. on 0: no longer. */
  hub_status (*look)(hub_host *, hub_str socket, hub_str conversation, int32_t on);
  hub_status (*typing)(hub_host *, hub_str socket, hub_str conversation, int32_t on);
} hub_interest_1;

/* ---- ELF note: lets the host, and `hub plugin list`, judge a file without running any of it ---- */
#define HUB_NOTE_SWIFT 1u /* needs the very Swift runtime it was built with: the toolchain must match the host's */
#define HUB_PLUGIN_NOTE(flags_)                                                                                            \
  __attribute__((used, retain, section(".note.hub.abi"), aligned(4))) static const struct {                                \
    uint32_t namesz, descsz, type;                                                                                         \
    char name[4];                                                                                                          \
    uint32_t magic;                                                                                                        \
    uint16_t major, minor;                                                                                                 \
    uint32_t flags;                                                                                                        \
    char toolchain[sizeof(__VERSION__)];                                                                                   \
  } hub_note_ = {4, 12 + sizeof(__VERSION__), 1, "HUB", HUB_ABI_MAGIC, HUB_ABI_MAJOR, HUB_ABI_MINOR, (flags_), __VERSION__};

/* The compiler's version string, as a plugin's note carries it. */
static inline const char *hub_toolchain(void) { return __VERSION__; }

#ifdef __cplusplus
}
#endif
#endif
