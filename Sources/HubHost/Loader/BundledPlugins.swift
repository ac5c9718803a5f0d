internal import Glibc

/// Which plugin files came with this build of the hub: those whose digest stands in `hub-plugins.sha256`, the manifest that the build
/// writes beside the program. A file that was changed, or built again without the manifest, is not one of them.
public struct BundledPlugins: Sendable {
  /// The manifest's name, beside the program.
  public static let fileName = "hub-plugins.sha256"
  /// Nothing is bundled.
  public static let none = BundledPlugins(digests: [], refusal: nil)

  private static let maximumSize: UInt64 = 64 << 10

  private let digests: Set<String>
  /// Why a manifest that is there does not count; nothing is bundled then.
  public let refusal: PluginRefusal?

  private init(digests: Set<String>, refusal: PluginRefusal?) {
    self.digests = digests
    self.refusal = refusal
  }

  /// Reads the manifest in `folder`. Without one nothing is bundled; one that others could have written does not count.
  public init(folder: String, trust: FileTrust = FileTrust()) {
    let path = folder + "/" + Self.fileName
    var digests: Set<String> = []
    var refusal: PluginRefusal?
    if FileStatus.exists(path) {
      do throws(PluginRefusal) { digests = try Self.digests(path, trust: trust) } catch { refusal = error }
    }
    self.init(digests: digests, refusal: refusal)
  }

  /// Whether a file with this digest came with the hub.
  public func contains(_ sha256: String) -> Bool { digests.contains(sha256) }

  private static func digests(_ path: String, trust: FileTrust) throws(PluginRefusal) -> Set<String> {
    let file = try TrustedFile(path, trust: trust)
    let content = FileBytes(descriptor: file.descriptor, size: file.status.size)
    guard file.status.size <= maximumSize, let bytes = withExtendedLifetime(file, { content.read(0, Int(content.size)) }) else {
      throw PluginRefusal(.unreadable, path, "larger than \(maximumSize) bytes, or changed while it was read")
    }
    return try PluginManifest.digests(in: bytes, path: path)
  }
}
