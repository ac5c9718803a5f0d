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
          "description": "How events come. This version takes webhook; instance and global come with hub.upstream-socket/1.",
          "enum": ["webhook", "instance", "global"]
        },
        "url": {
          "description": "The server's address. Used for sending, which this version does not do yet.",
          "type": "string", "format": "uri"
        },
        "api_key": {
          "description": "The server's global key. Used for sending, which this version does not do yet.",
          "type": "string", "format": "secret"
        },
        "webhook_path": {
          "description": "Path of the webhook's URL. One more segment is taken too: the server appends the event when byEvents is on.",
          "type": "string", "format": "http-path", "default": "/api/whatsapp/webhook", "x-hub-claim": "http-tree"
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
      "x-hub-account": { "type": "object", "additionalProperties": false, "properties": {} },
      "$defs": {
        "secret": { "type": "string", "format": "secret", "minLength": 1 },
        "secrets": { "type": "array", "items": { "$ref": "#/$defs/secret" }, "minItems": 1, "maxItems": 8 }
      }
    }
    """
}
