internal import Glibc
public import NIOSSL

/// A PEM file of the certificates that are believed in place of the system's.
public enum AuthorityFile {
  /// It can't be read.
  public struct Unreadable: Error {
    let file, reason: String
  }

  /// What is in it. Blocks.
  public static func certificates(in path: String) throws(Unreadable) -> [NIOSSLCertificate] {
    guard access(path, R_OK) == 0 else { throw Unreadable(file: path, reason: String(cString: strerror(errno)).lowercased()) }
    do {
      return try NIOSSLCertificate.fromPEMFile(path)
    } catch NIOSSLError.failedToLoadCertificate {
      throw Unreadable(file: path, reason: "no PEM certificate can be read from it")
    } catch {
      throw Unreadable(file: path, reason: ConnectFailure.words(error))
    }
  }

  /// What to say beside the failure of a handshake.
  public static func remark(_ path: String) -> String { " (only what \(path) names is believed)" }
}
