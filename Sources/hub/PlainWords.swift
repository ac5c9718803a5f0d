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
    default: ConnectFailure.words(error)
    }
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
