import NIOCore
import NIOPosix

/// Sending files: read beside the event loop, no faster than the client takes them.
extension HTTPConnection {
  private static var chunk: Int { 128 * 1024 }

  /// Sends a file as the body of the response whose head was written; the exchange ends with it.
  func send(_ file: HTTPFile, of exchange: UInt64, from place: Int = 0, closes: Bool) {
    guard let context, current?.serial == exchange else { return }
    guard place < file.length else { return finishFile(closes: closes) }
    let count = min(Self.chunk, file.length - place)
    NIOThreadPool.singleton.runIfActive(eventLoop: context.eventLoop) { file.read(at: place, count: count) }
      .assumeIsolated().whenComplete { [self] result in
        guard let context = self.context, current?.serial == exchange else { return }
        // The length has been announced: what can't be read can only be told by the end of the connection.
        guard case .success(let bytes?) = result else { return context.close(promise: nil) }
        output.append(ByteBuffer(bytes: bytes))
        output.whenFlushed { [self] isSent in
          guard isSent else { return }
          deadlines.renew(now: .now())
          send(file, of: exchange, from: place + count, closes: closes)
        }
      }
  }

  private func finishFile(closes: Bool) {
    current = nil
    isSendingFile = false
    if closes {
      end()
    } else {
      advance()
      settle()
    }
  }
}
