internal import HubHost
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import UpstreamSocket

/// Reads the certificates of a private authority, beside the event loops.
struct AuthorityReader: Sendable {
  let threads: NIOThreadPool

  func certificates(in path: String, on loop: any EventLoop) -> EventLoopFuture<Result<[NIOSSLCertificate], OutboundFailure>> {
    threads.runIfActive(eventLoop: loop) {
      do throws(AuthorityFile.Unreadable) {
        return .success(try AuthorityFile.certificates(in: path))
      } catch {
        return .failure(OutboundFailure(.tls, wasWritten: false, ConnectFailure.words(error)))
      }
    }
  }
}
