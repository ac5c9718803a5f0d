import EngineIO

/// A polling body of sixteen messages, one of them binary.
enum EngineWork {
  static func operations() -> [Operation] {
    let message = Array("42[\"message:new\",{\"conversationId\":\"cnv_01\",\"text\":\"\(String(repeating: "x", count: 150))\"}]".utf8)
    let attachment = [UInt8](repeating: 0xA5, count: 300)
    let encode = {
      var writer = PayloadWriter()
      for _ in 0..<15 { message.withUnsafeBytes { writer.append(text: $0) } }
      attachment.withUnsafeBytes { writer.append(binary: $0) }
      return writer.bytes
    }
    let body = encode()
    return [
      Operation(name: "engine-payload-decode") {
        body.withUnsafeBytes { bytes in
          var reader = PayloadReader(bytes)
          var count = 0
          while let packet = try? reader.next() {
            keep(packet)
            count += 1
          }
          keep(count == 16 ? count : nil)
        }
      },
      Operation(name: "engine-payload-encode") { keep(encode()) },
    ]
  }
}
