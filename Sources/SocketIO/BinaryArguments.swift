import OrderedJSON

/// The placeholders of binary attachments in a JSON payload.
public enum BinaryArguments {
  /// A payload whose placeholders are numbered in the order in which they stand.
  public struct Arranged: Sendable, Hashable {
    /// The JSON text; each placeholder is `{"_placeholder":true,"num":k}`.
    public var text: [UInt8]
    /// Which of the given attachments each number stands for. One may be named twice.
    public var order: [Int]
  }

  /// Checks that each placeholder names one of `attachments`, and numbers them anew in the order in which they stand.
  public static func arrange(
    _ payload: some Collection<UInt8>, attachments: Int, limits: DecodeLimits = DecodeLimits()
  ) throws(DecodeError) -> Arranged {
    var value: JSONValue
    do throws(JSONError) {
      value = try JSONValue(parsing: Array(payload), maxDepth: limits.depth, maxValues: limits.values)
    } catch {
      throw DecodeError(error)
    }
    var order: [Int] = []
    try arrange(&value, attachments: attachments, order: &order)
    return Arranged(text: value.serialized(), order: order)
  }

  private static func arrange(_ value: inout JSONValue, attachments: Int, order: inout [Int]) throws(DecodeError) {
    switch value {
    case .array(var elements):
      for index in elements.indices { try arrange(&elements[index], attachments: attachments, order: &order) }
      value = .array(elements)
    case .object(let object):
      if object["_placeholder"]?.bool == true {
        guard let number = object["num"]?.int64, number >= 0, number < attachments else { throw .badPlaceholder }
        value = ["_placeholder": true, "num": .number(JSONNumber(Int64(order.count)))]
        order.append(Int(number))
        return
      }
      var members: [(String, JSONValue)] = []
      members.reserveCapacity(object.count)
      for member in object {
        var inner = member.value
        try arrange(&inner, attachments: attachments, order: &order)
        members.append((member.key, inner))
      }
      value = .object(JSONObject(members))
    default: break
    }
  }
}
