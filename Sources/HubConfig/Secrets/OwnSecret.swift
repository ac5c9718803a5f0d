import Glibc

/// A secret of the hub's own, which nobody but the hub ever needs: made where it is needed first, and kept.
public enum OwnSecret {
  /// What the file holds; 256 random bits, mode 0600, where there was none.
  public static func kept(at path: String) throws(SecretMakerError) -> [UInt8] {
    if let known = try read(path) { return known }
    _ = try NewFile.makeFolder(Paths.folder(of: path), mode: 0o700)
    try NewFile.write(path, mode: 0o600, SecretMaker.random() + [0x0A])
    guard let made = try read(path) else { throw SecretMakerError(message: "\(printable(path)) is gone") }
    return made
  }

  /// Nil when there is no file.
  private static func read(_ path: String) throws(SecretMakerError) -> [UInt8]? {
    let (folder, name) = (Paths.folder(of: path), path.split(separator: "/").last ?? "")
    do throws(SecretError) {
      let secret = try SecretResolver(folder: folder, environment: [:]).resolve(SecretReference(.file(String(name))))
      if let secret, secret.exposed.count >= SecretMaker.randomLength { return secret.exposed }
    } catch {
      if error.code == .missing, access(path, F_OK) != 0 { return nil }
      throw SecretMakerError(message: error.description)
    }
    throw SecretMakerError(message: "\(printable(path)) is cut short: remove it, and a new one is made")
  }
}
