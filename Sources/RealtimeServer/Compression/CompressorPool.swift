import WebSocketFrames

/// The compressors of one event loop, made when they are first needed. They serve every connection that keeps no context.
final class CompressorPool {
  private var deflaters: [Deflater.Format: Deflater] = [:]
  private(set) lazy var inflater = Inflater()

  subscript(format: Deflater.Format) -> Deflater {
    if let deflater = deflaters[format] { return deflater }
    let deflater = Deflater(format)
    deflaters[format] = deflater
    return deflater
  }
}
