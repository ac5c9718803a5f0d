/// The parameters of an Engine.IO request that the protocol knows. Of a repeated one the last counts; the rest is the application's.
public struct RequestQuery: Sendable, Hashable {
  /// `transport`, as written.
  public var transport: String?
  /// `sid`.
  public var sessionID: String?
  /// `EIO`.
  public var version: String?

  /// Reads a query without its `?`, as form data.
  public init(_ query: String) {
    var query = query
    query.withUTF8 { bytes in
      for pair in bytes.split(separator: UInt8(ascii: "&")) {
        let name = pair.prefix { $0 != UInt8(ascii: "=") }
        let value = pair.dropFirst(name.count + 1)
        if name.elementsEqual("transport".utf8) {
          transport = FormText.decoded(value)
        } else if name.elementsEqual("sid".utf8) {
          sessionID = FormText.decoded(value)
        } else if name.elementsEqual("EIO".utf8) {
          version = FormText.decoded(value)
        }
      }
    }
  }
}
