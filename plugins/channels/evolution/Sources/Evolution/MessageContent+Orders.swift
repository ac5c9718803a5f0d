import OrderedJSON

/// Orders, products and invitations.
extension MessageContent {
  static func order(_ member: JSONObject) -> MessageContent {
    var order = JSONObject()
    order.add("id", text: member.identifier("orderId"))
    order.add("itemCount", member.wireInteger("itemCount").map { .number(JSONNumber($0)) })
    order.add("total", member.wireInteger("totalAmount1000").map(thousandths))
    order.add("currency", text: member.identifier("totalCurrencyCode"))
    var content = MessageContent(.order)
    content.text = member.identifier("message")
    content.more.append("order", .object(order))
    return content
  }

  static func product(_ member: JSONObject) -> MessageContent {
    let product = member.object("product") ?? [:]
    var order = JSONObject()
    order.add("productId", text: product.identifier("productId"))
    order.add("total", product.wireInteger("priceAmount1000").map(thousandths))
    order.add("currency", text: product.identifier("currencyCode"))
    var content = MessageContent(.order)
    content.text = product.identifier("title")
    content.caption = member.identifier("body")
    content.more.append("order", .object(order))
    return content
  }

  static func invite(_ member: JSONObject) -> MessageContent {
    var system: JSONObject = ["kind": "group_invite"]
    system.add("group", text: JID(member.identifier("groupJid"))?.text)
    system.add("name", text: member.identifier("groupName"))
    var content = MessageContent(.system)
    content.text = member.identifier("caption") ?? member.identifier("groupName")
    content.more.append("system", .object(system))
    return content
  }

  /// An amount in thousandths as a decimal, no digit of it lost.
  private static func thousandths(_ amount: Int64) -> JSONValue {
    let sign = amount < 0 ? "-" : ""
    let (whole, rest) = amount.magnitude.quotientAndRemainder(dividingBy: 1000)
    let digits = String(1000 + rest).dropFirst()
    let fraction = digits.reversed().drop { $0 == "0" }.reversed()
    let text = fraction.isEmpty ? "\(sign)\(whole)" : "\(sign)\(whole).\(String(fraction))"
    return JSONNumber(text: text).map(JSONValue.number) ?? .null
  }
}
