internal import CHubPlugin

/// The hub's ELF note: which ABI a plugin was built for, and by which compiler.
public struct PluginNote: Sendable, Hashable {
  /// The ABI's major: must be the hub's.
  public let major: UInt16
  /// The ABI's minor; informative.
  public let minor: UInt16
  /// Whether it needs the very Swift runtime it was built with.
  public let needsSwift: Bool
  /// The version string of the compiler it was built with.
  public let toolchain: String

  /// The compiler string a Swift plugin's note must carry to be loaded by this process.
  public static var hostToolchain: String { String(cString: hub_toolchain()) }

  /// Judges a note against this hub.
  func check(file: String, toolchain host: String = hostToolchain) throws(PluginRefusal) {
    guard major == UInt16(HUB_ABI_MAJOR) else {
      throw PluginRefusal(
        .otherABI, file,
        "built for hub plugin ABI \(major).\(minor); this hub speaks \(HUB_ABI_MAJOR).\(HUB_ABI_MINOR): rebuild it with this hub's header")
    }
    guard !needsSwift || toolchain == host else {
      throw PluginRefusal(
        .otherToolchain, file, "built with \"\(toolchain)\"; this hub runs Swift of \"\(host)\": rebuild it with the hub's own toolchain")
    }
  }

  init(descriptor: [UInt8], file: String) throws(PluginRefusal) {
    // magic 4, major 2, minor 2, flags 4, then the compiler's text with its NUL.
    guard descriptor.count > 12, descriptor.count <= 4096, descriptor.last == 0 else {
      throw PluginRefusal(.badNote, file, "its hub note is malformed")
    }
    let fields = descriptor.withUnsafeBytes { bytes in
      (
        UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)),
        UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt16.self)),
        UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 6, as: UInt16.self)),
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
      )
    }
    guard fields.0 == UInt32(HUB_ABI_MAGIC) else { throw PluginRefusal(.badNote, file, "its hub note has a wrong magic number") }
    major = fields.1
    minor = fields.2
    needsSwift = fields.3 & UInt32(HUB_NOTE_SWIFT) != 0
    toolchain = String(decoding: descriptor[12...].prefix { $0 != 0 }, as: UTF8.self)
  }
}
