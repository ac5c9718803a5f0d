import HubModel

/// One node of a YAML document, with the place it was written at.
struct ConfigNode: Sendable {
  enum Content: Sendable {
    case scalar(ConfigScalar)
    case mapping([ConfigEntry])
    case sequence([ConfigNode])
    /// Something that was already reported; whoever meets it stays silent.
    case invalid
  }

  var place: Diagnostic.Place
  var content: Content

  var entries: [ConfigEntry]? {
    if case .mapping(let entries) = content { entries } else { nil }
  }

  var scalar: ConfigScalar? {
    if case .scalar(let scalar) = content { scalar } else { nil }
  }

  var isNull: Bool { scalar?.isNull ?? false }

  var isInvalid: Bool {
    if case .invalid = content { true } else { false }
  }

  /// What a reader would call it, for "expected …, found …".
  var kindName: String {
    switch content {
    case .scalar(let scalar): scalar.isNull ? "nothing" : quoted(scalar.text)
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .invalid: "an error"
    }
  }

  func value(of key: String) -> ConfigNode? { entries?.first { $0.key == key }?.value }
}

/// A key of a mapping with its value. Keys are plain text: numeric-looking ones (phone numbers) stay as they were written.
struct ConfigEntry: Sendable {
  var key: String
  var keyPlace: Diagnostic.Place
  var value: ConfigNode
}

/// A scalar's text, and what decides whether it may be a number, a boolean or null.
struct ConfigScalar: Sendable {
  var text: String
  /// Written without quotes, or substituted (a variable within a flow needs quotes): only then it may be something else than a string.
  var isPlain: Bool
  /// Environment variables whose values went into `text`.
  var variables: [String] = []

  /// Null as in the core schema of YAML 1.2; an empty substitution is an empty string instead.
  var isNull: Bool { isPlain && variables.isEmpty && ["", "~", "null", "Null", "NULL"].contains(text) }

  /// The boolean that a word of YAML 1.1, or a quoted one, was meant to be; for hints.
  var meantBool: Bool? {
    switch text.lowercased() {
    case "yes", "on", "y", "true": true
    case "no", "off", "n", "false": false
    default: nil
    }
  }

  /// A boolean as in the core schema of YAML 1.2: yes, no, on and off are strings.
  var bool: Bool? {
    guard isPlain else { return nil }
    switch text {
    case "true", "True", "TRUE": return true
    case "false", "False", "FALSE": return false
    default: return nil
    }
  }
}

/// A text from the file in a message: quoted, shortened, without control characters.
func quoted(_ text: String) -> String { "\"\(printable(text))\"" }

/// The text without control characters and not longer than a message bears.
func printable(_ text: String, limit: Int = 80) -> String {
  var shown = String.UnicodeScalarView()
  for scalar in text.unicodeScalars.prefix(limit) {
    shown.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
  }
  return String(shown) + (text.unicodeScalars.count > limit ? "…" : "")
}
