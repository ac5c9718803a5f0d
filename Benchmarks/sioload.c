// sioload - load generator for Socket.IO v5 / Engine.IO v4 servers over WebSocket or HTTP long-polling.
//
// One thread, one epoll loop, nothing but libc.  See README.md beside this file
// for usage and for what every figure in the output means.
//
//   cc -O2 -Wall -Wextra -o sioload sioload.c
//
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// ---------------------------------------------------------------- small tools

static uint64_t now_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

static void die(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "sioload: ");
    vfprintf(stderr, fmt, ap);
    fprintf(stderr, "\n");
    va_end(ap);
    exit(2);
}

static void *xrealloc(void *p, size_t n) {
    p = realloc(p, n);
    if (!p) die("out of memory");
    return p;
}

static uint64_t rng_state;
static uint64_t rng(void) {
    uint64_t x = rng_state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return rng_state = x;
}

// growable byte buffer
typedef struct { char *p; size_t len, cap; } buf;
static void b_need(buf *b, size_t extra) {
    if (b->len + extra <= b->cap) return;
    size_t c = b->cap ? b->cap : 256;
    while (c < b->len + extra) c *= 2;
    b->p = xrealloc(b->p, c);
    b->cap = c;
}
static void b_add(buf *b, const void *p, size_t n) {
    b_need(b, n);
    memcpy(b->p + b->len, p, n);
    b->len += n;
}
static void b_str(buf *b, const char *s) { b_add(b, s, strlen(s)); }
static void b_fmt(buf *b, const char *fmt, ...) {
    char t[512];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(t, sizeof t, fmt, ap);
    va_end(ap);
    b_add(b, t, n < (int)sizeof t ? (size_t)n : sizeof t - 1);
}

// ---------------------------------------------------------------- SHA-1 (handshake check) and SHA-256 (webhook signature)

static uint32_t rol(uint32_t x, int n) { return x << n | x >> (32 - n); }
static uint32_t ror(uint32_t x, int n) { return x >> n | x << (32 - n); }
static uint32_t be32(const uint8_t *p) { return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3]; }
static void put32(uint8_t *p, uint32_t v) { p[0] = v >> 24; p[1] = v >> 16; p[2] = v >> 8; p[3] = v; }

static void sha1_block(uint32_t h[5], const uint8_t *p) {
    uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int i = 0; i < 16; i++) w[i] = be32(p + 4 * i);
    for (int i = 16; i < 80; i++) w[i] = rol(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t f, k;
        if (i < 20) { f = (b & c) | (~b & d); k = 0x5A827999; }
        else if (i < 40) { f = b ^ c ^ d; k = 0x6ED9EBA1; }
        else if (i < 60) { f = (b & c) | (b & d) | (c & d); k = 0x8F1BBCDC; }
        else { f = b ^ c ^ d; k = 0xCA62C1D6; }
        uint32_t t = rol(a, 5) + f + e + k + w[i];
        e = d; d = c; c = rol(b, 30); b = a; a = t;
    }
    h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e;
}
// short messages only (a WebSocket key and the GUID: 60 bytes)
static void sha1_short(const uint8_t *m, size_t n, uint8_t out[20]) {
    uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    uint8_t blk[128] = {0};
    memcpy(blk, m, n);
    blk[n] = 0x80;
    size_t tot = n + 9 <= 64 ? 64 : 128;
    put32(blk + tot - 4, (uint32_t)n * 8);
    for (size_t i = 0; i < tot; i += 64) sha1_block(h, blk + i);
    for (int i = 0; i < 5; i++) put32(out + 4 * i, h[i]);
}

static const uint32_t K256[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
static void sha256_block(uint32_t h[8], const uint8_t *p) {
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++) w[i] = be32(p + 4 * i);
    for (int i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (ror(a, 7) ^ ror(a, 18) ^ a >> 3) + w[i - 7] + (ror(b, 17) ^ ror(b, 19) ^ b >> 10);
    }
    memcpy(s, h, 32);
    for (int i = 0; i < 64; i++) {
        uint32_t t1 = s[7] + (ror(s[4], 6) ^ ror(s[4], 11) ^ ror(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) + K256[i] + w[i];
        uint32_t t2 = (ror(s[0], 2) ^ ror(s[0], 13) ^ ror(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        s[7] = s[6]; s[6] = s[5]; s[5] = s[4]; s[4] = s[3] + t1;
        s[3] = s[2]; s[2] = s[1]; s[1] = s[0]; s[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++) h[i] += s[i];
}
static const uint32_t H256[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
// finish a hash whose first `prefix` bytes (a multiple of 64) are already in h
static void sha256_finish(uint32_t h[8], uint64_t prefix, const uint8_t *m, size_t n, uint8_t out[32]) {
    uint64_t bits = (prefix + n) * 8;
    for (; n >= 64; m += 64, n -= 64) sha256_block(h, m);
    uint8_t blk[128] = {0};
    memcpy(blk, m, n);
    blk[n] = 0x80;
    size_t tot = n + 9 <= 64 ? 64 : 128;
    put32(blk + tot - 8, (uint32_t)(bits >> 32));
    put32(blk + tot - 4, (uint32_t)bits);
    for (size_t i = 0; i < tot; i += 64) sha256_block(h, blk + i);
    for (int i = 0; i < 8; i++) put32(out + 4 * i, h[i]);
}
static uint32_t hmac_in[8], hmac_out[8];
static void hmac_init(const char *key) {
    uint8_t k[64] = {0}, t[64];
    size_t n = strlen(key);
    if (n > 64) {
        uint32_t h[8];
        memcpy(h, H256, 32);
        sha256_finish(h, 0, (const uint8_t *)key, n, k);
    } else memcpy(k, key, n);
    memcpy(hmac_in, H256, 32);
    memcpy(hmac_out, H256, 32);
    for (int i = 0; i < 64; i++) t[i] = k[i] ^ 0x36;
    sha256_block(hmac_in, t);
    for (int i = 0; i < 64; i++) t[i] = k[i] ^ 0x5c;
    sha256_block(hmac_out, t);
}
static void hmac_hex(const char *m, size_t n, char hex[65]) {
    uint32_t h[8];
    uint8_t d[32];
    memcpy(h, hmac_in, 32);
    sha256_finish(h, 64, (const uint8_t *)m, n, d);
    memcpy(h, hmac_out, 32);
    sha256_finish(h, 64, d, 32, d);
    for (int i = 0; i < 32; i++) {
        hex[2 * i] = "0123456789abcdef"[d[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[d[i] & 15];
    }
    hex[64] = 0;
}
static void b64(const uint8_t *p, size_t n, char *o) {
    static const char *A = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t i = 0;
    for (; i + 2 < n; i += 3) {
        uint32_t v = p[i] << 16 | p[i + 1] << 8 | p[i + 2];
        *o++ = A[v >> 18]; *o++ = A[v >> 12 & 63]; *o++ = A[v >> 6 & 63]; *o++ = A[v & 63];
    }
    if (i < n) {
        uint32_t v = p[i] << 16 | (i + 1 < n ? p[i + 1] << 8 : 0);
        *o++ = A[v >> 18]; *o++ = A[v >> 12 & 63];
        *o++ = i + 1 < n ? A[v >> 6 & 63] : '=';
        *o++ = '=';
    }
    *o = 0;
}

// ---------------------------------------------------------------- latency histogram (log-linear, better than 0.8 %)

#define SUB 128
typedef struct { uint64_t n, sum, max, c[64 * SUB]; } hist;
static unsigned h_idx(uint64_t v) {
    if (v < SUB) return (unsigned)v;
    int e = 63 - __builtin_clzll(v);            // v in [2^e, 2^(e+1)), e >= 7
    return (unsigned)((e - 6) * SUB + ((v >> (e - 7)) & (SUB - 1)));
}
static uint64_t h_val(unsigned i) {
    if (i < SUB) return i;
    unsigned e = i / SUB + 6, s = i % SUB;
    return ((uint64_t)(SUB + s) << (e - 7)) + ((1ull << (e - 7)) >> 1);
}
static void h_add(hist *h, uint64_t v) {
    h->n++;
    h->sum += v;
    if (v > h->max) h->max = v;
    h->c[h_idx(v)]++;
}
static double h_q(const hist *h, double q) {      // microseconds
    if (!h->n) return -1;
    uint64_t want = (uint64_t)(q * (double)h->n), acc = 0;
    if (want >= h->n) want = h->n - 1;
    for (unsigned i = 0; i < 64 * SUB; i++) {
        acc += h->c[i];
        if (acc > want) {
            uint64_t v = h_val(i);
            return (double)(v > h->max ? h->max : v) / 1000.0;
        }
    }
    return (double)h->max / 1000.0;
}
static void h_json(FILE *f, const char *name, const hist *h) {
    if (!h->n) { fprintf(f, ",\"%s\":null", name); return; }
    fprintf(f, ",\"%s\":{\"n\":%" PRIu64 ",\"mean\":%.1f,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}", name, h->n,
            (double)h->sum / (double)h->n / 1000.0, h_q(h, .5), h_q(h, .9), h_q(h, .99), h_q(h, .999), (double)h->max / 1000.0);
}

// ---------------------------------------------------------------- configuration

enum { M_IDLE, M_BROADCAST, M_ECHO, M_CONNECT, M_INGEST };
static const char *MODES[] = {"idle", "broadcast", "echo", "connect", "ingest"};
static struct {
    const char *host, *path, *query, *ns, *auth, *room_prefix, *join_arg, *event, *echo_event, *leave, *emit_path, *hub_secret, *label, *origin;
    const char *join[8];
    int njoin;
    bool join_ack, churn, verbose, nodelay, spin, any_order, polling;
    int port, emit_port, mode, conns, rooms, conc, window, emit_conns, active;
    double duration, rate, warmup, settle, drain, connect_timeout;
    size_t payload;
    buf ws_headers, emit_headers, emit_body;
    bool have_body;
    char **auths;                  // --auth-file: one CONNECT payload for each room, used again from the start when there are more rooms
    uint32_t nauths;
    int pids[64], npids, server_cpu;
} C = {.host = "127.0.0.1", .path = "/socket.io/", .ns = "/", .room_prefix = "room-",
       .join_arg = "\"{{ROOM}}\"", .event = "message", .echo_event = "echo", .emit_path = "/emit?room={{ROOM}}&event={{EVENT}}",
       .join_ack = true, .nodelay = true, .port = 3000, .mode = M_BROADCAST, .conns = 100, .rooms = 1, .conc = 200, .window = 1,
       .emit_conns = 1, .duration = 5, .warmup = 1, .settle = 1, .drain = 5, .connect_timeout = 60, .payload = 128, .server_cpu = -1};

// ---------------------------------------------------------------- templates: literal text with {{LT}} {{ROOM}} {{PAD}} {{ID}} {{TS}} {{I}} {{EVENT}} holes

enum { T_LIT, T_LT, T_ROOM, T_PAD, T_ID, T_TS, T_I, T_EVENT };
typedef struct { int kind; const char *p; size_t n; } seg;
typedef struct { seg s[64]; int n; size_t pad; } tmpl;
static const char *HOLES[] = {"", "{{LT}}", "{{ROOM}}", "{{PAD}}", "{{ID}}", "{{TS}}", "{{I}}", "{{EVENT}}"};

static void t_parse(tmpl *t, const char *s, size_t n) {
    const char *end = s + n, *lit = s;
    t->n = 0;
    t->pad = 0;
    while (s < end) {
        int k = 0;
        if (*s == '{')
            for (int i = 1; i < 8; i++)
                if ((size_t)(end - s) >= strlen(HOLES[i]) && !memcmp(s, HOLES[i], strlen(HOLES[i]))) k = i;
        if (!k) { s++; continue; }
        if (t->n > 60) die("too many holes in a template");
        if (s > lit) t->s[t->n++] = (seg){T_LIT, lit, (size_t)(s - lit)};
        t->s[t->n++] = (seg){k, NULL, 0};
        s += strlen(HOLES[k]);
        lit = s;
    }
    if (end > lit) t->s[t->n++] = (seg){T_LIT, lit, (size_t)(end - lit)};
}

// The marker: @LT<run:4 hex>-<nanoseconds:16 hex>-<emit:8 hex>-<room:6 hex>@
#define MARK_LEN 41
static uint32_t run_tag;
static char run_hex[5];
static void put_hex(char *o, uint64_t v, int digits) {
    for (int i = digits - 1; i >= 0; i--, v >>= 4) o[i] = "0123456789abcdef"[v & 15];
}
static void marker(char *o, uint64_t ts, uint32_t gid, uint32_t room) {
    memcpy(o, "@LT", 3);
    memcpy(o + 3, run_hex, 4);
    o[7] = '-';
    put_hex(o + 8, ts, 16);
    o[24] = '-';
    put_hex(o + 25, gid, 8);
    o[33] = '-';
    put_hex(o + 34, room, 6);
    o[40] = '@';
}
static bool get_hex(const char *p, int digits, uint64_t *out) {
    uint64_t v = 0;
    for (int i = 0; i < digits; i++) {
        unsigned c = (unsigned char)p[i];
        unsigned d = c - '0' < 10 ? c - '0' : c - 'a' < 6 ? c - 'a' + 10 : 99;
        if (d > 15) return false;
        v = v << 4 | d;
    }
    *out = v;
    return true;
}
static void t_render(const tmpl *t, buf *b, uint64_t ts, uint32_t gid, uint32_t room, uint32_t idx) {
    for (int i = 0; i < t->n; i++) {
        const seg *s = &t->s[i];
        switch (s->kind) {
        case T_LIT: b_add(b, s->p, s->n); break;
        case T_LT: b_need(b, MARK_LEN); marker(b->p + b->len, ts, gid, room); b->len += MARK_LEN; break;
        case T_ROOM: b_fmt(b, "%s%u", C.room_prefix, room); break;
        case T_PAD: b_need(b, t->pad); memset(b->p + b->len, 'x', t->pad); b->len += t->pad; break;
        case T_ID: b_fmt(b, "lt%s%08x", run_hex, gid); break;
        case T_TS: b_fmt(b, "%ld", (long)time(NULL)); break;
        case T_I: b_fmt(b, "%u", idx); break;
        case T_EVENT: b_str(b, C.event); break;
        }
    }
}
// size the padding so that the rendered text has `want` bytes
static void t_fit(tmpl *t, size_t want) {
    int holes = 0;
    for (int i = 0; i < t->n; i++) holes += t->s[i].kind == T_PAD;
    if (!holes) return;
    buf b = {0};
    t->pad = 0;
    t_render(t, &b, 0, 0, 0, 0);
    if (b.len < want) t->pad = (want - b.len) / (size_t)holes;
    free(b.p);
}

// ---------------------------------------------------------------- connections

enum { S_NONE, S_TCP, S_UPGRADE, S_OPEN, S_SIO, S_JOIN, S_READY, S_LEAVE, S_DEAD };

// what a polling socket has besides the connection its polls go over: a second connection for its posts, one at a time
typedef struct {
    int fd;                        // -1 when not connected
    bool busy, wantw, last;        // last: the session ends with what is under way
    char sid[64];
    buf waiting, in, out;          // packets for the next post; answer and request of the one under way
    size_t outoff;
} poster;

typedef struct {
    int fd;
    uint8_t state;
    bool wantw, fragtext;
    uint32_t idx, room, last;      // last: emit id + 1 of the newest broadcast seen here
    uint32_t ackid, joinid, leaveid;
    uint64_t t0;
    buf left, frag, out;
    size_t outoff;
    uint64_t echo_t;
    char key[25];
    poster *post;                  // NULL over WebSocket
} conn;

typedef struct {
    int fd;                        // -1 when not connected
    bool busy, wantw, inidle;
    uint32_t id, gid, cursor;
    uint64_t t_sent;
    buf in, out;
    size_t outoff;
    uint32_t *q;                   // open loop: emits waiting for this connection
    size_t qh, qt, qcap;
} hconn;

typedef struct { uint64_t t; uint32_t room, prev, remaining; bool timed, done; } emitrec;

static conn *conns;
static hconn *hconns;
static int *hidle, nhidle;
static emitrec *emits;
static uint32_t nemits, capemits;
static uint32_t *room_last, *room_members;
static int ep;
static struct sockaddr_in ws_addr, emit_addr;
static tmpl t_body, t_epath, t_auth, t_join, t_echo;
static char ns_prefix[256];        // "" or "/name,"

static hist h_deliver, h_complete, h_http, h_connect, h_echo;
static struct {
    uint64_t connected, left, failed, disconnected, delivered, bytes, echoes, emitted, http_ok, http_err, other_events, misrouted, duplicate, reordered,
        gaps, alien, proto_err, late_recv, stalled, pings, recvs, reconnects, connect_errors, conn_timeouts;
} N;
static char first_error[300];
static void note_error(const char *what, const char *p, size_t n) {
    if (first_error[0]) return;
    size_t k = 0;
    k += (size_t)snprintf(first_error, 60, "%s: ", what);
    for (size_t i = 0; i < n && k < sizeof first_error - 2; i++) {
        unsigned char c = (unsigned char)p[i];
        first_error[k++] = c < 32 || c == '"' || c == '\\' || c > 126 ? ' ' : (char)c;
    }
    first_error[k] = 0;
}

enum { P_CONNECT, P_SETTLE, P_WARM, P_MEASURE, P_DRAIN, P_END };
static int phase;
static bool measuring, emitting;
static uint64_t t_measure, t_measure_end, t_progress;
static uint32_t inflight;
static int next_conn, pending_conn, ready_conn;
static uint32_t *again, nagain;    // sockets to be opened anew once the events at hand have been looked at: some may be of their last life
static uint64_t recv_now;
static size_t hint_off;

static void epset(int fd, uint64_t data, uint32_t ev, int op) {
    struct epoll_event e = {.events = ev, .data.u64 = data};
    if (epoll_ctl(ep, op, fd, &e)) die("epoll_ctl: %s", strerror(errno));
}
#define TAG_HTTP (1ull << 40)
#define TAG_POST (1ull << 41)

static void conn_close(conn *c, bool failed);
static void conn_bye(conn *c);
static void conn_leave(conn *c);
static void ws_send(conn *c, int op, const char *p, size_t n);
static void pump(uint64_t now);
static void echo_send(conn *c, uint64_t ts);

static bool flush_out(int fd, buf *out, size_t *off) {      // false: connection is gone
    while (*off < out->len) {
        ssize_t n = send(fd, out->p + *off, out->len - *off, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EAGAIN) return true;
            if (errno == EINTR) continue;
            return false;
        }
        *off += (size_t)n;
    }
    out->len = *off = 0;
    return true;
}
static void conn_raw(conn *c, const char *p, size_t n) {
    if (c->out.len == 0) {
        ssize_t k = send(c->fd, p, n, MSG_NOSIGNAL);
        if (k == (ssize_t)n) return;
        if (k < 0 && errno != EAGAIN && errno != EINTR) { conn_close(c, true); return; }
        if (k > 0) { p += k; n -= (size_t)k; }
    }
    b_add(&c->out, p, n);
    if (!c->wantw) { c->wantw = true; epset(c->fd, c->idx, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD); }
}
static void post_flush(conn *c);
static void packet_send(conn *c, const char *p, size_t n) {
    if (!C.polling) { ws_send(c, 1, p, n); return; }
    if (c->post->waiting.len) b_str(&c->post->waiting, "\x1e");
    b_add(&c->post->waiting, p, n);
    if (!c->post->busy) post_flush(c);
}

static void ws_send(conn *c, int op, const char *p, size_t n) {
    static buf b;
    b.len = 0;
    b_need(&b, n + 14);
    uint8_t *o = (uint8_t *)b.p;
    size_t k = 0;
    o[k++] = 0x80 | op;
    if (n < 126) o[k++] = 0x80 | (uint8_t)n;
    else if (n < 65536) { o[k++] = 0x80 | 126; o[k++] = n >> 8; o[k++] = n & 255; }
    else { o[k++] = 0x80 | 127; for (int i = 7; i >= 0; i--) o[k++] = (uint8_t)((uint64_t)n >> (8 * i)); }
    uint32_t key = (uint32_t)(rng() >> 16);
    uint8_t m[4];
    memcpy(m, &key, 4);
    memcpy(o + k, m, 4);
    k += 4;
    for (size_t i = 0; i < n; i++) o[k + i] = (uint8_t)p[i] ^ m[i & 3];
    conn_raw(c, (char *)o, k + n);
}

static void conn_free_bufs(conn *c) {
    free(c->left.p); free(c->frag.p); free(c->out.p);
    memset(&c->left, 0, sizeof(buf)); memset(&c->frag, 0, sizeof(buf)); memset(&c->out, 0, sizeof(buf));
    c->outoff = 0;
    c->wantw = false;
    if (!c->post) return;
    if (c->post->fd >= 0) close(c->post->fd);
    free(c->post->waiting.p); free(c->post->in.p); free(c->post->out.p);
    free(c->post);
    c->post = NULL;
}
static void conn_close(conn *c, bool failed) {
    if (c->state == S_DEAD || c->state == S_NONE) return;
    int was = c->state;
    close(c->fd);
    c->fd = -1;
    c->state = S_DEAD;
    conn_free_bufs(c);
    if (was == S_READY || was == S_LEAVE) {
        ready_conn--;
        room_members[c->room]--;
        if (failed) N.disconnected++;
    } else {
        pending_conn--;
        if (failed) N.failed++;
    }
}

static void conn_start(conn *c) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) die("socket: %s (raise ulimit -n)", strerror(errno));
    int one = 1;
    if (C.nodelay) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->fd = fd;
    c->state = S_TCP;
    c->last = 0;
    c->ackid = 0;
    if (C.polling) {
        c->post = xrealloc(NULL, sizeof *c->post);
        *c->post = (poster){.fd = -1};
    }
    c->t0 = now_ns();
    pending_conn++;
    if (connect(fd, (struct sockaddr *)&ws_addr, sizeof ws_addr) && errno != EINPROGRESS) {
        note_error("connect", strerror(errno), strlen(strerror(errno)));
        N.connect_errors++;
        conn_close(c, true);
        return;
    }
    epset(fd, c->idx, EPOLLIN | EPOLLOUT, EPOLL_CTL_ADD);
    c->wantw = true;
}
static void conn_upgrade(conn *c) {
    uint64_t k[2] = {rng(), rng()};
    b64((uint8_t *)k, 16, c->key);
    static buf b;
    b.len = 0;
    b_fmt(&b, "GET %s%s%s HTTP/1.1\r\nHost: %s:%d\r\n", C.path, strchr(C.path, '?') ? "&" : "?", C.query, C.host, C.port);
    b_fmt(&b, "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n", c->key);
    if (C.origin) b_fmt(&b, "Origin: %s\r\n", C.origin);
    if (C.ws_headers.len) b_add(&b, C.ws_headers.p, C.ws_headers.len);
    b_str(&b, "\r\n");
    c->state = S_UPGRADE;
    conn_raw(c, b.p, b.len);
}
static void conn_sio_connect(conn *c) {
    static buf b;
    b.len = 0;
    b_str(&b, "40");
    b_str(&b, ns_prefix);
    if (C.nauths) b_str(&b, C.auths[c->room % C.nauths]);
    else if (C.auth) t_render(&t_auth, &b, 0, 0, c->room, c->idx);
    // "40/ns" without data may end with or without the comma; the client library sends it
    c->state = S_SIO;
    packet_send(c, b.p, b.len);
}
static void conn_again(conn *c) {
    conn_close(c, false);
    if (phase == P_WARM || phase == P_MEASURE) again[nagain++] = c->idx;
}
// the end of a churned socket: out of its namespace if it has left its room, then out of the session
static void conn_bye(conn *c) {
    static buf b;
    b.len = 0;
    if (C.leave) { b_str(&b, "41"); b_str(&b, ns_prefix); }
    if (C.polling) {
        // over polling it is closed once the post is answered
        b_str(&b, b.len ? "\x1e" "1" : "1");
        c->post->last = true;
        packet_send(c, b.p, b.len);
        return;
    }
    uint8_t bye[2] = {0x03, 0xe8};
    if (b.len) packet_send(c, b.p, b.len);
    if (c->state != S_DEAD) ws_send(c, 8, (char *)bye, 2);
    conn_again(c);
}
static void conn_leave(conn *c) {
    static buf b;
    b.len = 0;
    c->state = S_LEAVE;
    c->leaveid = c->ackid++;
    b_fmt(&b, "42%s%u[\"%s\"", ns_prefix, c->leaveid, C.leave);
    if (C.join_arg[0]) { b_str(&b, ","); t_render(&t_join, &b, 0, 0, c->room, c->idx); }
    b_str(&b, "]");
    packet_send(c, b.p, b.len);
}
static void conn_ready(conn *c) {
    c->state = S_READY;
    pending_conn--;
    ready_conn++;
    room_members[c->room]++;
    N.connected++;
    h_add(&h_connect, recv_now - c->t0);
    if (C.churn && phase >= P_WARM) {
        if (C.leave) conn_leave(c);
        else conn_bye(c);
    }
}
static void conn_join(conn *c) {
    if (!C.njoin) { conn_ready(c); return; }
    static buf b;
    c->state = S_JOIN;
    c->joinid = c->ackid;
    for (int i = 0; i < C.njoin; i++) {
        b.len = 0;
        b_str(&b, "42");
        b_str(&b, ns_prefix);
        if (C.join_ack) b_fmt(&b, "%u", c->ackid++);
        b_fmt(&b, "[\"%s\"", C.join[i]);
        if (C.join_arg[0]) { b_str(&b, ","); t_render(&t_join, &b, 0, 0, c->room, c->idx); }
        b_str(&b, "]");
        packet_send(c, b.p, b.len);
        if (c->state != S_JOIN) return;
    }
    if (!C.join_ack) conn_ready(c);
}

static void emit_complete(emitrec *e, uint64_t now) {
    if (e->done) return;
    e->done = true;
    if (inflight) inflight--;
    if (e->timed && measuring) h_add(&h_complete, now > e->t ? now - e->t : 0);
}

static const char *find_marker(const char *p, size_t n) {
    if (hint_off + MARK_LEN <= n && !memcmp(p + hint_off, "@LT", 3)) return p + hint_off;
    const char *m = memmem(p, n, "@LT", 3);
    if (!m || (size_t)(p + n - m) < MARK_LEN) return NULL;
    hint_off = (size_t)(m - p);
    return m;
}

static void on_event(conn *c, const char *p, size_t n) {
    size_t en = strlen(C.event);
    if (n < en + 4 || p[0] != '[' || p[1] != '"' || memcmp(p + 2, C.event, en) || p[2 + en] != '"') { N.other_events++; return; }
    const char *m = find_marker(p, n);
    uint64_t tag, ts, gid, room;
    if (!m || m[40] != '@' || !get_hex(m + 3, 4, &tag) || !get_hex(m + 8, 16, &ts) || !get_hex(m + 25, 8, &gid) || !get_hex(m + 34, 6, &room)) {
        N.other_events++;
        note_error("event without marker", p, n);
        return;
    }
    if (tag != run_tag || gid >= nemits) { N.alien++; return; }
    emitrec *e = &emits[gid];
    if (room != c->room) { N.misrouted++; return; }
    uint32_t g1 = (uint32_t)gid + 1;
    if (!C.any_order) {
        if (c->last == g1) { N.duplicate++; return; }
        if (c->last > g1) { N.reordered++; }
        else {
            if (c->last != e->prev && c->last != 0) N.gaps++;
            c->last = g1;
        }
    }
    t_progress = recv_now;
    if (measuring) {
        N.delivered++;
        N.bytes += n;
        if (e->timed) h_add(&h_deliver, recv_now > ts ? recv_now - ts : 0);
    } else if (e->timed) N.late_recv++;
    if (e->remaining && --e->remaining == 0) emit_complete(e, recv_now);
}

static void on_sio(conn *c, const char *p, size_t n) {
    if (!n) { N.proto_err++; return; }
    char type = *p++;
    n--;
    if (type == '5' || type == '6') { N.other_events++; return; }
    size_t np = strlen(ns_prefix);
    if (np) {
        if (n >= np && !memcmp(p, ns_prefix, np)) { p += np; n -= np; }
        else if (n == np - 1 && !memcmp(p, ns_prefix, np - 1)) { p += n; n = 0; }
        else { if (type == '4') note_error("connect_error", p, n); N.other_events++; return; }
    } else if (n && *p == '/') { N.other_events++; return; }
    uint32_t id = 0;
    bool has_id = false;
    if (type == '2' || type == '3')
        while (n && isdigit((unsigned char)*p)) { id = id * 10 + (uint32_t)(*p - '0'); has_id = true; p++; n--; }
    switch (type) {
    case '0':
        if (c->state == S_SIO) conn_join(c);
        break;
    case '1':
        note_error("disconnect packet", p, n);
        conn_close(c, true);
        break;
    case '2':
        on_event(c, p, n);
        if (has_id && c->state == S_READY) {
            char t[300];
            int k = snprintf(t, sizeof t, "43%s%u[]", ns_prefix, id);
            packet_send(c, t, (size_t)k);
        }
        break;
    case '3':
        if (c->state == S_JOIN) { conn_ready(c); break; }
        if (c->state == S_LEAVE) { if (id == c->leaveid) { N.left++; conn_bye(c); } break; }
        if (c->state == S_READY && C.mode == M_ECHO) {
            const char *m = find_marker(p, n);
            uint64_t ts;
            if (!m || !get_hex(m + 8, 16, &ts)) { if (id >= (uint32_t)C.njoin) { N.proto_err++; note_error("echo ack", p, n); } break; }
            t_progress = recv_now;
            if (measuring) {
                N.echoes++;
                N.bytes += n;
                if (ts >= t_measure) h_add(&h_echo, recv_now - ts);
            }
            if (inflight) inflight--;
            c->echo_t = 0;
            if (C.rate <= 0 && emitting) echo_send(c, now_ns());
        }
        break;
    case '4':
        N.connect_errors++;
        note_error("connect_error", p, n);
        conn_close(c, true);
        break;
    default:
        N.proto_err++;
    }
}

static bool post_sid(conn *c, const char *p, size_t n) {
    const char *m = memmem(p, n, "\"sid\":\"", 7), *e = m ? memchr(m + 7, '"', (size_t)(p + n - m - 7)) : NULL;
    if (!e || (size_t)(e - m - 7) >= sizeof c->post->sid) return false;
    memcpy(c->post->sid, m + 7, (size_t)(e - m - 7));
    return true;
}

static void on_text(conn *c, const char *p, size_t n) {
    if (!n) { N.proto_err++; return; }
    switch (*p) {
    case '0':
        if (c->state != S_OPEN || (C.polling && !post_sid(c, p, n))) { N.proto_err++; break; }
        conn_sio_connect(c);
        break;
    case '1': conn_close(c, true); break;
    case '2': {
        N.pings++;
        char t[130];
        size_t k = n < 128 ? n : 128;
        memcpy(t, p, k);
        t[0] = '3';
        packet_send(c, t, k);
        break;
    }
    case '4': on_sio(c, p + 1, n - 1); break;
    case '3': case '6': break;
    default: N.proto_err++; note_error("engine packet", p, n);
    }
}

static size_t on_upgrade(conn *c, char *p, size_t n) {
    char *e = memmem(p, n, "\r\n\r\n", 4);
    if (!e) return 0;
    if (n < 12 || memcmp(p, "HTTP/1.1 101", 12)) {
        note_error("upgrade refused", p, (size_t)(e - p) > 200 ? 200 : (size_t)(e - p));
        conn_close(c, true);
        return n;
    }
    char cat[64];
    uint8_t d[20];
    char want[32];
    memcpy(cat, c->key, 24);
    memcpy(cat + 24, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", 36);
    sha1_short((uint8_t *)cat, 60, d);
    b64(d, 20, want);
    if (!memmem(p, (size_t)(e - p), want, 28)) {
        N.proto_err++;
        note_error("bad Sec-WebSocket-Accept", p, 40);
        conn_close(c, true);
        return n;
    }
    c->state = S_OPEN;
    return (size_t)(e + 4 - p);
}

// returns bytes used; may close the connection
static size_t on_bytes(conn *c, char *p, size_t n) {
    size_t used = 0;
    if (c->state == S_UPGRADE) {
        used = on_upgrade(c, p, n);
        if (!used || c->state == S_DEAD) return used;
    }
    while (n - used >= 2 && c->state != S_DEAD) {
        uint8_t *f = (uint8_t *)p + used;
        size_t have = n - used, hl = 2;
        uint64_t len = f[1] & 127;
        if (f[1] & 128) { N.proto_err++; note_error("masked frame from server", "", 0); conn_close(c, true); break; }
        if (f[0] & 0x70) { N.proto_err++; note_error("reserved bits set", "", 0); conn_close(c, true); break; }
        if (len == 126) {
            if (have < 4) break;
            len = (uint64_t)f[2] << 8 | f[3];
            hl = 4;
        } else if (len == 127) {
            if (have < 10) break;
            len = 0;
            for (int i = 0; i < 8; i++) len = len << 8 | f[2 + i];
            hl = 10;
            if (len > 64u << 20) { N.proto_err++; conn_close(c, true); break; }
        }
        if (have < hl + len) break;
        char *d = (char *)f + hl;
        used += hl + len;
        int op = f[0] & 15;
        bool fin = f[0] & 128;
        switch (op) {
        case 1:
            if (fin) { on_text(c, d, len); break; }
            c->frag.len = 0;
            c->fragtext = true;
            b_add(&c->frag, d, len);
            break;
        case 2: c->fragtext = false; break;
        case 0:
            if (c->fragtext) b_add(&c->frag, d, len);
            if (fin && c->fragtext) { c->fragtext = false; on_text(c, c->frag.p, c->frag.len); }
            break;
        case 8:
            note_error("closed by server", d, len);
            conn_close(c, true);
            break;
        case 9: ws_send(c, 10, d, len); break;
        case 10: break;
        default: N.proto_err++; conn_close(c, true);
        }
    }
    return used;
}

// one whole response at the head of the buffer? returns its length, 0 when more is needed, -1 when it is bad
static ssize_t http_response(const char *p, size_t n, int *status, bool *close_after) {
    const char *e = memmem(p, n, "\r\n\r\n", 4);
    if (!e) return n > 65536 ? -1 : 0;
    if (n < 12 || memcmp(p, "HTTP/1.", 7)) return -1;
    *status = atoi(p + 9);
    *close_after = p[7] == '0';
    size_t head = (size_t)(e + 4 - p);
    bool chunked = false;
    long cl = -1;
    const char *l = memchr(p, '\n', n) + 1;
    while (l < e) {
        const char *le = memmem(l, (size_t)(e + 2 - l), "\r\n", 2);
        if (!le) break;
        if (!strncasecmp(l, "content-length:", 15)) cl = atol(l + 15);
        else if (!strncasecmp(l, "transfer-encoding:", 18)) chunked = true;
        else if (!strncasecmp(l, "connection:", 11) && memmem(l, (size_t)(le - l), "close", 5)) *close_after = true;
        l = le + 2;
    }
    if (*status == 204 || *status == 304 || *status < 200) return (ssize_t)head;
    if (chunked) {
        const char *z = memmem(p + head - 2, n - head + 2, "\r\n0\r\n\r\n", 7);
        if (!z && n >= head + 5 && !memcmp(p + head, "0\r\n\r\n", 5)) return (ssize_t)head + 5;
        return z ? z + 7 - p : 0;
    }
    if (cl < 0) return (ssize_t)head;         // no length: taken as empty
    return n >= head + (size_t)cl ? (ssize_t)(head + (size_t)cl) : 0;
}

// ---------------------------------------------------------------- long-polling: one connection for the polls, one for the posts

static void poll_request(conn *c) {
    static buf b;
    b.len = 0;
    b_fmt(&b, "GET %s?%s", C.path, C.query);
    if (c->post->sid[0]) b_fmt(&b, "&sid=%s", c->post->sid);
    b_fmt(&b, " HTTP/1.1\r\nHost: %s:%d\r\n", C.host, C.port);
    if (C.origin) b_fmt(&b, "Origin: %s\r\n", C.origin);
    if (C.ws_headers.len) b_add(&b, C.ws_headers.p, C.ws_headers.len);
    b_str(&b, "\r\n");
    if (c->state == S_TCP) c->state = S_OPEN;
    conn_raw(c, b.p, b.len);
}

static size_t on_poll_answer(conn *c, char *p, size_t n) {
    int status = 0;
    bool closing = false;
    ssize_t r = http_response(p, n, &status, &closing);
    if (r == 0) return 0;
    if (c->post->last) return n;
    if (r < 0 || status != 200 || closing) {
        note_error("poll", p, n > 200 ? 200 : n);
        N.proto_err++;
        conn_close(c, true);
        return n;
    }
    char *d = (char *)memmem(p, n, "\r\n\r\n", 4) + 4, *end = p + r;
    while (d < end && c->state > S_TCP && c->state != S_DEAD) {
        char *z = memchr(d, 0x1e, (size_t)(end - d));
        if (!z) z = end;
        if (*d != 'b') on_text(c, d, (size_t)(z - d));
        d = z + 1;
    }
    if (c->state > S_TCP && c->state != S_DEAD && !c->post->last) poll_request(c);
    return (size_t)r;
}

static void post_flush(conn *c) {
    poster *o = c->post;
    if (o->fd < 0) {
        int one = 1;
        o->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (o->fd < 0 || connect(o->fd, (struct sockaddr *)&ws_addr, sizeof ws_addr)) {
            note_error("post connect", strerror(errno), strlen(strerror(errno)));
            conn_close(c, true);
            return;
        }
        setsockopt(o->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        fcntl(o->fd, F_SETFL, fcntl(o->fd, F_GETFL) | O_NONBLOCK);
        epset(o->fd, TAG_POST | c->idx, EPOLLIN, EPOLL_CTL_ADD);
    }
    b_fmt(&o->out, "POST %s?%s&sid=%s HTTP/1.1\r\nHost: %s:%d\r\n", C.path, C.query, o->sid, C.host, C.port);
    if (C.origin) b_fmt(&o->out, "Origin: %s\r\n", C.origin);
    if (C.ws_headers.len) b_add(&o->out, C.ws_headers.p, C.ws_headers.len);
    b_fmt(&o->out, "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: %zu\r\n\r\n", o->waiting.len);
    b_add(&o->out, o->waiting.p, o->waiting.len);
    o->waiting.len = 0;
    o->busy = true;
    if (!flush_out(o->fd, &o->out, &o->outoff)) { note_error("post", "connection lost", 15); conn_close(c, true); return; }
    if (o->out.len) { o->wantw = true; epset(o->fd, TAG_POST | c->idx, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD); }
}

static void post_io(conn *c, uint32_t ev) {
    poster *o = c->post;
    if (!o || o->fd < 0) return;
    if (ev & EPOLLOUT && o->wantw) {
        if (!flush_out(o->fd, &o->out, &o->outoff)) { conn_close(c, true); return; }
        if (!o->out.len) { o->wantw = false; epset(o->fd, TAG_POST | c->idx, EPOLLIN, EPOLL_CTL_MOD); }
    }
    if (!(ev & (EPOLLIN | EPOLLHUP | EPOLLERR))) return;
    b_need(&o->in, 4096);
    ssize_t k = recv(o->fd, o->in.p + o->in.len, o->in.cap - o->in.len, 0);
    if (k < 0 && (errno == EAGAIN || errno == EINTR)) return;
    int status = 0;
    bool closing = false;
    ssize_t r = -1;
    if (k > 0) {
        o->in.len += (size_t)k;
        r = http_response(o->in.p, o->in.len, &status, &closing);
        if (r == 0) return;
    } else if (!o->busy) { close(o->fd); o->fd = -1; return; }     // kept alive for long enough
    if (r < 0 || status != 200 || !o->busy) {
        note_error("post", o->in.p, o->in.len > 200 ? 200 : o->in.len);
        N.proto_err++;
        conn_close(c, true);
        return;
    }
    o->in.len = 0;
    o->busy = false;
    if (closing) { close(o->fd); o->fd = -1; N.reconnects++; }
    if (o->waiting.len) post_flush(c);
    else if (o->last) conn_again(c);
}

#define RBUF (8u << 20)
static char *rbuf;
static void conn_io(conn *c, uint32_t ev) {
    if (c->state == S_NONE || c->state == S_DEAD) return;
    if (c->state == S_TCP && ev & (EPOLLOUT | EPOLLERR | EPOLLHUP)) {
        int err = 0;
        socklen_t l = sizeof err;
        getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &l);
        if (err) { note_error("connect", strerror(err), strlen(strerror(err))); N.connect_errors++; conn_close(c, true); return; }
        c->wantw = false;
        epset(c->fd, c->idx, EPOLLIN, EPOLL_CTL_MOD);
        if (C.polling) poll_request(c);
        else conn_upgrade(c);
        return;
    }
    if (ev & EPOLLOUT && c->wantw) {
        if (!flush_out(c->fd, &c->out, &c->outoff)) { conn_close(c, true); return; }
        if (!c->out.len) { c->wantw = false; epset(c->fd, c->idx, EPOLLIN, EPOLL_CTL_MOD); }
    }
    if (!(ev & (EPOLLIN | EPOLLHUP | EPOLLERR))) return;
    size_t have = c->left.len;
    if (have) { memcpy(rbuf, c->left.p, have); c->left.len = 0; }
    ssize_t k = recv(c->fd, rbuf + have, RBUF - have, 0);
    if (k <= 0) {
        if (k < 0 && (errno == EAGAIN || errno == EINTR)) { if (have) b_add(&c->left, rbuf, have); return; }
        note_error(k ? strerror(errno) : "end of stream", "", 0);
        conn_close(c, true);
        return;
    }
    N.recvs++;
    recv_now = now_ns();
    size_t tot = have + (size_t)k, used = C.polling ? on_poll_answer(c, rbuf, tot) : on_bytes(c, rbuf, tot);
    if (c->state == S_DEAD || c->state == S_TCP || c->state == S_NONE) return;
    if (used < tot) b_add(&c->left, rbuf + used, tot - used);
}

// ---------------------------------------------------------------- echo

static void echo_send(conn *c, uint64_t ts) {
    static buf b;
    b.len = 0;
    b_fmt(&b, "42%s%u[\"%s\",", ns_prefix, c->ackid++, C.echo_event);
    t_render(&t_echo, &b, ts, nemits, c->room, c->idx);
    b_str(&b, "]");
    inflight++;
    c->echo_t = ts;
    packet_send(c, b.p, b.len);
}

// ---------------------------------------------------------------- HTTP triggers

static void h_close(hconn *h) {
    if (h->fd >= 0) close(h->fd);
    h->fd = -1;
    h->in.len = h->out.len = h->outoff = 0;
    h->wantw = false;
}
static void h_idle(hconn *h) {
    h->busy = false;
    if (!h->inidle) { h->inidle = true; hidle[nhidle++] = (int)h->id; }
}
static bool h_open(hconn *h) {
    h->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (h->fd < 0 || connect(h->fd, (struct sockaddr *)&emit_addr, sizeof emit_addr)) {
        note_error("http connect", strerror(errno), strlen(strerror(errno)));
        h_close(h);
        return false;
    }
    int one = 1;
    setsockopt(h->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(h->fd, F_SETFL, fcntl(h->fd, F_GETFL) | O_NONBLOCK);
    epset(h->fd, TAG_HTTP | h->id, EPOLLIN, EPOLL_CTL_ADD);
    return true;
}
static void h_fail(hconn *h, const char *why, const char *p, size_t n) {
    N.http_err++;
    note_error(why, p, n);
    h_close(h);
    if (h->busy) {
        emitrec *e = &emits[h->gid];
        if (e->remaining == 0 || C.mode == M_INGEST) emit_complete(e, now_ns());
        h_idle(h);
    }
}
static void h_send(hconn *h, uint32_t gid) {
    static buf body, b;
    emitrec *e = &emits[gid];
    h->busy = true;
    h->gid = gid;
    if (h->fd < 0 && !h_open(h)) { h_fail(h, "http", "connect", 7); return; }
    body.len = b.len = 0;
    t_render(&t_body, &body, e->t, gid, e->room, gid);
    b_str(&b, "POST ");
    t_render(&t_epath, &b, e->t, gid, e->room, gid);
    b_fmt(&b, " HTTP/1.1\r\nHost: %s:%d\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n", C.host, C.emit_port, body.len);
    if (C.emit_headers.len) b_add(&b, C.emit_headers.p, C.emit_headers.len);
    if (C.hub_secret) {
        char hex[65];
        hmac_hex(body.p, body.len, hex);
        b_str(&b, "X-Hub-Signature-256: sha256=");
        b_add(&b, hex, 64);
        b_str(&b, "\r\n");
    }
    b_str(&b, "\r\n");
    b_add(&b, body.p, body.len);
    N.emitted++;
    h->t_sent = now_ns();
    ssize_t k = send(h->fd, b.p, b.len, MSG_NOSIGNAL);
    if (k < 0 && errno != EAGAIN) {         // a kept-alive connection the server has dropped: once more on a new one
        h_close(h);
        N.reconnects++;
        if (!h_open(h)) { h_fail(h, "http", "connect", 7); return; }
        k = send(h->fd, b.p, b.len, MSG_NOSIGNAL);
        if (k < 0) { h_fail(h, "http send", strerror(errno), strlen(strerror(errno))); return; }
    }
    if (k < 0) k = 0;
    if ((size_t)k < b.len) {
        b_add(&h->out, b.p + k, b.len - (size_t)k);
        h->wantw = true;
        epset(h->fd, TAG_HTTP | h->id, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
    }
}
static uint32_t emit_new(uint64_t t, uint32_t room) {
    if (nemits == capemits) {
        capemits = capemits ? capemits * 2 : 65536;
        emits = xrealloc(emits, capemits * sizeof *emits);
    }
    emitrec *e = &emits[nemits];
    *e = (emitrec){.t = t, .room = room, .prev = room_last[room], .remaining = room_members[room], .timed = measuring};
    room_last[room] = nemits + 1;
    inflight++;
    return nemits++;
}

static void h_io(hconn *h, uint32_t ev) {
    if (h->fd < 0) return;
    if (ev & EPOLLOUT && h->wantw) {
        if (!flush_out(h->fd, &h->out, &h->outoff)) { h_fail(h, "http send", "", 0); return; }
        if (!h->out.len) { h->wantw = false; epset(h->fd, TAG_HTTP | h->id, EPOLLIN, EPOLL_CTL_MOD); }
    }
    if (!(ev & (EPOLLIN | EPOLLHUP | EPOLLERR))) return;
    b_need(&h->in, 16384);
    ssize_t k = recv(h->fd, h->in.p + h->in.len, h->in.cap - h->in.len, 0);
    if (k <= 0) {
        if (k < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (h->busy) h_fail(h, "http connection lost", "", 0);
        else h_close(h);
        return;
    }
    h->in.len += (size_t)k;
    int status = 0;
    bool closing = false;
    ssize_t r = http_response(h->in.p, h->in.len, &status, &closing);
    if (r == 0) return;
    if (r < 0 || !h->busy) { h_fail(h, "bad http response", h->in.p, h->in.len); return; }
    if (status >= 100 && status < 200) { memmove(h->in.p, h->in.p + r, h->in.len - (size_t)r); h->in.len -= (size_t)r; return; }
    uint64_t now = now_ns();
    emitrec *e = &emits[h->gid];
    if (status >= 200 && status < 300) {
        if (measuring) {
            N.http_ok++;
            if (e->timed) h_add(&h_http, now - (C.mode == M_INGEST && C.rate > 0 ? e->t : h->t_sent));
        }
    } else {
        N.http_err++;
        note_error("http status", h->in.p, h->in.len > 200 ? 200 : h->in.len);
        e->remaining = 0;
    }
    t_progress = now;
    h->in.len = 0;
    if (closing) { h_close(h); N.reconnects++; }
    if (C.mode == M_INGEST || e->remaining == 0) emit_complete(e, now);
    if (h->qh < h->qt) {
        uint32_t g = h->q[h->qh++];
        if (h->qh == h->qt) h->qh = h->qt = 0;
        h_send(h, g);
    } else h_idle(h);
}

// ---------------------------------------------------------------- what to send next

static uint64_t next_due;
static double interval;
static uint32_t sched;
static void pump(uint64_t now) {
    if (!emitting) return;
    if (C.mode == M_ECHO) {
        if (C.rate <= 0) return;
        uint32_t n = (uint32_t)C.active;
        for (int guard = 0; now >= next_due && guard < 100000; guard++) {
            conn *c = &conns[sched++ % n];
            if (c->state == S_READY) { N.emitted++; echo_send(c, next_due); }
            next_due += (uint64_t)interval;
        }
        return;
    }
    if (C.mode != M_BROADCAST && C.mode != M_INGEST) return;
    if (C.rate > 0) {
        for (int guard = 0; now >= next_due && guard < 100000; guard++) {
            uint32_t room = sched % (uint32_t)C.rooms;
            hconn *h = &hconns[C.mode == M_INGEST || C.any_order ? sched % (uint32_t)C.emit_conns : room % (uint32_t)C.emit_conns];
            sched++;
            uint32_t g = emit_new(next_due, room);
            next_due += (uint64_t)interval;
            if (!h->busy) {
                if (h->inidle)
                    for (int i = 0; i < nhidle; i++) if (hidle[i] == (int)h->id) { hidle[i] = hidle[--nhidle]; h->inidle = false; break; }
                h_send(h, g);
            } else {
                if (h->qt == h->qcap) { h->qcap = h->qcap ? h->qcap * 2 : 64; h->q = xrealloc(h->q, h->qcap * sizeof *h->q); }
                h->q[h->qt++] = g;
            }
        }
        return;
    }
    uint32_t lim = C.mode == M_INGEST ? (uint32_t)C.emit_conns : (uint32_t)C.window;
    while (nhidle && inflight < lim) {
        hconn *h = &hconns[hidle[--nhidle]];
        h->inidle = false;
        uint32_t room;
        if (C.mode == M_INGEST) room = sched++ % (uint32_t)C.rooms;
        else {
            if (C.any_order) room = sched++ % (uint32_t)C.rooms;
            else {
                uint32_t mine = ((uint32_t)C.rooms - h->id + (uint32_t)C.emit_conns - 1) / (uint32_t)C.emit_conns;
                room = h->id + (uint32_t)C.emit_conns * (h->cursor++ % mine);
            }
        }
        h_send(h, emit_new(now_ns(), room));
    }
}

// ---------------------------------------------------------------- what the server process costs

typedef struct { double cpu_s, user_s, core_s, self_s, idle_s; uint64_t rss_kb, hwm_kb, t; } probe;
static long clk_tck;
static uint64_t idle_ns;           // time the generator had nothing to do
static probe take_probe(void) {
    probe r = {.t = now_ns()};
    char path[64], b[4096];
    for (int i = 0; i < C.npids; i++) {
        snprintf(path, sizeof path, "/proc/%d/stat", C.pids[i]);
        FILE *f = fopen(path, "r");
        if (!f) continue;
        size_t n = fread(b, 1, sizeof b - 1, f);
        fclose(f);
        b[n] = 0;
        char *p = strrchr(b, ')');
        unsigned long u = 0, s = 0;
        if (p && sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &u, &s) == 2) { r.cpu_s += (double)(u + s) / (double)clk_tck; r.user_s += (double)u / (double)clk_tck; }
        snprintf(path, sizeof path, "/proc/%d/status", C.pids[i]);
        f = fopen(path, "r");
        if (!f) continue;
        unsigned long kb;
        while (fgets(b, sizeof b, f)) {
            if (sscanf(b, "VmRSS: %lu", &kb) == 1) r.rss_kb += kb;
            if (sscanf(b, "VmHWM: %lu", &kb) == 1) r.hwm_kb += kb;
        }
        fclose(f);
    }
    if (C.server_cpu >= 0) {
        FILE *f = fopen("/proc/stat", "r");
        char name[32];
        snprintf(name, sizeof name, "cpu%d ", C.server_cpu);
        while (f && fgets(b, sizeof b, f))
            if (!strncmp(b, name, strlen(name))) {
                unsigned long long v[8] = {0};
                sscanf(b + strlen(name), "%llu %llu %llu %llu %llu %llu %llu %llu", v, v + 1, v + 2, v + 3, v + 4, v + 5, v + 6, v + 7);
                r.core_s = (double)(v[0] + v[1] + v[2] + v[5] + v[6]) / (double)clk_tck;     // user nice system irq softirq
            }
        if (f) fclose(f);
    }
    struct rusage ru;
    getrusage(RUSAGE_SELF, &ru);
    r.self_s = (double)ru.ru_utime.tv_sec + (double)ru.ru_stime.tv_sec + (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
    r.idle_s = (double)idle_ns / 1e9;
    return r;
}

// ---------------------------------------------------------------- command line

static void usage(void) {
    fprintf(stderr,
            "usage: sioload [options]            (README.md explains them)\n"
            " where   --host H --port P --path /socket.io/ --transport websocket|polling --query 'EIO=4&transport=websocket' --ns /name\n"
            "         --auth JSON --auth-file FILE --ws-header 'K: V' (repeatable) --origin URL\n"
            " what    --mode idle|broadcast|echo|connect|ingest --conns N --rooms K --room-prefix room-\n"
            "         --join-event NAME[,NAME...] --join-arg JSON-TEMPLATE --join-noack --event NAME --echo-event NAME\n"
            " how     --duration S --warmup S --settle S --drain S --rate PER_S (0: closed loop) --window W --active A\n"
            "         --concurrency P --churn --leave-event NAME --payload-bytes B --connect-timeout S\n"
            " trigger --any-order --emit-path PATH --emit-port P --emit-conns C --emit-body FILE --emit-header 'K: V' --hub-secret S\n"
            " server  --server-pid PID[,PID...] --server-cpu CORE\n"
            " other   --spin --label TEXT --verbose\n"
            " holes in --auth --join-arg --emit-path and the body: {{LT}} {{ROOM}} {{EVENT}} {{ID}} {{TS}} {{I}} {{PAD}}\n");
    exit(2);
}
static void add_header(buf *b, const char *h) { b_str(b, h); b_str(b, "\r\n"); }

int main(int argc, char **argv) {
    enum { OPT_HOST = 256, OPT_PORT, OPT_PATH, OPT_QUERY, OPT_NS, OPT_AUTH, OPT_CONNS, OPT_ROOMS, OPT_RPFX, OPT_JOIN, OPT_JARG, OPT_JNOACK, OPT_EVENT, OPT_ECHOEV, OPT_MODE,
           OPT_DUR, OPT_RATE, OPT_PAYLOAD, OPT_EPATH, OPT_EPORT, OPT_ECONNS, OPT_EBODY, OPT_EHDR, OPT_SECRET, OPT_PID, OPT_CPU, OPT_CONC, OPT_WINDOW, OPT_ACTIVE, OPT_WARM, OPT_SETTLE,
           OPT_DRAIN, OPT_CHURN, OPT_LEAVE, OPT_TRANSPORT, OPT_AUTHFILE, OPT_LABEL, OPT_VERBOSE, OPT_WSHDR, OPT_CTO, OPT_ORIGIN, OPT_SPIN, OPT_ANY };
    static struct option L[] = {
        {"host", 1, NULL, OPT_HOST}, {"port", 1, NULL, OPT_PORT}, {"path", 1, NULL, OPT_PATH}, {"query", 1, NULL, OPT_QUERY}, {"ns", 1, NULL, OPT_NS}, {"auth", 1, NULL, OPT_AUTH},
        {"conns", 1, NULL, OPT_CONNS}, {"rooms", 1, NULL, OPT_ROOMS}, {"room-prefix", 1, NULL, OPT_RPFX}, {"join-event", 1, NULL, OPT_JOIN}, {"join-arg", 1, NULL, OPT_JARG},
        {"join-noack", 0, NULL, OPT_JNOACK}, {"event", 1, NULL, OPT_EVENT}, {"echo-event", 1, NULL, OPT_ECHOEV}, {"mode", 1, NULL, OPT_MODE}, {"duration", 1, NULL, OPT_DUR},
        {"rate", 1, NULL, OPT_RATE}, {"payload-bytes", 1, NULL, OPT_PAYLOAD}, {"emit-path", 1, NULL, OPT_EPATH}, {"emit-port", 1, NULL, OPT_EPORT},
        {"emit-conns", 1, NULL, OPT_ECONNS}, {"emit-body", 1, NULL, OPT_EBODY}, {"emit-header", 1, NULL, OPT_EHDR}, {"hub-secret", 1, NULL, OPT_SECRET},
        {"server-pid", 1, NULL, OPT_PID}, {"server-cpu", 1, NULL, OPT_CPU}, {"concurrency", 1, NULL, OPT_CONC}, {"window", 1, NULL, OPT_WINDOW}, {"active", 1, NULL, OPT_ACTIVE},
        {"warmup", 1, NULL, OPT_WARM}, {"settle", 1, NULL, OPT_SETTLE}, {"drain", 1, NULL, OPT_DRAIN}, {"churn", 0, NULL, OPT_CHURN}, {"leave-event", 1, NULL, OPT_LEAVE}, {"label", 1, NULL, OPT_LABEL},
        {"verbose", 0, NULL, OPT_VERBOSE}, {"transport", 1, NULL, OPT_TRANSPORT}, {"auth-file", 1, NULL, OPT_AUTHFILE}, {"ws-header", 1, NULL, OPT_WSHDR}, {"connect-timeout", 1, NULL, OPT_CTO}, {"origin", 1, NULL, OPT_ORIGIN}, {"spin", 0, NULL, OPT_SPIN}, {"any-order", 0, NULL, OPT_ANY}, {NULL, 0, NULL, 0}};
    int o;
    while ((o = getopt_long(argc, argv, "", L, NULL)) != -1) switch (o) {
        case OPT_HOST: C.host = optarg; break;
        case OPT_PORT: C.port = atoi(optarg); break;
        case OPT_PATH: C.path = optarg; break;
        case OPT_QUERY: C.query = optarg; break;
        case OPT_NS: C.ns = optarg; break;
        case OPT_AUTH: C.auth = optarg; break;
        case OPT_TRANSPORT:
            C.polling = !strcmp(optarg, "polling");
            if (!C.polling && strcmp(optarg, "websocket")) usage();
            break;
        case OPT_AUTHFILE: {
            FILE *f = fopen(optarg, "r");
            if (!f) die("%s: %s", optarg, strerror(errno));
            char *line = NULL;
            size_t cap = 0;
            for (ssize_t n; (n = getline(&line, &cap, f)) > 0;) {
                if (line[n - 1] == '\n') line[n - 1] = 0;
                C.auths = xrealloc(C.auths, (C.nauths + 1) * sizeof *C.auths);
                C.auths[C.nauths++] = strdup(line);
            }
            free(line);
            fclose(f);
            break;
        }
        case OPT_CONNS: C.conns = atoi(optarg); break;
        case OPT_ROOMS: C.rooms = atoi(optarg); break;
        case OPT_RPFX: C.room_prefix = optarg; break;
        case OPT_JOIN: {
            char *s = strdup(optarg), *t;
            for (t = strtok(s, ","); t && C.njoin < 8; t = strtok(NULL, ",")) C.join[C.njoin++] = t;
            break;
        }
        case OPT_JARG: C.join_arg = optarg; break;
        case OPT_JNOACK: C.join_ack = false; break;
        case OPT_EVENT: C.event = optarg; break;
        case OPT_ECHOEV: C.echo_event = optarg; break;
        case OPT_MODE:
            C.mode = -1;
            for (int i = 0; i < 5; i++) if (!strcmp(optarg, MODES[i])) C.mode = i;
            if (C.mode < 0) usage();
            break;
        case OPT_DUR: C.duration = atof(optarg); break;
        case OPT_RATE: C.rate = atof(optarg); break;
        case OPT_PAYLOAD: C.payload = (size_t)atol(optarg); break;
        case OPT_EPATH: C.emit_path = optarg; break;
        case OPT_EPORT: C.emit_port = atoi(optarg); break;
        case OPT_ECONNS: C.emit_conns = atoi(optarg); break;
        case OPT_EBODY: {
            FILE *f = fopen(optarg, "r");
            if (!f) die("%s: %s", optarg, strerror(errno));
            char t[4096];
            size_t n;
            while ((n = fread(t, 1, sizeof t, f))) b_add(&C.emit_body, t, n);
            fclose(f);
            while (C.emit_body.len && isspace((unsigned char)C.emit_body.p[C.emit_body.len - 1])) C.emit_body.len--;
            C.have_body = true;
            break;
        }
        case OPT_EHDR: add_header(&C.emit_headers, optarg); break;
        case OPT_WSHDR: add_header(&C.ws_headers, optarg); break;
        case OPT_SECRET: C.hub_secret = optarg; break;
        case OPT_PID: {
            char *s = strdup(optarg), *t;
            for (t = strtok(s, ","); t && C.npids < 64; t = strtok(NULL, ",")) C.pids[C.npids++] = atoi(t);
            break;
        }
        case OPT_CPU: C.server_cpu = atoi(optarg); break;
        case OPT_CONC: C.conc = atoi(optarg); break;
        case OPT_WINDOW: C.window = atoi(optarg); break;
        case OPT_ACTIVE: C.active = atoi(optarg); break;
        case OPT_WARM: C.warmup = atof(optarg); break;
        case OPT_SETTLE: C.settle = atof(optarg); break;
        case OPT_DRAIN: C.drain = atof(optarg); break;
        case OPT_CHURN: C.churn = true; break;
        case OPT_LEAVE: C.leave = optarg; break;
        case OPT_LABEL: C.label = optarg; break;
        case OPT_VERBOSE: C.verbose = true; break;
        case OPT_CTO: C.connect_timeout = atof(optarg); break;
        case OPT_ORIGIN: C.origin = optarg; break;
        case OPT_SPIN: C.spin = true; break;
        case OPT_ANY: C.any_order = true; break;
        default: usage();
    }
    if (optind != argc || C.rooms < 1 || C.conns < 0 || C.window < 1 || C.emit_conns < 1) usage();
    if (!C.emit_port) C.emit_port = C.port;
    if (!C.query) C.query = C.polling ? "EIO=4&transport=polling" : "EIO=4&transport=websocket";
    if (C.mode == M_BROADCAST && C.emit_conns > C.rooms && !C.any_order) C.emit_conns = C.rooms;   // one connection per room keeps a room's order
    if (C.active <= 0 || C.active > C.conns) C.active = C.conns;
    if (C.mode == M_ECHO && !C.conns) usage();
    if (strcmp(C.ns, "/")) snprintf(ns_prefix, sizeof ns_prefix, "%s%s,", C.ns[0] == '/' ? "" : "/", C.ns);

    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_TIMERSLACK, 1000UL);
    clk_tck = sysconf(_SC_CLK_TCK);
    rng_state = (now_ns() * 2654435761u ^ (uint64_t)getpid() << 32) | 1;
    for (int i = 0; i < 8; i++) rng();
    run_tag = (uint32_t)(rng() >> 24) & 0xffff;
    put_hex(run_hex, run_tag, 4);
    struct rlimit rl;
    getrlimit(RLIMIT_NOFILE, &rl);
    rlim_t files = (rlim_t)C.conns * (C.polling ? 2 : 1) + 100;
    if (rl.rlim_cur < files) {
        rl.rlim_cur = files;
        if (rl.rlim_cur > rl.rlim_max) rl.rlim_cur = rl.rlim_max;
        setrlimit(RLIMIT_NOFILE, &rl);
    }
    if (C.hub_secret) hmac_init(C.hub_secret);

    struct addrinfo hint = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *ai;
    if (getaddrinfo(C.host, NULL, &hint, &ai)) die("cannot resolve %s", C.host);
    ws_addr = emit_addr = *(struct sockaddr_in *)ai->ai_addr;
    ws_addr.sin_port = htons((uint16_t)C.port);
    emit_addr.sin_port = htons((uint16_t)C.emit_port);

    const char *def = "{\"room\":\"{{ROOM}}\",\"m\":\"{{LT}}\",\"pad\":\"{{PAD}}\"}";
    if (C.have_body) t_parse(&t_body, C.emit_body.p, C.emit_body.len);
    else t_parse(&t_body, def, strlen(def));
    t_fit(&t_body, C.payload);
    t_parse(&t_epath, C.emit_path, strlen(C.emit_path));
    t_parse(&t_echo, def, strlen(def));
    t_fit(&t_echo, C.payload);
    t_parse(&t_join, C.join_arg, strlen(C.join_arg));
    if (C.auth) t_parse(&t_auth, C.auth, strlen(C.auth));

    conns = calloc((size_t)C.conns + 1, sizeof *conns);
    again = calloc((size_t)C.conns + 1, sizeof *again);
    hconns = calloc((size_t)C.emit_conns, sizeof *hconns);
    hidle = calloc((size_t)C.emit_conns, sizeof *hidle);
    room_last = calloc((size_t)C.rooms, sizeof *room_last);
    room_members = calloc((size_t)C.rooms, sizeof *room_members);
    rbuf = malloc(RBUF);
    ep = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < C.conns; i++) conns[i] = (conn){.fd = -1, .idx = (uint32_t)i, .room = (uint32_t)(i % C.rooms)};
    for (int i = C.emit_conns - 1; i >= 0; i--) { hconns[i] = (hconn){.fd = -1, .id = (uint32_t)i}; h_idle(&hconns[i]); }

    probe p0 = take_probe(), p1 = p0, p2 = p0, p3 = p0, p4 = p0;
    uint64_t t_conn0 = now_ns(), t_phase = t_conn0, t_last_ready = t_conn0;
    uint64_t churn0 = 0;
    uint64_t conn_n = 0;
    static hist h_initial;
    phase = P_CONNECT;
    static struct epoll_event evs[1024];

    while (phase != P_END) {
        uint64_t now = now_ns();
        recv_now = now;
        switch (phase) {
        case P_CONNECT: {
            while (next_conn < C.conns && pending_conn < C.conc) conn_start(&conns[next_conn++]);
            bool late = now - t_conn0 > (uint64_t)(C.connect_timeout * 1e9);
            if ((next_conn == C.conns && pending_conn == 0) || late) {
                if (late)
                    for (int i = 0; i < C.conns; i++) if (conns[i].state > S_NONE && conns[i].state < S_READY) { N.conn_timeouts++; conn_close(&conns[i], true); }
                t_last_ready = now;
                conn_n = N.connected;
                h_initial = h_connect;
                memset(&h_connect, 0, sizeof h_connect);
                p1 = take_probe();
                phase = P_SETTLE;
                t_phase = now;
                if (C.verbose) fprintf(stderr, "connected %d of %d\n", ready_conn, C.conns);
            }
            break;
        }
        case P_SETTLE:
            if (now - t_phase >= (uint64_t)(C.settle * 1e9)) {
                p2 = take_probe();
                if (C.mode == M_CONNECT && !C.churn) { p3 = p4 = p2; t_measure = t_measure_end = now; phase = P_END; break; }
                if (C.conns && !ready_conn) { phase = P_END; p3 = p4 = p2; break; }
                phase = P_WARM;
                t_phase = now;
                emitting = true;
                t_progress = now;
                if (C.rate > 0) { interval = 1e9 / C.rate; next_due = now; }
                if (C.mode == M_ECHO && C.rate <= 0)
                    for (int i = 0; i < C.active; i++) if (conns[i].state == S_READY) echo_send(&conns[i], now_ns());
                if (C.mode == M_CONNECT)
                    for (int i = 0; i < C.conns && i < C.conc; i++)
                        if (conns[i].state == S_READY) { conn_close(&conns[i], false); conn_start(&conns[i]); }
            }
            break;
        case P_WARM:
            if (now - t_phase >= (uint64_t)(C.warmup * 1e9)) {
                phase = P_MEASURE;
                p3 = take_probe();
                t_measure = now_ns();
                measuring = true;
                churn0 = N.connected;
                N.recvs = 0;
                N.emitted = N.http_ok = 0;
                memset(&h_connect, 0, sizeof h_connect);
            }
            break;
        case P_MEASURE:
            if (now - t_measure >= (uint64_t)(C.duration * 1e9)) {
                t_measure_end = now_ns();
                p4 = take_probe();
                measuring = emitting = false;
                phase = P_DRAIN;
                t_phase = now;
            }
            break;
        case P_DRAIN:
            if (inflight == 0 || now - t_phase > (uint64_t)(C.drain * 1e9) || C.mode == M_CONNECT || C.mode == M_IDLE) phase = P_END;
            break;
        }
        if (phase == P_END) break;
        pump(now);
        // a message that never arrives must not hold the closed loop for ever
        if (emitting && C.rate <= 0 && inflight && (C.mode == M_BROADCAST || C.mode == M_ECHO) && now - t_progress > 3000000000ull) {
            N.stalled++;
            t_progress = now;
            inflight = 0;
            for (uint32_t i = nemits > 4096 ? nemits - 4096 : 0; i < nemits; i++) emits[i].done = true;
            if (C.mode == M_ECHO)
                for (int i = 0; i < C.active; i++) if (conns[i].state == S_READY) echo_send(&conns[i], now_ns());
        }
        struct timespec to = {.tv_nsec = 20000000};
        if (C.rate > 0 && emitting && next_due > 0) {
            uint64_t n2 = now_ns(), d = next_due > n2 ? next_due - n2 : 0;
            if (d < 20000000) to.tv_nsec = (long)d;
        }
        bool spin = C.spin && C.mode != M_IDLE && phase != P_SETTLE;
        if (spin) to = (struct timespec){0};
        uint64_t w0 = now_ns();
        int n = epoll_pwait2(ep, evs, 1024, &to, NULL);
        if (n < 0 && errno != EINTR) die("epoll_wait: %s", strerror(errno));
        recv_now = now_ns();
        if (n <= 0) idle_ns += recv_now - w0;
        else if (!spin && recv_now - w0 > 5000) idle_ns += recv_now - w0 - 2000;     // it slept; about 2 us of that is work
        for (int i = 0; i < n; i++) {
            uint64_t d = evs[i].data.u64;
            if (d & TAG_POST) post_io(&conns[d & 0xffffffff], evs[i].events);
            else if (d & TAG_HTTP) { h_io(&hconns[d & 0xffffffff], evs[i].events); pump(recv_now); }
            else conn_io(&conns[d], evs[i].events);
        }
        while (nagain) conn_start(&conns[again[--nagain]]);
    }

    // what was emitted (answered or not) but has not reached every member it should have
    uint64_t lost = 0;
    if (C.mode == M_BROADCAST) for (uint32_t i = 0; i < nemits; i++) lost += emits[i].remaining;
    double dt = (double)(t_measure_end - t_measure) / 1e9, ct = (double)(t_last_ready - t_conn0) / 1e9;
    double cpu = p4.cpu_s - p3.cpu_s, core = p4.core_s - p3.core_s, self = p4.self_s - p3.self_s;
    uint64_t units = C.mode == M_ECHO ? N.echoes : C.mode == M_INGEST ? N.http_ok : N.delivered;
    if (C.mode == M_CONNECT && C.churn) units = N.connected - churn0;
    FILE *f = stdout;
    fprintf(f, "{\"label\":\"%s\",\"mode\":\"%s\",\"transport\":\"%s\",\"conns\":%d,\"rooms\":%d,\"window\":%d,\"rate\":%g,\"payload_bytes\":%zu,\"emit_conns\":%d,\"duration_s\":%.3f",
            C.label ? C.label : "", MODES[C.mode], C.polling ? "polling" : "websocket", C.conns, C.rooms, C.window, C.rate, C.payload, C.emit_conns, dt);
    fprintf(f, ",\"connected\":%" PRIu64 ",\"connect_s\":%.3f,\"connect_per_s\":%.1f", conn_n, ct, ct > 0 ? (double)conn_n / ct : 0);
    if (ct > 0) fprintf(f, ",\"connect_generator_busy_pct\":%.1f", 100 - (p1.idle_s - p0.idle_s) / ct * 100);
    h_json(f, "connect_us", &h_initial);
    if (C.npids) {
        fprintf(f, ",\"server_cpu_us_per_connect\":%.1f", conn_n ? (p1.cpu_s - p0.cpu_s) * 1e6 / (double)conn_n : 0);
        fprintf(f, ",\"server_rss_kib\":{\"start\":%" PRIu64 ",\"connected\":%" PRIu64 ",\"settled\":%" PRIu64 ",\"end\":%" PRIu64 ",\"peak\":%" PRIu64 "}", p0.rss_kb,
                p1.rss_kb, p2.rss_kb, p4.rss_kb, p4.hwm_kb);
        if (conn_n) fprintf(f, ",\"server_rss_kib_per_conn\":%.2f", ((double)p2.rss_kb - (double)p0.rss_kb) / (double)conn_n);
    }
    if (C.mode == M_CONNECT && C.churn) {
        fprintf(f, ",\"churned\":%" PRIu64 ",\"left\":%" PRIu64 ",\"churn_per_s\":%.1f", units, N.left, dt > 0 ? (double)units / dt : 0);
        h_json(f, "churn_us", &h_connect);
    }
    if (C.mode == M_BROADCAST || C.mode == M_INGEST) {
        fprintf(f, ",\"http_ok\":%" PRIu64 ",\"http_per_s\":%.1f", N.http_ok, dt > 0 ? (double)N.http_ok / dt : 0);
        h_json(f, "http_us", &h_http);
    }
    if (C.mode == M_BROADCAST || (C.mode == M_INGEST && C.conns)) {
        fprintf(f, ",\"delivered\":%" PRIu64 ",\"delivered_per_s\":%.1f,\"mb_per_s\":%.2f", N.delivered, dt > 0 ? (double)N.delivered / dt : 0,
                dt > 0 ? (double)N.bytes / dt / 1e6 : 0);
        h_json(f, "latency_us", &h_deliver);
        h_json(f, "fanout_complete_us", &h_complete);
        fprintf(f, ",\"msgs_per_recv\":%.2f", N.recvs ? (double)(N.delivered) / (double)N.recvs : 0);
    }
    if (C.mode == M_ECHO) {
        fprintf(f, ",\"echoes\":%" PRIu64 ",\"echoes_per_s\":%.1f", N.echoes, dt > 0 ? (double)N.echoes / dt : 0);
        h_json(f, "latency_us", &h_echo);
    }
    if (C.npids && C.mode != M_IDLE && units)
        fprintf(f, ",\"server_cpu_us_per_unit\":%.3f,\"server_user_us_per_unit\":%.3f,\"server_kernel_us_per_unit\":%.3f", cpu * 1e6 / (double)units,
                (p4.user_s - p3.user_s) * 1e6 / (double)units, (cpu - (p4.user_s - p3.user_s)) * 1e6 / (double)units);
    if (C.server_cpu >= 0 && C.mode != M_IDLE && units) fprintf(f, ",\"core_busy_us_per_unit\":%.3f", core * 1e6 / (double)units);
    if (dt > 0) {
        if (C.npids) fprintf(f, ",\"server_cpu_pct\":%.1f", cpu / dt * 100);
        if (C.server_cpu >= 0) fprintf(f, ",\"server_core_busy_pct\":%.1f", core / dt * 100);
        fprintf(f, ",\"generator_cpu_pct\":%.1f,\"generator_busy_pct\":%.1f", self / dt * 100, 100 - (p4.idle_s - p3.idle_s) / dt * 100);
    }
    fprintf(f, ",\"pings_answered\":%" PRIu64 ",\"other_events\":%" PRIu64, N.pings, N.other_events);
    uint64_t errors = N.failed + N.disconnected + N.http_err + N.misrouted + N.duplicate + N.reordered + N.gaps + N.alien + N.proto_err + N.stalled + lost;
    fprintf(f,
            ",\"errors\":%" PRIu64 ",\"error_detail\":{\"connect_failed\":%" PRIu64 ",\"connect_timeout\":%" PRIu64 ",\"disconnected\":%" PRIu64
            ",\"http\":%" PRIu64 ",\"http_reconnects\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"gaps\":%" PRIu64 ",\"reordered\":%" PRIu64 ",\"duplicate\":%" PRIu64
            ",\"misrouted\":%" PRIu64 ",\"alien\":%" PRIu64 ",\"protocol\":%" PRIu64 ",\"stalls\":%" PRIu64 "},\"first_error\":\"%s\"}\n",
            errors, N.failed, N.conn_timeouts, N.disconnected, N.http_err, N.reconnects, lost, N.gaps, N.reordered, N.duplicate, N.misrouted, N.alien,
            N.proto_err, N.stalled, first_error);
    return errors ? 1 : 0;
}
