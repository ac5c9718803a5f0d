internal import AsyncHTTPClient
internal import Glibc
internal import HubHost
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import UpstreamSocket

extension OutboundFailure {
  /// What an error of the client means. What can't be told is taken for the worse: that the request has left.
  init(_ error: any Error, headLeft: Bool, authority: String? = nil) {
    switch error {
    case let failure as OutboundFailure: self = failure
    case is FileStream.Unreadable: self.init(.file, wasWritten: headLeft, "a file of the body could not be read")
    case let error as NIOConnectionError:
      let isUnresolved = error.connectionErrors.isEmpty && (error.dnsAError != nil || error.dnsAAAAError != nil)
      self.init(
        isUnresolved ? .unresolved : .unreachable, wasWritten: headLeft,
        isUnresolved ? "the host has no address" : Self.words(error.connectionErrors.first?.error))
    case let error as HTTPClientError: self.init(error, headLeft: headLeft)
    case is NIOSSLError, is NIOSSLExtraError:
      let believed = authority.map(AuthorityFile.remark) ?? ""
      self.init(.tls, wasWritten: headLeft, "the connection is not to be trusted, or not over TLS" + believed)
    case is ChannelError where !headLeft && Self.isConnectTimeout(error):
      self.init(.unreachable, wasWritten: false, "no connection in time")
    case let error as IOError where !headLeft && Self.refusals.contains(error.errnoCode):
      self.init(.unreachable, wasWritten: false, Self.words(error))
    default: self.init(.broken, wasWritten: true, "the connection broke off")
    }
  }

  private init(_ error: HTTPClientError, headLeft: Bool) {
    switch error {
    case .deadlineExceeded: self.init(.timeout, wasWritten: headLeft, "no answer in time")
    case .connectTimeout, .getConnectionFromPoolTimeout: self.init(.unreachable, wasWritten: headLeft, "no connection in time")
    case .tlsHandshakeTimeout: self.init(.tls, wasWritten: headLeft, "no TLS in time")
    case .cancelled: self.init(.cancelled, wasWritten: headLeft, "nobody waits for it any more")
    case .alreadyShutdown: self.init(.cancelled, wasWritten: headLeft, "the client has ended")
    default: self.init(.broken, wasWritten: headLeft, "the connection broke off")
    }
  }

  private static let refusals: Set<Int32> = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT, EADDRNOTAVAIL, ENETDOWN, EHOSTDOWN]

  private static func isConnectTimeout(_ error: any Error) -> Bool {
    if case ChannelError.connectTimeout = error { true } else { false }
  }

  private static func words(_ error: (any Error)?) -> String {
    guard let error = error as? IOError else { return "no connection to the host" }
    return String(cString: strerror(error.errnoCode)).lowercased()
  }
}
