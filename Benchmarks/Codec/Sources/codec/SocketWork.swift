import SocketIO

/// Events as clients send them and the server emits them.
enum SocketWork {
  static func operations() -> [Operation] {
    let content = String(repeating: "olá ", count: 40)
    let payload = #"{"conversationId":"cnv_01","message":{"type":"TEXT","content":"\#(content)","n":[1,2.5,true,null]}}"#
    let event = Array("42/whatsapp,17[\"message:send\",\(payload)]".utf8)
    let binary = Array("451-/whatsapp,[\"upload\",{\"name\":\"a.jpg\",\"data\":{\"_placeholder\":true,\"num\":0}}]".utf8)
    let attachment = [UInt8](repeating: 0xA5, count: 1000)
    let arguments = Array("[\(payload)]".utf8)
    return [
      Operation(name: "socket-event-decode") {
        event.withUnsafeBytes { bytes in
          let packet = try? PacketDecoder.decode(bytes, from: 1)
          keep(packet.flatMap { try? PacketDecoder.name(of: $0, in: bytes) })
        }
      },
      Operation(name: "socket-binary-assemble") {
        var assembler = PacketAssembler()
        _ = try? assembler.receive(text: binary, from: 1, limits: DecodeLimits())
        keep(try? assembler.receive(binary: attachment, limits: DecodeLimits()))
      },
      Operation(name: "socket-event-encode") {
        var output: [UInt8] = []
        keep(PacketWriter.event("message:new", arguments: arguments, namespace: "/whatsapp", id: 17, to: &output) ? output : nil)
      },
    ]
  }
}
