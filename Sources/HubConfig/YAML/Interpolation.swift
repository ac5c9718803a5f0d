import HubModel

/// Substitutes `${NAME}` and `${NAME:-default}` in the values of a tree; `$${` is a literal `${`.
///
/// It works on parsed scalars, never on text: a variable that holds YAML stays one string. Keys are left alone.
struct Interpolation {
  let environment: [String: String]
  let report: Report

  func expand(_ node: ConfigNode) -> ConfigNode {
    var node = node
    switch node.content {
    case .scalar(let scalar):
      node.content = expand(scalar, at: node.place).map { .scalar($0) } ?? .invalid
    case .mapping(let entries):
      node.content = .mapping(entries.map { ConfigEntry(key: $0.key, keyPlace: $0.keyPlace, value: expand($0.value)) })
    case .sequence(let items): node.content = .sequence(items.map(expand))
    case .invalid: break
    }
    return node
  }

  private func expand(_ scalar: ConfigScalar, at place: Diagnostic.Place) -> ConfigScalar? {
    guard scalar.text.utf8.contains(UInt8(ascii: "$")) else { return scalar }
    var result = ConfigScalar(text: "", isPlain: scalar.isPlain)
    var rest = scalar.text[...]
    var isGood = true
    while let dollar = rest.firstIndex(of: "$") {
      result.text += rest[..<dollar]
      rest = rest[dollar...]
      if rest.hasPrefix("$${") {
        result.text += "${"
        rest = rest.dropFirst(3)
      } else if rest.hasPrefix("${") {
        guard let end = rest.firstIndex(of: "}") else {
          report.error("bad-variable", "\"${\" is not closed", at: place, hint: "write $${ for a literal ${")
          return nil
        }
        let body = rest[rest.index(rest.startIndex, offsetBy: 2)..<end]
        rest = rest[rest.index(after: end)...]
        if let value = value(of: body, at: place) { result.text += value } else { isGood = false }
        result.variables.append(String(body.prefix { $0 != ":" }))
      } else {
        result.text += "$"
        rest = rest.dropFirst()
      }
    }
    result.text += rest
    if !result.variables.isEmpty { result.isPlain = true }
    return isGood ? result : nil
  }

  private func value(of body: Substring, at place: Diagnostic.Place) -> String? {
    let name = body.prefix { $0 == "_" || ($0.isASCII && ($0.isLetter || $0.isNumber)) }
    let after = body[name.endIndex...]
    guard let first = name.first, !first.isNumber, after.isEmpty || after.hasPrefix(":-"), !after.contains("${") else {
      report.error(
        "bad-variable", "\(quoted("${\(body)}")) is neither ${NAME} nor ${NAME:-default}", at: place, hint: "write $${ for a literal ${")
      return nil
    }
    if let value = environment[String(name)], !value.isEmpty || after.isEmpty { return value }
    guard after.isEmpty else { return String(after.dropFirst(2)) }
    report.error(
      "missing-variable", "environment variable \(name) is not set", at: place, hint: "set it, or write ${\(name):-default}")
    return nil
  }
}
