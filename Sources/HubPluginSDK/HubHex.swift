/// Bytes as hexadecimal digits, as providers write digests.
public enum HubHex {
  /// Two lower-case digits for each byte.
  public static func text(_ bytes: some Collection<UInt8>) -> String {
    String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
      for (index, byte) in bytes.enumerated() {
        for (offset, digit) in [byte >> 4, byte & 15].enumerated() {
          buffer[index * 2 + offset] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
      }
      return bytes.count * 2
    }
  }
}
