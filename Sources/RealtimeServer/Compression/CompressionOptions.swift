import WebSocketFrames

/// How WebSocket messages are compressed, both ways, for clients that offer it (permessage-deflate, RFC 7692).
public struct CompressionOptions: Sendable, Hashable {
  /// Messages of fewer bytes are sent as they are.
  public var threshold = 1024
  /// Whether a WebSocket's messages may refer to earlier ones. That compresses small messages much better, but every socket then
  /// has memory of its own, and each message is compressed for each socket; without it, once for all.
  public var keepsContext = false
  /// The most bytes that contexts may take for one connection; windows become smaller, or contexts are given up, until they fit.
  public var memory = 64 * 1024

  /// The defaults.
  public init() {}

  var policy: DeflatePolicy { DeflatePolicy(keepsContext: keepsContext, memory: memory) }
}
