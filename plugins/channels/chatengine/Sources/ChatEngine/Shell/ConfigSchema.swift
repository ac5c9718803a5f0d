/// The JSON Schema of the adapter's `config`, from which lint, documentation and defaults derive.
enum ConfigSchema {
  /// What a text with places may be, as a pattern: `{{` begins a place, and a place has one of the names.
  private static func text(_ names: Set<String> = SendTemplate.names) -> String {
    "([^{]|[{](?![{])|[{][{] *(\(names.sorted().joined(separator: "|"))) *[}][}])*"
  }

  static let text = """
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": "chatengine: conversations of a ChatEngine server",
      "x-hub-provider": "chatengine",
      "type": "object",
      "additionalProperties": false,
      "required": ["url"],
      "properties": {
        "url": {
          "description": "The server's address: http or https, host and port, and no path. The connection is ws or wss accordingly.",
          "type": "string", "format": "uri", "pattern": "(?i)^https?://[^/?#@]+/*$"
        },
        "path": {
          "description": "The Engine.IO path at the server; no namespace.",
          "type": "string", "pattern": "^/", "default": "/api/ws"
        },
        "subscribe": {
          "description": "onDemand: the conversations that a frontend has open, and for 60 s after; all: every one that the server names; list: those of the accounts' conversations.",
          "enum": ["onDemand", "all", "list"], "default": "onDemand"
        },
        "subscribe_limit": {
          "description": "How many conversations of a workspace are subscribed at most; the one used longest ago gives way.",
          "type": "integer", "minimum": 1, "maximum": 100000, "default": 5000
        },
        "ca_file": {
          "description": "PEM file of a private certificate authority, for wss, and for sending where that goes to the same host.",
          "type": "string", "minLength": 1
        },
        "send": {
          "description": "The request that sends a message. Without it this channel does not send.",
          "type": "object", "additionalProperties": false, "required": ["url", "body"],
          "properties": {
            "method": { "description": "The method.", "enum": ["POST", "PUT", "PATCH"], "default": "POST" },
            "url": {
              "description": "The address: http or https, host and port without places, a path; {{workspaceId}} and the like are percent-encoded.",
              "type": "string", "format": "uri", "pattern": "^https?://[^/{]+/\(text())$"
            },
            "headers": {
              "description": "Header fields. A value may be a secret, or end in {{token}}: the workspace's token.",
              "type": "object", "additionalProperties": { "anyOf": [{ "type": "string", "format": "secret" }, { "$ref": "#/$defs/field" }] }
            },
            "body": {
              "description": "The JSON body, as text or as an object; places such as {{content}} stand within its strings.",
              "anyOf": [{ "$ref": "#/$defs/text" }, { "$ref": "#/$defs/object" }]
            },
            "id": { "description": "Where in the answer the message's id is: names and numbers with dots between.", "type": "string", "pattern": "^[^.]+([.][^.]+)*$", "default": "id" },
            "idempotent": { "description": "Whether the server takes the same {{reference}} once only, so that a lost answer may be followed by another try.", "type": "boolean", "default": false },
            "timeout": { "description": "How long an answer is awaited.", "type": "string", "format": "duration", "default": "30s" }
          }
        }
      },
      "x-hub-account": {
        "type": "object", "additionalProperties": false, "required": ["token"],
        "properties": {
          "token": { "description": "The workspace's JWT. It is read again before every attempt to connect.", "type": "string", "format": "secret", "minLength": 1 },
          "conversations": { "description": "What is subscribed with subscribe: list.", "type": "array", "items": { "type": "string", "minLength": 1 }, "uniqueItems": true, "maxItems": 100000 },
          "own_senders": { "description": "Senders that are never the contact: their messages are outbound whatever else is known.", "type": "array", "items": { "type": "string", "minLength": 1 } },
          "user": { "description": "The hub's own user at the server, where the token does not say it in the claim sub.", "type": "string", "minLength": 1 }
        }
      },
      "$defs": {
        "field": { "type": "string", "pattern": "^\(text(SendTemplate.headerNames))$" },
        "text": { "type": "string", "pattern": "^\(text(SendTemplate.names.union([SendTemplate.bytes])))$" },
        "object": { "type": "object", "additionalProperties": { "$ref": "#/$defs/value" } },
        "value": {
          "anyOf": [
            { "type": ["null", "boolean", "number"] }, { "$ref": "#/$defs/text" }, { "$ref": "#/$defs/object" },
            { "type": "array", "items": { "$ref": "#/$defs/value" } }
          ]
        }
      }
    }
    """
}
