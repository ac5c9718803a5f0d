import HubHost
import HubServer
import NIOCore

/// One medium on its way from its channel into its file.
struct MediaOpening: Sendable {
  /// What an address answers whose time is over: the channel is asked for another, once.
  private static let over: Set<Int> = [401, 403, 404, 410]

  let host: PluginHost
  let port: OutboundPort
  let loops: any EventLoopGroup
  let channel, account: String
  let media: [UInt8]
  let limit: Int
  let file: MediaFile

  func ask(isLast: Bool = false) {
    host.openMedia(channel: channel, account: account, media: media) { source in
      switch source {
      case .request(let request, let facts):
        file.expect(size: facts.size, sha256: facts.sha256)
        let receiver = MediaReceiver(file: file, limit: limit, loop: loops.next(), over: isLast ? [] : Self.over) { ask(isLast: true) }
        _ = port.send(request, receiver)
      case .content(_, let bytes) where bytes.readableBytes > limit: file.fail(.tooLarge)
      case .content(_, let bytes):
        file.write(bytes)
        file.finish()
      case .missing(.notFound): file.fail(.notFound)
      case .missing(.unavailable): file.fail(.unavailable)
      case .missing(.failed): file.fail(.failed)
      }
    }
  }
}

/// Puts the answer to a channel's request into a medium's file.
private final class MediaReceiver: OutboundReceiver {
  private let file: MediaFile
  private let limit: Int
  private let loop: any EventLoop
  private let over: Set<Int>
  private let again: @Sendable () -> Void
  private let progress = MediaProgress()

  /// - Parameter again: called instead of an end of the file when the status is one of `over`.
  init(file: MediaFile, limit: Int, loop: any EventLoop, over: Set<Int>, again: @escaping @Sendable () -> Void) {
    self.file = file
    self.limit = limit
    self.loop = loop
    self.over = over
    self.again = again
  }

  func begin(status: Int, headers: [(String, String)]) throws(OutboundFailure) {
    guard status == 200 else {
      if over.contains(status) { progress.isOver = true }
      progress.refuse(status == 404 || status == 410 ? .notFound : .failed)
      throw OutboundFailure(.cancelled, wasWritten: true, "the medium isn't there")
    }
    let stated = headers.first { $0.0.lowercased() == "content-length" }.flatMap { Int($0.1) }
    if let stated, stated > limit { throw tooLarge() }
  }

  func take(_ part: ByteBuffer) throws(OutboundFailure) -> EventLoopFuture<Void>? {
    guard progress.grow(by: part.readableBytes) <= limit else { throw tooLarge() }
    return file.write(part, on: loop)
  }

  func end(_ failure: OutboundFailure?) {
    guard failure != nil else { return file.finish() }
    if progress.isOver { again() } else { file.fail(progress.refusal ?? .failed) }
  }

  private func tooLarge() -> OutboundFailure {
    progress.refuse(.tooLarge)
    return OutboundFailure(.tooLarge, wasWritten: true, "the medium is too large")
  }
}
