import OrderedJSON
import RealtimeServer

extension ClientEvent {
  /// An argument that is a string.
  func text(_ index: Int) -> String? { value(index)?.string }

  /// An argument as a value; nil when there is none.
  func value(_ index: Int) -> JSONValue? {
    index < argumentCount ? try? JSONValue(parsing: Array(argument(index))) : nil
  }

  /// The arguments from `first` on as the text of a JSON array.
  func arguments(from first: Int) -> [UInt8] {
    guard first < argumentCount else { return Array("[]".utf8) }
    return Array("[".utf8) + (first..<argumentCount).map { argument($0) }.joined(separator: Array(",".utf8)) + Array("]".utf8)
  }
}

extension JSONValue {
  /// The text of an array whose only element this is.
  var alone: [UInt8] { JSONValue.array([self]).serialized() }
}
