import HubModel
import OrderedJSON

extension ValueType where Value == String {
  /// Any text that is not empty. Numbers stay as they were written.
  static var string: ValueType {
    .checked("text", schema: ["type": "string", "minLength": 1]) { $0.isEmpty ? "must not be empty" : nil }
  }

  /// A path on disk, relative to the folder of hub.yaml.
  static var path: ValueType {
    .checked("a path", schema: ["type": "string", "minLength": 1]) { $0.isEmpty || $0.utf8.contains(0) ? "must not be empty" : nil }
  }

  /// A path of the HTTP surface.
  static var route: ValueType {
    .checked("a path", schema: ["type": "string", "pattern": "^/"]) { WebText.mistake(inPath: $0) }
  }

  /// A browser origin, or `*`.
  static var origin: ValueType {
    .checked("an origin such as https://app.example", schema: ["type": "string"]) { WebText.mistake(inOrigin: $0) }
  }

  /// An absolute URL of one of the schemes.
  static func url(_ schemes: String...) -> ValueType {
    .checked("a URL", schema: ["type": "string", "format": "uri"]) { WebText.mistake(inURL: $0, schemes: schemes) }
  }

  /// A name that appears in logs, metrics, rooms and file names.
  static var name: ValueType {
    .checked("a name", schema: ["type": "string", "pattern": .string(Names.pattern)]) { Names.mistake(in: $0) }
  }

  /// A tenant: a name, or `user:` and one for a tenant of one.
  static var tenant: ValueType {
    .checked("a name", schema: ["type": "string", "pattern": .string(Names.tenantPattern)]) { text in
      Names.mistake(in: text.hasPrefix(MissingTenant.ownPrefix) ? String(text.dropFirst(MissingTenant.ownPrefix.count)) : text)
    }
  }

  /// A host name, or `*.` and a domain.
  static var hostPattern: ValueType {
    .checked("a host name", schema: ["type": "string"]) { text in
      let host = text.hasPrefix("*.") ? String(text.dropFirst(2)) : text
      // An address of IPv6 stands in brackets; a port has no place here.
      let isPlain = !host.contains("/") && (host.hasPrefix("[") ? host.hasSuffix("]") : !host.contains(":"))
      return isPlain && WebText.mistake(inURL: "https://\(host)", schemes: []) == nil ? nil : "\(quoted(text)) is not a host"
    }
  }

  /// 64 hexadecimal digits.
  static var sha256: ValueType {
    .checked("a SHA-256 in hexadecimal", schema: ["type": "string", "pattern": "^[0-9a-f]{64}$"]) { text in
      let isGood = text.utf8.count == 64 && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
      return isGood ? nil : "a SHA-256 is 64 lower-case hexadecimal digits"
    }
  }

  private static func checked(
    _ expected: String, schema: @autoclosure @escaping () -> JSONObject, mistake: @escaping (String) -> String?
  ) -> ValueType {
    .text(expected, schema: schema(), render: { $0 }) { text, node, context in
      guard let mistake = mistake(text) else { return text }
      if WebText.mayHoldPassword(text) { context.report.mask(node.place) }
      context.badValue(node, mistake)
      return nil
    }
  }
}

/// Names of adapters, tenants, keys and nodes.
enum Names {
  static let pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
  static let tenantPattern = "^(\(MissingTenant.ownPrefix))?" + pattern.dropFirst()

  static func mistake(in text: String) -> String? {
    let isGood =
      (1...64).contains(text.utf8.count) && text.first != "." && text.first != "-" && text.first != "_"
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    return isGood ? nil : "\(quoted(text)) is not a name: up to 64 letters, digits and . _ - beginning with a letter or digit"
  }
}

extension ValueType where Value == Duration {
  /// A duration in a range.
  static func duration(_ range: ClosedRange<Duration>) -> ValueType {
    let expected = "a duration such as 25s"
    return .text(expected, schema: ["type": "string", "pattern": .string(DurationText.pattern)], render: DurationText.render) {
      text, node, context in
      guard let value = DurationText.parse(text) else {
        let hint = Int(text).map { "write \($0)s for seconds" } ?? "units: ms, s, m, h, d, w; together as in 1h30m"
        context.report.error("bad-duration", "\(context.name): \(quoted(text)) is not a duration", at: node.place, hint: hint)
        return nil
      }
      guard range.contains(value) else {
        let (low, high) = (DurationText.render(range.lowerBound), DurationText.render(range.upperBound))
        context.report.error("bad-duration", "\(context.name): \(text) is not between \(low) and \(high)", at: node.place)
        return nil
      }
      return value
    }
  }
}

extension ValueType where Value == ByteSize {
  /// A size in a range.
  static func size(_ range: ClosedRange<ByteSize>) -> ValueType {
    let schema: JSONObject = ["type": ["string", "integer"], "pattern": .string(ByteSize.pattern)]
    return .text("a size such as 1MB", schema: schema, render: \.description) { text, node, context in
      guard let value = ByteSize(text) else {
        let hint = "units: B, KB, MB, GB (1000) and KiB, MiB, GiB (1024)"
        context.report.error("bad-size", "\(context.name): \(quoted(text)) is not a size", at: node.place, hint: hint)
        return nil
      }
      guard range.contains(value) else {
        context.report.error(
          "bad-size", "\(context.name): \(text) is not between \(range.lowerBound) and \(range.upperBound)", at: node.place)
        return nil
      }
      return value
    }
  }
}

extension ValueType where Value == Rate {
  static var rate: ValueType {
    .text("a rate such as 80/s", schema: ["type": "string", "pattern": .string(Rate.pattern)], render: \.description) {
      text, node, context in
      if let value = Rate(text) { return value }
      context.badValue(node, "\(quoted(text)) is not a rate", hint: "such as 80/s, 1000/m or 5000/h")
      return nil
    }
  }
}
