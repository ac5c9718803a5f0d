/// Files that customers send when nobody says which.
enum SampleFile {
  /// A picture of one pixel, and for everything else bytes that say what they are.
  static func bytes(of type: String) -> [UInt8] {
    guard type == "image" else { return Array("a sample \(type), as it would be\n".utf8) }
    return Encodings.bytes(
      base64: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==") ?? []
  }
}
