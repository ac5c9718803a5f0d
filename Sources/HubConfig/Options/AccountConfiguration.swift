public import OrderedJSON

/// One account at the provider.
public struct AccountConfiguration: Sendable {
  /// The tenant that its events belong to.
  public var tenant: String

  /// Members other than `tenant`, checked against the plugin's schema; secrets are handles.
  public internal(set) var settings: JSONObject = [:]

  var entries: [ConfigEntry]

  static func mistake(_ account: String) -> String? {
    account.isEmpty || account.utf8.count > 256 ? "an account is a text of 1 to 256 bytes" : nil
  }
}

extension ValueType where Value == AccountConfiguration {
  static var account: ValueType {
    let schema: JSONObject = [
      "type": "object",
      "properties": ["tenant": ["type": "string", "pattern": .string(Names.tenantPattern), "description": "Its tenant."]],
      "required": ["tenant"],
    ]
    return ValueType(schema: schema) { node, context in
      guard let entries = node.entries else {
        context.wrongKind(node, expected: "a mapping such as { tenant: demo }")
        return nil
      }
      guard let tenant = entries.first(where: { $0.key == "tenant" }) else {
        context.report.error(
          "missing-key", "\(context.name) needs the key \"tenant\"", at: context.ownPlace ?? node.place,
          hint: nearestName(to: "tenant", in: entries.map(\.key)).map { "is \"\(printable($0))\" meant to be it?" })
        return nil
      }
      let name = context.enter(tenant) { ValueType<String>.tenant.parse(tenant.value, context) }
      return name.map { AccountConfiguration(tenant: $0, entries: entries.filter { $0.key != "tenant" }) }
    } render: { account in
      .object(JSONObject([("tenant", .string(account.tenant))] + account.settings.map { ($0.key, $0.value) }))
    }
  }
}
