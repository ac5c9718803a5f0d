#include "json.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader { const char *at, *end; int depth; } reader;

static void space(reader *r) { while (r->at < r->end && strchr(" \t\r\n", *r->at) && *r->at) r->at++; }
static int take(reader *r, char c) { space(r); if (r->at < r->end && *r->at == c) { r->at++; return 1; } return 0; }

static int hex4(reader *r, unsigned *value) {
  if (r->end - r->at < 4) return 0;
  *value = 0;
  for (int i = 0; i < 4; i++, r->at++) {
    char c = *r->at;
    unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : (c | 32) >= 'a' && (c | 32) <= 'f' ? (unsigned)((c | 32) - 'a' + 10) : 16;
    if (digit > 15) return 0;
    *value = *value << 4 | digit;
  }
  return 1;
}

static char *put_utf8(char *out, unsigned c) {
  if (c < 0x80) { *out++ = (char)c; return out; }
  if (c < 0x800) { *out++ = (char)(0xC0 | c >> 6); }
  else if (c < 0x10000) { *out++ = (char)(0xE0 | c >> 12); *out++ = (char)(0x80 | (c >> 6 & 63)); }
  else { *out++ = (char)(0xF0 | c >> 18); *out++ = (char)(0x80 | (c >> 12 & 63)); *out++ = (char)(0x80 | (c >> 6 & 63)); }
  *out++ = (char)(0x80 | (c & 63));
  return out;
}

/* A string, unescaped; an escape is never shorter than what it stands for. */
static char *string(reader *r) {
  if (!take(r, '"')) return NULL;
  char *text = malloc((size_t)(r->end - r->at) + 1), *out = text;
  while (text && r->at < r->end && *r->at != '"' && (unsigned char)*r->at >= 0x20) {
    if (*r->at != '\\') { *out++ = *r->at++; continue; }
    if (++r->at == r->end) break;
    char c = *r->at++;
    const char *plain = strchr("\"\"\\\\//b\bf\fn\nr\rt\t", c);
    unsigned unit, low;
    if (c == 'u') {
      if (!hex4(r, &unit)) break;
      if (unit >= 0xD800 && unit < 0xDC00 && r->end - r->at >= 6 && r->at[0] == '\\' && r->at[1] == 'u') {
        r->at += 2;
        if (!hex4(r, &low)) break;
        unit = low >= 0xDC00 && low < 0xE000 ? 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00) : 0xFFFD;
      }
      if (unit == 0 || (unit >= 0xD800 && unit < 0xE000)) unit = 0xFFFD;
      out = put_utf8(out, unit);
    } else if (c && plain && strchr("\"\\/bfnrt", c)) {
      *out++ = plain[1];
    } else break;
  }
  if (!text || r->at == r->end || *r->at != '"') { free(text); return NULL; }
  r->at++;
  *out = 0;
  return text;
}

static int skip(reader *r) {
  if (++r->depth > 64) return 0;
  space(r);
  if (r->at == r->end) return 0;
  int ok = 1;
  if (*r->at == '"') {
    char *text = string(r);
    ok = text != NULL;
    free(text);
  } else if (*r->at == '{' || *r->at == '[') {
    char close = *r->at == '{' ? '}' : ']';
    r->at++;
    if (!take(r, close)) {
      do {
        if (close == '}') {
          space(r);
          char *name = string(r);
          ok = name && take(r, ':');
          free(name);
        }
        ok = ok && skip(r);
      } while (ok && take(r, ','));
      ok = ok && take(r, close);
    }
  } else {
    const char *begin = r->at;
    while (r->at < r->end && *r->at && strchr("+-.0123456789abcdefghijklmnopqrstuvwxyzE", *r->at)) r->at++;
    ok = r->at > begin;
  }
  r->depth--;
  return ok;
}

char *json_string(hub_str object, const char *name) {
  if (!object.ptr) return NULL;
  reader r = {object.ptr, object.ptr + object.len, 0};
  char *found = NULL;
  if (!take(&r, '{')) return NULL;
  if (take(&r, '}')) return NULL;
  do {
    space(&r);
    char *key = string(&r);
    int is_it = key && strcmp(key, name) == 0;
    free(key);
    if (!key || !take(&r, ':')) break;
    space(&r);
    if (is_it && r.at < r.end && *r.at == '"') {
      free(found);
      found = string(&r);
      if (!found) break;
    } else if (!skip(&r)) break;
    if (take(&r, '}')) return found;
  } while (take(&r, ','));
  free(found);
  return NULL;
}

long json_number(hub_str object, const char *name) {
  if (!object.ptr) return 0;
  reader r = {object.ptr, object.ptr + object.len, 0};
  if (!take(&r, '{')) return 0;
  do {
    space(&r);
    char *key = string(&r);
    int is_it = key && strcmp(key, name) == 0;
    free(key);
    if (!key || !take(&r, ':')) return 0;
    space(&r);
    const char *value = r.at;
    if (!skip(&r)) return 0;
    if (!is_it) continue;
    long number = 0;
    for (; value < r.at && r.at - value < 10; value++) {
      if (*value < '0' || *value > '9') return 0;
      number = number * 10 + (*value - '0');
    }
    return value == r.at ? number : 0;
  } while (take(&r, ','));
  return 0;
}

static char *quote(char *out, const char *text) {
  *out++ = '"';
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\') { *out++ = '\\'; *out++ = (char)c; }
    else if (c < 0x20) out += sprintf(out, "\\u%04x", c);
    else *out++ = (char)c;
  }
  *out++ = '"';
  return out;
}

char *json_event(const char *from, const char *text, const char *id) {
  char *body = malloc(6 * (strlen(from) + strlen(text) + strlen(id)) + 256), *out = body;
  if (!body) return NULL;
  out += sprintf(out, "{\"contact\":{\"phone\":");
  out = quote(out, from);
  out += sprintf(out, "},\"message\":{\"providerMessageId\":");
  out = quote(out, id);
  out += sprintf(out, ",\"direction\":\"inbound\",\"type\":\"text\",\"text\":");
  out = quote(out, text);
  out += sprintf(out, "}}");
  return body;
}
