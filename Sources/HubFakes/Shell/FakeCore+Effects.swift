import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import RealtimeServer

extension FakeCore {
  /// Does what the machine said, once it is written down.
  func perform(_ effects: [FakeEffect]) {
    keep()
    for effect in effects { perform(effect) }
  }

  private func perform(_ effect: FakeEffect) {
    switch effect {
    case .say(let line): tell(line)
    case .call(let call): make(call)
    case .openNamespace(let name):
      // One that is there already stays.
      try? realtime?.addNamespace(name, handler: FakeNamespace(core: self))
    case .emit(let emit):
      let packet = EventPacket(emit.name, arguments: emit.arguments, attachments: emit.attachments)
      realtime?.emit(namespace: emit.namespace, rooms: emit.room.map { [$0] } ?? [], packet: packet)
    case .enter(let socket, let room): sockets[socket].map { realtime?.join($0.id, rooms: [room]) }
    case .leave(let socket, let room): sockets[socket].map { realtime?.leave($0.id, rooms: [room]) }
    case .disconnect(let socket, let closesTransport):
      sockets[socket].map { realtime?.disconnect($0.id, closeTransport: closesTransport) }
    }
  }

  private func make(_ call: OutgoingCall) {
    let headers = HTTPHeaders(call.headers.map { ($0.name, $0.value) })
    let request: HTTPClient.Request
    do {
      request = try HTTPClient.Request(
        url: call.url, method: HTTPMethod(rawValue: call.method), headers: headers,
        body: call.body.isEmpty ? nil : .byteBuffer(ByteBuffer(bytes: call.body)))
    } catch {
      // Not from here: the machine is in the middle of something.
      return eventLoop.execute { self.act { $0.called(call.id, .failed("\(call.url) is no address"), now: $1) } }
    }
    client.execute(request: request, eventLoop: .delegateAndChannel(on: eventLoop), deadline: .now() + .milliseconds(call.timeout))
      .hop(to: eventLoop).whenComplete { [weak self] result in
        let outcome: CallOutcome
        switch result {
        case .success(let response):
          outcome = .answered(status: Int(response.status.code), body: response.body.map { Array($0.readableBytesView) } ?? [])
        case .failure(let error): outcome = .failed("\(error)")
        }
        self?.act { $0.called(call.id, outcome, now: $1) }
      }
  }
}
