import Synchronization

@testable import HubHost
@testable import UpstreamSocket

/// Stands in for connections to Socket.IO servers: keeps what was asked of them, and lets the test say what happens.
final class ScriptedUpstreams: Sendable {
  struct Opened: Sendable {
    let options: UpstreamOptions
    let tell: @Sendable (UpstreamEvent) -> Void
  }

  typealias Answer = @Sendable (UpstreamAnswer) -> Void

  let calls = Lines()
  private let state = Mutex<(opened: [Opened], answers: [Answer])>(([], []))

  var opened: [Opened] { state.withLock { $0.opened } }

  /// Tells something of the first connection.
  func tell(_ events: UpstreamEvent...) { for event in events { opened.first?.tell(event) } }

  func answer(_ answer: UpstreamAnswer) { state.withLock { $0.answers.isEmpty ? nil : $0.answers.removeFirst() }?(answer) }

  var port: UpstreamPort {
    UpstreamPort { [self] options, tell in
      state.withLock { $0.opened.append(Opened(options: options, tell: tell)) }
      return UpstreamLine(
        emit: { [self] emit, answer in
          let text = String(decoding: emit.arguments, as: UTF8.self)
          calls.add("emit \(emit.namespace) \(emit.name) \(text) \(emit.attachments) asks=\(answer != nil)")
          if let answer { state.withLock { $0.answers.append(answer) } }
        }, acknowledge: { [self] in calls.add("ack \($0.id) \(String(decoding: $1, as: UTF8.self))") },
        pause: { [self] in calls.add("pause") }, resume: { [self] in calls.add("resume") }, close: { [self] in calls.add("close") })
    }
  }
}
