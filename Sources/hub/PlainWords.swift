import AsyncHTTPClient
import Foundation
import NIOCore
import UpstreamSocket

/// Errors of the network as people say them.
enum PlainWords {
  static func of(_ error: any Error) -> String {
    switch error {
    case let error as HTTPClientError where error == .deadlineExceeded || error == .connectTimeout || error == .readTimeout:
      "no answer in time"
    case let error as HTTPClientError where error == .remoteConnectionClosed: "the connection was closed"
    default: ofTLS("\(error)") ?? ConnectFailure.words(error)
    }
  }

  /// The two that people meet, by the library's names for them.
  private static func ofTLS(_ text: String) -> String? {
    if text.contains("CERTIFICATE_VERIFY_FAILED") { return "this machine does not trust its certificate, or it is for another name" }
    return text.contains("WRONG_VERSION_NUMBER") ? "it does not speak TLS; write http://" : nil
  }

  /// Why a listener cannot be had, and what to do.
  static func cannotListen(on address: String, key: String, _ error: any Error) -> String {
    let reason =
      switch (error as? IOError)?.errnoCode {
      case EADDRINUSE: "another program listens there; end it (a hub: hub stop in its folder) or choose another address"
      case EACCES: "this user may not listen there; take a port from 1024 or a socket in a folder of its own"
      case EADDRNOTAVAIL: "this machine does not have that address"
      default: of(error)
      }
    return "cannot listen on \(address) (\(key)): \(reason)"
  }
}
