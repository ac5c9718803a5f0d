internal import AsyncHTTPClient
internal import Foundation
internal import HubHost
internal import NIOCore
internal import NIOPosix

/// Sends the pieces of a request's body, files read beside the event loop, no faster than the connection takes them.
struct FileStream: Sendable {
  struct Unreadable: Error {}

  /// A multiple of three, so that Base64 of the pieces is Base64 of the whole.
  private static let chunk = 192 << 10

  let threads: NIOThreadPool

  func send(_ parts: [OutboundRequest.Part], to writer: HTTPClient.Body.StreamWriter) async throws {
    for part in parts {
      switch part {
      case .bytes(let bytes): try await writer.write(.byteBuffer(bytes)).get()
      case .file(let file, let isBase64): try await send(file, isBase64: isBase64, to: writer)
      }
    }
  }

  private func send(_ file: OutboundFile, isBase64: Bool, to writer: HTTPClient.Body.StreamWriter) async throws {
    let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Unreadable() }
    defer { close(descriptor) }
    var offset = 0
    while offset < file.size {
      let wanted = min(Self.chunk, file.size - offset)
      let place = offset
      let piece = try await threads.runIfActive { try Self.read(descriptor, at: place, count: wanted, isBase64: isBase64) }
      try await writer.write(.byteBuffer(piece)).get()
      offset += wanted
    }
  }

  private static func read(_ descriptor: Int32, at offset: Int, count: Int, isBase64: Bool) throws -> ByteBuffer {
    var bytes = [UInt8](repeating: 0, count: count)
    var got = 0
    while got < count {
      let step = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress?.advanced(by: got), count - got, off_t(offset + got)) }
      if step < 0, errno == EINTR { continue }
      // A file that is shorter than it was said to be can't be sent as announced.
      guard step > 0 else { throw Unreadable() }
      got += step
    }
    return isBase64 ? ByteBuffer(string: Data(bytes).base64EncodedString()) : ByteBuffer(bytes: bytes)
  }
}
