import HubTesting
import Logging
import NIOCore
import NIOPosix
import RealtimeServer
import Testing
import UpstreamSocket

/// Accepts whoever brings a token, echoes what it is told, and emits to whoever joined.
private struct EchoNamespace: NamespaceHandler {
  let server: RealtimeServer

  func connect(_ request: ConnectRequest, answer: ConnectAnswer) {
    guard request.auth == Array(#"{"token":"good"}"#.utf8) else {
      return answer.refuse(message: "unauthorized", data: Array(#"{"code":"token_missing"}"#.utf8))
    }
    answer.accept(rooms: ["everyone"])
  }

  func event(_ event: ClientEvent) {
    event.ack?(event.arguments)
    server.emit(to: event.socket, packet: EventPacket("echo", arguments: event.arguments))
  }

  func disconnected(_ socket: SocketID, context: (any Sendable)?, reason: DisconnectReason) {}
}

@Suite("Client and server together", .timeLimit(.minutes(5)))
struct EndToEndTests {
  @Test("two namespaces on one connection: one accepts, one refuses; a thousand events go both ways in order, with answers")
  func bothWays() async throws {
    let group = MultiThreadedEventLoopGroup.singleton
    let server = RealtimeServer(options: RealtimeOptions(), group: group, logger: Logger(label: "test"))
    for name in ["/", "/whatsapp"] { try server.addNamespace(name, handler: EchoNamespace(server: server)) }
    let listener = try await server.listen(on: .tcp(host: "127.0.0.1", port: 0))
    let url = try #require(UpstreamURL("http://\(listener.address)"))
    var options = UpstreamOptions(url: url)
    options.namespaces = [UpstreamNamespace("/", auth: { Array(#"{"token":"good"}"#.utf8) }), UpstreamNamespace("/whatsapp")]
    let (events, answers) = (Mailbox<UpstreamEvent>(), Mailbox<UpstreamAnswer>())
    let client = UpstreamSocket(options: options, group: group, logger: Logger(label: "test"), tell: { events.put($0) })
    client.start()
    var isJoined = false
    var refusal: UpstreamEvent?
    while !isJoined || refusal == nil {
      switch await events.next() {
      case .joined("/", _): isJoined = true
      case .refused(let namespace, let message, let data, _):
        refusal = .refused(namespace: namespace, message: message, data: data, retryIn: 0)
      default: break
      }
    }
    #expect(
      refusal == .refused(namespace: "/whatsapp", message: "unauthorized", data: Array(#"{"code":"token_missing"}"#.utf8), retryIn: 0))
    for number in 0..<1000 { client.emit("say", arguments: Array("[\(number),\"é\"]".utf8), answer: { answers.put($0) }) }
    for number in 0..<1000 {
      let arguments = Array("[\(number),\"é\"]".utf8)
      #expect(await answers.next() == .answered(arguments, attachments: []))
      #expect(await nextOfRoot(events) == .event(namespace: "/", name: "echo", arguments: arguments, attachments: [], ack: nil))
    }
    await client.stop()
    await listener.shutdown(within: .zero)
  }

  /// Passes over what the other namespace is told each time it is asked again.
  private func nextOfRoot(_ events: Mailbox<UpstreamEvent>) async -> UpstreamEvent {
    while true {
      let event = await events.next()
      if case .refused("/whatsapp", _, _, _) = event { continue }
      return event
    }
  }
}
