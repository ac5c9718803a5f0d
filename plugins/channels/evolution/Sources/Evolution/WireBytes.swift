import CLibCrypto
import HubPluginSDK
import OrderedJSON

/// Byte fields: base64 text, `{"0": 137, "1": 80, …}`, `{"type": "Buffer", "data": […]}`, or the placeholder of a binary attachment,
/// whose bytes nobody here needs.
enum WireBytes {
  /// Digests are short; what is longer is no digest.
  static let limit = 64

  /// Lower-case hexadecimal digits of a digest; nil when its bytes are not in the event.
  static func digest(_ value: JSONValue?) -> String? {
    switch value {
    case .string(let text)?: Self.digest(text)
    case .object(let object)?: bytes(object).map { HubHex.text($0) }
    default: nil
    }
  }

  /// Whether an object stands for bytes.
  static func isBytes(_ object: JSONObject) -> Bool {
    if object["_placeholder"] == true { return true }
    if object["type"] == "Buffer", object["data"] != nil { return true }
    return object.isEmpty == false
      && object.enumerated().allSatisfy { $0.element.key == String($0.offset) && $0.element.value.int64 != nil }
  }

  private static func digest(_ text: String) -> String? {
    if text.utf8.count == 64, text.allSatisfy(\.isHexDigit) { return text.lowercased() }
    // 32 bytes are 44 characters of base64, the last of them padding.
    guard text.utf8.count == 44, text.utf8.last == UInt8(ascii: "=") else { return nil }
    var bytes = [UInt8](repeating: 0, count: 33)
    guard EVP_DecodeBlock(&bytes, Array(text.utf8), 44) == 33 else { return nil }
    return HubHex.text(bytes.prefix(32))
  }

  private static func bytes(_ object: JSONObject) -> [UInt8]? {
    let values = object["data"]?.array ?? object.map(\.value)
    guard isBytes(object), values.isEmpty == false, values.count <= limit else { return nil }
    let bytes = values.compactMap { $0.int64.flatMap(UInt8.init(exactly:)) }
    return bytes.count == values.count ? bytes : nil
  }
}
