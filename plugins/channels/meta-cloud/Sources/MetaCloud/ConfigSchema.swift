/// The JSON Schema of the adapter's `config`, from which lint, documentation and defaults derive.
enum ConfigSchema {
  static let text = """
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": "meta-cloud: WhatsApp through Meta's Cloud API",
      "x-hub-provider": "meta", "x-hub-rate": 80,
      "type": "object",
      "additionalProperties": false,
      "required": ["path", "verify_token"],
      "properties": {
        "path": {
          "description": "Path of the callback URL, as entered in Meta's app dashboard.",
          "type": "string", "format": "http-path", "x-hub-claim": "http-path"
        },
        "verify_token": {
          "description": "The verify token of the callback URL, or a list when several apps point here.",
          "anyOf": [{ "$ref": "#/$defs/secret" }, { "$ref": "#/$defs/secrets" }]
        },
        "app_secret": {
          "description": "The app secret that signs deliveries, or a list: several apps, or the old and the new one during rotation.",
          "anyOf": [{ "$ref": "#/$defs/secret" }, { "$ref": "#/$defs/secrets" }]
        },
        "access_token": {
          "description": "Token for the Graph API: for sending, and for fetching media. Without it the channel only receives.",
          "type": "string", "format": "secret"
        },
        "graph_url": {
          "description": "Graph API with its version: an address of https, or of http for trials.",
          "type": "string", "format": "uri", "pattern": "^https?://", "default": "https://graph.facebook.com/v23.0"
        },
        "media_hosts": {
          "description": "Hosts that files are fetched from, with the access token: names, or *. and the end of one.",
          "type": "array", "items": { "type": "string", "minLength": 1 }, "maxItems": 32,
          "default": ["lookaside.fbsbx.com", "*.fbcdn.net", "*.whatsapp.net"]
        },
        "signature": {
          "description": "off: deliveries are taken without a signature. For trials on a loopback listener only.",
          "enum": ["on", "off", true, false], "default": "on"
        }
      },
      "if": { "required": ["signature"], "properties": { "signature": { "enum": ["off", false] } } },
      "else": { "required": ["app_secret"] },
      "x-hub-account": {
        "type": "object",
        "additionalProperties": false,
        "properties": {
          "waba": {
            "description": "Id of the WhatsApp business account the number belongs to. Needed where numbers of several tenants share the hub.",
            "type": ["string", "integer"]
          },
          "phone": { "description": "The number itself, in any spelling.", "type": ["string", "integer"] }
        }
      },
      "$defs": {
        "secret": { "type": "string", "format": "secret", "minLength": 1 },
        "secrets": { "type": "array", "items": { "$ref": "#/$defs/secret" }, "minItems": 1, "maxItems": 8 }
      }
    }
    """
}
