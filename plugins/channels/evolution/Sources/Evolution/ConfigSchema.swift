/// The JSON Schema of the adapter's `config`, from which lint, documentation and defaults derive.
enum ConfigSchema {
  static let text = """
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": "evolution: WhatsApp through Evolution API v2",
      "x-hub-provider": "evolution",
      "x-hub-max-body": 33554432,
      "type": "object",
      "additionalProperties": false,
      "required": ["mode"],
      "properties": {
        "mode": {
          "description": "How events come. instance: by the server's socket, from a namespace for each instance. global: by the socket, those of all instances together (WEBSOCKET_GLOBAL_EVENTS). webhook: the server calls. A webhook_secret opens the webhook beside a socket too.",
          "enum": ["webhook", "instance", "global"]
        },
        "url": {
          "description": "The server's address: http or https, without user, query and fragment. Without it nothing can be sent, and no socket opened.",
          "type": "string", "format": "uri", "pattern": "(?i)^https?://[^/?#@]+(/[^?#@]*)?$"
        },
        "api_key": {
          "description": "The server's global key. An account's own api_key, the instance's token, goes before it.",
          "type": "string", "format": "secret"
        },
        "api_key_in": {
          "description": "Where the socket's key goes: query is for proxies that pass no unknown header on, and leaves the key in their logs.",
          "enum": ["header", "query"], "default": "header"
        },
        "ca_file": {
          "description": "A PEM file with the certificate of a private authority, believed of this server alone; none: those of the system.",
          "type": "string", "minLength": 1
        },
        "max_event": {
          "description": "The largest event of the socket. A larger one is skipped and counted, and the connection stays.",
          "type": "string", "format": "size", "default": "64MiB"
        },
        "catch_up": {
          "description": "How long ago what was missed may be to be asked for in the server's database when the connection, or the hub, comes back; 0s: not at all.",
          "type": "string", "format": "duration", "default": "7d"
        },
        "silence": {
          "description": "After how long an instance that says nothing is asked for its state and for what it may have missed to say; 0s: never.",
          "type": "string", "format": "duration", "default": "10m"
        },
        "pace": {
          "description": "How many messages of an instance are sent in a second, give or take a quarter; 0: any number. WhatsApp bans accounts that write in bulk.",
          "type": "number", "minimum": 0, "maximum": 100, "default": 1
        },
        "link_previews": {
          "description": "Whether a message that asks for it (previewUrl) shows a preview of its link. The server fetches the address from where it stands; off: never.",
          "enum": ["on", "off", true, false], "default": "on"
        },
        "webhook_path": {
          "description": "Path of the webhook's URL. One more segment is taken too: the server appends the event when byEvents is on.",
          "type": "string", "format": "http-path", "default": "/api/whatsapp/webhook"
        },
        "webhook_secret": {
          "description": "What deliveries prove themselves with, or a list during rotation: the jwt_key of the webhook's headers, or the value of webhook_header.",
          "anyOf": [{ "$ref": "#/$defs/secret" }, { "$ref": "#/$defs/secrets" }]
        },
        "webhook_header": {
          "description": "The header that carries the secret itself, for webhooks without jwt_key.",
          "type": "string", "pattern": "^[A-Za-z0-9-]{1,64}$", "default": "X-Webhook-Secret"
        },
        "webhook_query": {
          "description": "The parameter of the URL that carries the secret, for the server's global webhook, which sends no headers. Off unless named.",
          "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"
        },
        "signature": {
          "description": "off: deliveries are taken from anybody. For trials on a loopback listener only.",
          "enum": ["on", "off", true, false], "default": "on"
        }
      },
      "if": { "required": ["mode"], "properties": { "mode": { "enum": ["instance", "global"] } } },
      "then": {
        "required": ["url"],
        "if": { "anyOf": [{ "required": ["webhook_secret"] }, { "required": ["signature"], "properties": { "signature": { "enum": ["off", false] } } }] },
        "then": { "properties": { "webhook_path": { "x-hub-claim": "http-tree" } } }
      },
      "else": {
        "properties": { "webhook_path": { "x-hub-claim": "http-tree" } },
        "if": { "required": ["signature"], "properties": { "signature": { "enum": ["off", false] } } },
        "else": {
          "if": { "required": ["mode"] },
          "then": { "required": ["webhook_secret"] }
        }
      },
      "x-hub-account": {
        "type": "object",
        "additionalProperties": false,
        "properties": {
          "api_key": { "description": "The instance's token.", "type": "string", "format": "secret" }
        }
      },
      "$defs": {
        "secret": { "type": "string", "format": "secret", "minLength": 1 },
        "secrets": { "type": "array", "items": { "$ref": "#/$defs/secret" }, "minItems": 1, "maxItems": 8 }
      }
    }
    """
}
