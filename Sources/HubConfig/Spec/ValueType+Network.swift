import OrderedJSON

extension ValueType where Value == ListenAddress {
  static var listen: ValueType {
    .text("host:port, unix:/path or systemd", schema: ["type": "string"], render: \.description) { text, node, context in
      do throws(ListenAddress.Mistake) {
        return try ListenAddress.parse(text)
      } catch {
        context.report.error("bad-address", "\(context.name): \(error.message)", at: node.place, hint: error.hint)
        return nil
      }
    }
  }
}

extension ValueType where Value == IPRange {
  static var ipRange: ValueType {
    .text("an address or a range such as 10.0.0.0/8", schema: ["type": "string"], render: \.description) { text, node, context in
      if let value = IPRange(text) { return value }
      context.report.error(
        "bad-address", "\(context.name): \(quoted(text)) is neither an IP address nor a range such as 10.0.0.0/8", at: node.place)
      return nil
    }
  }
}

extension ValueType where Value == SecretReference {
  /// A reference; a secret itself is refused and hidden in the report.
  static var secret: ValueType {
    .text("a secret reference", schema: Self.secretSchema, render: \.description) { text, node, context in
      if let reference = SecretReference(text) { return reference }
      guard let scalar = node.scalar else { return nil }
      let finding = SecretText.finding(scalar, name: context.name)
      if finding.isLiteral { context.report.mask(node.place) }
      context.report.error(finding.code, finding.message, at: node.place, hint: finding.hint)
      return nil
    }
  }

  private static var secretSchema: JSONObject { ["type": "string", "format": "secret", "pattern": "^secret://(file|env|credential)/"] }
}

/// The report on a text that should have been a secret reference.
struct SecretText {
  let code: String
  let message: String
  let hint: String
  /// The text may be the secret itself and must not be shown.
  var isLiteral: Bool { code == "literal-secret" }

  static func finding(_ scalar: ConfigScalar, name: String) -> SecretText {
    guard !scalar.text.hasPrefix(SecretReference.prefix) else {
      return SecretText(
        code: "bad-secret", message: "\(name): \(quoted(scalar.text)) is not a secret reference",
        hint: "secret://file/PATH, secret://env/NAME or secret://credential/NAME")
    }
    let hint =
      scalar.variables.first.map { "write secret://env/\($0)" }
      ?? "put it in a file of mode 600 and write secret://file/PATH, or secret://env/NAME"
    return SecretText(code: "literal-secret", message: "\(name): a secret does not stand in the configuration", hint: hint)
  }
}
