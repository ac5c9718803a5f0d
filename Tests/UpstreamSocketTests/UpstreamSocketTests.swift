import HubTesting
import NIOCore
import Testing
import WebSocketFrames

@testable import RealtimeServer
@testable import UpstreamSocket

@Suite("Socket.IO client over a real socket", .timeLimit(.minutes(2)))
struct UpstreamSocketTests {
  @Test("namespaces are joined with their credentials, events arrive in order, pings are answered")
  func session() async throws {
    try await Scene.run({
      $0.namespaces = [UpstreamNamespace("/"), UpstreamNamespace("/whatsapp", auth: { Array(#"{"token":"t"}"#.utf8) })]
    }) { scene in
      #expect(await scene.events.next() == .connecting)
      let peer = await scene.server.peers.next()
      peer.send(Scene.open)
      #expect(await scene.events.next() == .connected(session: "s"))
      #expect(await scene.server.texts.next() == "40")
      #expect(await scene.server.texts.next() == #"40/whatsapp,{"token":"t"}"#)
      peer.send(#"40{"sid":"a"}"#)
      peer.send(#"44/whatsapp,{"message":"unauthorized","data":{"code":1}}"#)
      peer.send(#"42["e",1]"#)
      peer.send("2")
      #expect(await scene.events.next() == .joined(namespace: "/", socket: "a"))
      #expect(await scene.events.next() == .refused(namespace: "/whatsapp", message: "unauthorized", data: Array(#"{"code":1}"#.utf8)))
      #expect(await scene.events.next() == .event(namespace: "/", name: "e", arguments: Array("[1]".utf8), attachments: [], ack: nil))
      #expect(await scene.server.texts.next() == "3")
      scene.client.join("/whatsapp")
      #expect(await scene.server.texts.next() == #"40/whatsapp,{"token":"t"}"#)
    }
  }

  @Test("an emit gets its answer, the timeout, or is told that nothing was sent")
  func answers() async throws {
    try await Scene.run({ $0.ackTimeout = .milliseconds(100) }) { scene in
      let answers = Mailbox<UpstreamAnswer>()
      let empty = Array("[]".utf8)
      scene.client.emit("early", arguments: empty, answer: { answers.put($0) })
      #expect(await answers.next() == .notJoined)
      let peer = await scene.joined()
      scene.client.emit("bad", arguments: [0x7B], answer: { answers.put($0) })
      #expect(await answers.next() == .badArguments)
      scene.client.emit("late", arguments: empty, answer: { answers.put($0) })
      #expect(await scene.server.texts.next().hasSuffix(#"["late"]"#))
      #expect(await answers.next() == .timeout)
      scene.client.emit("quiet", arguments: Array("[2]".utf8))
      #expect(await scene.server.texts.next() == #"42["quiet",2]"#)
      peer.send(#"429["ask"]"#)
      _ = await scene.events.next()
      scene.client.acknowledge(9, arguments: Array(#"["yes"]"#.utf8))
      #expect(await scene.server.texts.next() == #"439["yes"]"#)
    }
  }

  @Test("an answer that comes is told with its arguments")
  func answered() async throws {
    try await Scene.run { scene in
      let peer = await scene.joined()
      let answers = Mailbox<UpstreamAnswer>()
      scene.client.emit("join", arguments: Array(#"["c"]"#.utf8), answer: { answers.put($0) })
      let id = await scene.server.texts.next().dropFirst(2).prefix(while: \.isNumber)
      peer.send(#"43\#(id)[{"ok":true}]"#)
      #expect(await answers.next() == .answered(Array(#"[{"ok":true}]"#.utf8), attachments: []))
    }
  }

  @Test("after a loss it comes back, one connection at a time, and what waited for an answer is told")
  func case17_reconnects() async throws {
    try await Scene.run { scene in
      for _ in 0..<20 {
        let peer = await scene.joined()
        let answers = Mailbox<UpstreamAnswer>()
        scene.client.emit("x", arguments: Array("[]".utf8), answer: { answers.put($0) })
        _ = await scene.server.texts.next()
        peer.terminate()
        #expect(await answers.next() == .disconnected)
        #expect(await scene.disconnected().retryIn != nil)
        #expect(await scene.server.closed.next() == .local)
      }
    }
  }

  @Test("a server that falls silent is left after pingInterval and pingTimeout")
  func silence() async throws {
    try await Scene.run { scene in
      let peer = await scene.server.peers.next()
      peer.send(#"0{"sid":"s","upgrades":[],"pingInterval":50,"pingTimeout":50,"maxPayload":1000000}"#)
      #expect(await scene.disconnected().reason == "the server fell silent")
    }
  }

  @Test("a server that never opens the session is left after the connect timeout")
  func neverOpens() async throws {
    try await Scene.run({ $0.connectTimeout = .milliseconds(300) }) { scene in
      _ = await scene.server.peers.next()
      #expect(await scene.disconnected().reason == "the server fell silent")
    }
  }

  @Test("garbage, masked frames and oversize frames end the connection and are followed by another")
  func hostile() async throws {
    try await Scene.run({ $0.maxMessage = 1000 }) { scene in
      for bytes in [
        FrameHeader.frame(.text, Array("x".utf8), role: .server), FrameHeader.frame(.text, Array("2".utf8), role: .client),
        [0x82, 127, 0, 0, 0, 0, 6, 0, 0, 0], [0xFF, 0xFF, 0xFF], FrameHeader.frame(.text, [0xFF], role: .server),
      ] as [[UInt8]] {
        let peer = await scene.joined()
        peer.send(raw: bytes)
        #expect(await scene.disconnected().retryIn != nil)
      }
      _ = await scene.joined()
    }
  }

  @Test("a refused upgrade and a port nobody listens on are told, and tried again only when wanted")
  func refused() async throws {
    try await Scene.run(refuses: true, { $0.reconnects = false }) { scene in
      let end = await scene.disconnected()
      #expect(end.reason == "the server answered 503")
      #expect(end.retryIn == nil)
    }
    try await Scene.run({
      $0.url.port = 1
      $0.schedule = ReconnectSchedule(first: 1, most: 1)
    }) { scene in
      for _ in 0..<5 { #expect(await scene.disconnected().retryIn != nil) }
    }
  }

  @Test("stopping leaves the namespaces and closes")
  func stops() async throws {
    try await Scene.run { scene in
      _ = await scene.joined()
      await scene.client.stop()
      #expect(await scene.server.texts.next() == "41")
      #expect(await scene.events.next() == .disconnected(reason: "stopped", retryIn: nil))
      #expect(await scene.server.closed.next() == .peer(code: nil))
    }
  }

  @Test("over TLS a certificate of a private authority is believed when it is configured, and refused otherwise")
  func tls() async throws {
    let certificate = try await TestCertificate.make()
    defer { certificate.remove() }
    let tls = TLSOptions(certificate: .file(certificate.certificate), key: .file(certificate.key))
    try await Scene.run(tls: tls, { $0.trustRoots = .file(certificate.certificate) }) { scene in
      _ = await scene.joined()
    }
    try await Scene.run(tls: tls) { scene in
      #expect(await scene.disconnected().reason.contains("CERTIFICATE_VERIFY_FAILED"))
    }
  }
}
