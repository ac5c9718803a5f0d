internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Why a connection could not be had, as people say it.
public enum ConnectFailure {
  /// The error in a few words.
  public static func words(_ error: any Error) -> String {
    switch error {
    case let error as IOError: String(cString: strerror(error.errnoCode)).lowercased()
    case let error as NIOConnectionError: error.connectionErrors.first.map { words($0.error) } ?? "there is no host \(error.host)"
    case let error as AuthorityFile.Unreadable: "\(error.file): \(error.reason)"
    case ChannelError.connectTimeout: "no answer in time"
    default: "\(error)"
    }
  }

  static func isTLS(_ error: any Error) -> Bool {
    error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError
  }
}
