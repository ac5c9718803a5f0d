import HubConfig

/// Plugins as the golden cases know them.
enum TestCatalogue {
  static let all = FixedCatalogue([metaCloud, socketio, stats, tree, both, refused, unchecked, lab])

  static let metaCloud = PluginInfo(
    name: "meta-cloud", kind: .channel, version: "1.0.0",
    schema: """
      { "type": "object", "additionalProperties": false, "required": ["path", "verify_token"], "properties": {
          "path": { "type": "string", "format": "http-path", "x-hub-claim": "http-path" },
          "verify_token": { "type": "string", "format": "secret" },
          "app_secret": { "anyOf": [{ "$ref": "#/$defs/secret" }, { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/secret" } }] },
          "access_token": { "type": "string", "format": "secret" },
          "graph_url": { "type": "string", "format": "uri", "default": "https://graph.facebook.com/v23.0" },
          "signature": { "enum": ["on", "off", true, false], "default": "on" } },
        "x-hub-account": { "type": "object", "additionalProperties": false, "properties": {
          "phone": { "type": ["string", "integer"] }, "token": { "type": "string", "format": "secret" } } },
        "$defs": { "secret": { "type": "string", "format": "secret" } } }
      """)

  static let socketio = PluginInfo(
    name: "socketio", kind: .sink, version: "1.0.0",
    schema: """
      { "type": "object", "additionalProperties": false, "required": ["namespace"], "properties": {
          "namespace": { "type": "string", "format": "namespace", "x-hub-claim": "namespace" },
          "dialect": { "type": "string", "enum": ["inbox", "canonical"], "default": "inbox" } } }
      """)

  static let stats = PluginInfo(
    name: "stats", kind: .sink, version: "1.0.0",
    schema: """
      { "type": "object", "additionalProperties": false, "properties": {
          "path": { "type": "string", "format": "http-path", "default": "/api/socket/stats", "x-hub-claim": "http-path" } } }
      """)

  static let tree = PluginInfo(
    name: "tree", kind: .sink, version: "1.0.0",
    schema: """
      { "type": "object", "x-hub-max-body": 33554432, "properties": {
          "root": { "type": "string", "format": "http-path", "x-hub-claim": "http-tree" } } }
      """)

  /// Its path is claimed where it is open only.
  static let both = PluginInfo(
    name: "both", kind: .sink, version: "1.0.0",
    schema: """
      { "type": "object", "additionalProperties": false, "required": ["mode"], "properties": {
          "mode": { "enum": ["push", "pull"] },
          "url": { "type": "string", "format": "uri", "pattern": "^https?://", "description": "Where it is pulled from: http or https." },
          "path": { "type": "string", "format": "http-path", "default": "/push" },
          "key": { "type": "string", "minLength": 2 } },
        "if": { "required": ["mode"], "properties": { "mode": { "const": "pull" } } },
        "then": { "required": ["url"],
          "if": { "anyOf": [{ "required": ["key"] }, { "required": ["path"] }] },
          "then": { "properties": { "path": { "x-hub-claim": "http-path" } } } },
        "else": { "properties": { "path": { "x-hub-claim": "http-path" } },
          "if": { "required": ["mode"] }, "then": { "required": ["key"] } } }
      """)

  static let refused = PluginInfo(
    name: "refused", kind: .sink, version: "", schema: "{}", error: "librefused.so: others may write to it; chmod 755 librefused.so")

  static let unchecked = PluginInfo(
    name: "unchecked", kind: .sink, version: "1.0.0",
    schema: """
      { "type": "object", "properties": { "a": { "allOf": [{}] }, "b": { "$ref": "#/$defs/none" }, "c": { "format": "ipv7" },
          "d": { "if": { "required": ["x"], "minLength": 2 }, "then": false } } }
      """)

  /// Every keyword there is.
  static let lab = PluginInfo(
    name: "lab", kind: .sink, version: "1.0.0",
    schema: """
      { "type": "object", "additionalProperties": false, "properties": {
          "flag": { "type": "boolean", "default": true },
          "count": { "type": "integer", "minimum": 1, "maximum": 10 },
          "share": { "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 },
          "word": { "enum": ["red", "green", "blue"] },
          "fixed": { "const": "always" },
          "code": { "type": "string", "pattern": "^[A-Z]{3}$" },
          "short": { "type": "string", "minLength": 2, "maxLength": 4 },
          "list": { "type": "array", "items": { "type": "integer" }, "minItems": 2, "maxItems": 3, "uniqueItems": true },
          "either": { "oneOf": [{ "type": "integer" }, { "type": "object", "required": ["size"], "additionalProperties": false,
            "properties": { "size": { "type": "string", "format": "size" } } }] },
          "wait": { "type": "string", "format": "duration" },
          "url": { "type": "string", "format": "uri" },
          "nothing": { "type": ["null", "string"] },
          "inner": { "type": "object", "required": ["name"], "properties": { "name": { "type": "string" }, "level": { "type": "integer", "default": 3 } },
            "additionalProperties": { "type": "boolean" } } } }
      """)
}
