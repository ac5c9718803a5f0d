import Testing

@testable import UpstreamSocket

@Suite("What a client does and when")
struct UpstreamMachineTests {
  typealias Action = UpstreamMachine.Action

  private func machine(_ namespaces: String..., configure: (inout UpstreamMachine.Settings) -> Void = { _ in }) -> UpstreamMachine {
    var settings = UpstreamMachine.Settings()
    settings.namespaces = namespaces
    configure(&settings)
    return UpstreamMachine(settings)
  }

  private func receive(_ machine: inout UpstreamMachine, _ text: String, _ number: UInt64 = 1, now: Int64 = 0) -> [Action] {
    machine.received(text: Array(text.utf8), number, now: now, random: 0.5)
  }

  /// Up to the joined namespaces.
  private func joined(_ namespaces: String..., configure: (inout UpstreamMachine.Settings) -> Void = { _ in }) -> UpstreamMachine {
    var machine = machine()
    var settings = UpstreamMachine.Settings()
    settings.namespaces = namespaces
    configure(&settings)
    machine = UpstreamMachine(settings)
    _ = machine.start(now: 0)
    _ = receive(&machine, PacketStreamTests.open)
    for name in namespaces { _ = receive(&machine, "40\(name == "/" ? "" : name + ","){\"sid\":\"x\"}") }
    #expect(machine.joinedNamespaces == namespaces)
    return machine
  }

  @Test("it dials, and asks to join every namespace once the session is open")
  func opens() {
    var machine = machine("/", "/a")
    #expect(machine.start(now: 0) == [.tell(.connecting), .dial(1)])
    #expect(machine.start(now: 0) == [])
    #expect(receive(&machine, PacketStreamTests.open) == [.tell(.connected(session: "s")), .join("/"), .join("/a")])
    #expect(receive(&machine, "2") == [.send(Array("3".utf8), attachments: [])])
    #expect(receive(&machine, #"40{"sid":"a"}"#) == [.tell(.joined(namespace: "/", socket: "a"))])
    #expect(receive(&machine, #"42/a,["early"]"#) == [.tell(.dropped(.notJoined, namespace: "/a"))])
    #expect(receive(&machine, #"40/other,{"sid":"a"}"#) == [], "never asked for")
  }

  @Test("a namespace that refuses is asked again at 1, 2, 4 … 30 s for ever; the transport and the other namespaces stay")
  func lateNamespace() {
    var machine = machine("/", "/late")
    _ = machine.start(now: 0)
    _ = receive(&machine, PacketStreamTests.open)
    _ = receive(&machine, #"40{"sid":"a"}"#)
    var now: Int64 = 0
    for wait: Int64 in [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000] {
      let refused = UpstreamEvent.refused(namespace: "/late", message: "Invalid namespace", data: nil, retryIn: wait)
      #expect(receive(&machine, #"44/late,{"message":"Invalid namespace"}"#, now: now) == [.tell(refused)])
      machine.heard(1, now: now)
      #expect(machine.wake(now: now + wait - 1, random: 0.5) == [])
      now += wait
      #expect(machine.wake(now: now, random: 0.5) == [.join("/late")])
      #expect(machine.joinedNamespaces == ["/"])
    }
    #expect(receive(&machine, #"40/late,{"sid":"b"}"#, now: now) == [.tell(.joined(namespace: "/late", socket: "b"))])
  }

  @Test("a namespace the server ended is joined again on the same transport, and only its own answers are given up")
  func left() {
    var machine = joined("/", "/a")
    let emit = UpstreamEmit(name: "x", arguments: Array("[]".utf8), namespace: "/a")
    #expect(machine.emit(emit, id: 7, now: 0) == [.send(Array(#"42/a,7["x"]"#.utf8), attachments: [])])
    #expect(machine.emit(UpstreamEmit(name: "x", arguments: Array("[]".utf8)), id: 8, now: 0).count == 1)
    #expect(receive(&machine, "41/a,") == [.answer(7, .disconnected), .tell(.left(namespace: "/a", retryIn: 1000))])
    #expect(receive(&machine, "41/a,") == [])
    #expect(machine.emit(emit, id: 9, now: 0) == [.answer(9, .notJoined)])
    #expect(machine.wake(now: 1000, random: 0.5) == [.join("/a")])
    #expect(receive(&machine, #"438["late"]"#) == [.answer(8, .answered(Array(#"["late"]"#.utf8), attachments: []))])
  }

  @Test("an answer counts once, in its own namespace, and in time")
  func answers() {
    var machine = joined("/", "/a")
    _ = machine.emit(UpstreamEmit(name: "x", arguments: Array("[1]".utf8), namespace: "/a"), id: 1, now: 0)
    #expect(receive(&machine, "431[]") == [.tell(.dropped(.lateAnswer, namespace: "/"))])
    #expect(receive(&machine, "43/a,1[]") == [.answer(1, .answered(Array("[]".utf8), attachments: []))])
    #expect(receive(&machine, "43/a,1[]") == [.tell(.dropped(.lateAnswer, namespace: "/a"))])
    _ = machine.emit(UpstreamEmit(name: "x", arguments: Array("[1]".utf8)), id: 2, now: 5000)
    #expect(machine.wake(now: 34_999, random: 0.5) == [])
    #expect(machine.wake(now: 35_000, random: 0.5) == [.answer(2, .timeout)])
    #expect(receive(&machine, "432[]") == [.tell(.dropped(.lateAnswer, namespace: "/"))])
  }

  @Test("attachments go out in the order in which the arguments name them")
  func attachments() {
    var machine = joined("/")
    func placeholder(_ number: Int) -> String { #"{"_placeholder":true,"num":\#(number)}"# }
    let emit = UpstreamEmit(
      name: "f", arguments: Array("[\(placeholder(1)),{\"a\":\(placeholder(0))}]".utf8), attachments: [[1], [2]], wantsAnswer: false)
    let text = #"452-["f",\#(placeholder(0)),{"a":\#(placeholder(1))}]"#
    #expect(machine.emit(emit, id: 1, now: 0) == [.send(Array(text.utf8), attachments: [[2], [1]]), .answer(1, .sent)])
    for bad in ["[\(placeholder(2))]", "{}", "[", "[1]x"] {
      let emit = UpstreamEmit(name: "f", arguments: Array(bad.utf8), attachments: [[1]])
      #expect(machine.emit(emit, id: 2, now: 0) == [.answer(2, .badArguments)])
    }
  }

  @Test("an event is acknowledged once its namespace is joined, and never in a later joining")
  func acknowledges() {
    var machine = joined("/")
    guard case .tell(.event(_, "ask", _, _, let ack?)) = receive(&machine, #"429["ask"]"#).first else {
      Issue.record("no event")
      return
    }
    let yes = Array(#"["yes"]"#.utf8)
    #expect(machine.acknowledge(ack, arguments: yes, attachments: []) == [.send(Array(#"439["yes"]"#.utf8), attachments: [])])
    let bad = machine.acknowledge(ack, arguments: Array("{}".utf8), attachments: [])
    #expect(bad == [.tell(.dropped(.badArguments, namespace: "/"))])
    let late = [Action.tell(.dropped(.lateAck, namespace: "/"))]
    _ = receive(&machine, "41")
    #expect(machine.acknowledge(ack, arguments: yes, attachments: []) == late)
    _ = machine.wake(now: 1000, random: 0.5)
    _ = receive(&machine, #"40{"sid":"again"}"#, now: 1000)
    #expect(machine.acknowledge(ack, arguments: yes, attachments: []) == late)
  }

  @Test("credentials that are refused are shown again after 5, 10, 20 … 60 s; other ones, and those that were taken since, begin anew")
  func refusedCredentials() {
    var machine = machine("/")
    var (now, number): (Int64, UInt64) = (0, 1)
    func end(_ end: UpstreamEnd, wait: Int64) {
      #expect(machine.ended(number, end, now: now, random: 0.5) == [.tell(.disconnected(end, retryIn: wait))])
      #expect(machine.wake(now: now + wait - 1, random: 0.5) == [])
      (now, number) = (now + wait, number + 1)
      #expect(machine.wake(now: now, random: 0.5) == [.tell(.connecting), .dial(number)])
    }
    func refuse(_ status: Int, wait: Int64) { end(UpstreamEnd(.refused, "no", status: status), wait: wait) }
    _ = machine.start(now: 0)
    for (status, wait) in [(400, 5000), (401, 10_000), (403, 20_000), (400, 40_000), (400, 60_000), (400, 60_000)] as [(Int, Int64)] {
      machine.shows(1)
      refuse(status, wait: wait)
    }
    machine.shows(2)
    refuse(403, wait: 5000)
    refuse(403, wait: 10_000)
    refuse(503, wait: 1000)
    refuse(404, wait: 2000)
    end(UpstreamEnd(.unreachable, "connection refused"), wait: 4000)
    _ = receive(&machine, PacketStreamTests.open, number, now: now)
    end(UpstreamEnd(.lost, "lost"), wait: 8000)
    machine.shows(2)
    refuse(403, wait: 5000)
  }

  @Test("a server that says nothing for as long as it promised is left; what arrives in pieces, or isn't read, counts as a sign of life")
  func silence() {
    var machine = joined("/")
    #expect(machine.deadline == 45_000)
    machine.heard(1, now: 30_000)
    #expect(machine.wake(now: 45_000, random: 0.5) == [])
    #expect(machine.deadline == 75_000)
    #expect(machine.hold(true, now: 60_000) == [.read(false)] && machine.hold(true, now: 60_000) == [])
    #expect(machine.wake(now: 75_000, random: 0.5) == [])
    #expect(machine.hold(false, now: 110_000) == [.read(true)] && machine.hold(false, now: 110_000) == [])
    #expect(machine.wake(now: 120_000, random: 0.5) == [])
    let end = UpstreamEnd(.silent, "the server fell silent")
    #expect(machine.wake(now: 155_000, random: 0.5) == [.hangUp(1), .tell(.disconnected(end, retryIn: 1000))])
  }

  @Test("what isn't open yet is read in any case, and a server that falls silent afterwards is left")
  func heldTooEarly() {
    var machine = machine("/")
    _ = machine.start(now: 0)
    #expect(machine.hold(true, now: 0) == [])
    _ = receive(&machine, PacketStreamTests.open)
    _ = receive(&machine, #"40{"sid":"a"}"#)
    let end = UpstreamEnd(.silent, "the server fell silent")
    #expect(machine.wake(now: 45_000, random: 0.5) == [.hangUp(1), .tell(.disconnected(end, retryIn: 1000))])
  }

  @Test("what can't be heard while nothing is read is given the time it lost, and no more than its whole time")
  func heldAnswers() {
    var machine = machine("/", "/slow")
    _ = machine.start(now: 0)
    _ = receive(&machine, PacketStreamTests.open)
    _ = receive(&machine, #"40{"sid":"a"}"#)
    _ = machine.emit(UpstreamEmit(name: "x", arguments: Array("[]".utf8)), id: 1, now: 0)
    _ = machine.hold(true, now: 10_000)
    _ = machine.emit(UpstreamEmit(name: "x", arguments: Array("[]".utf8)), id: 2, now: 90_000)
    #expect(machine.wake(now: 100_000, random: 0.5) == [], "neither the joining nor the answers")
    _ = machine.hold(false, now: 100_000)
    machine.heard(1, now: 110_000)
    #expect(machine.deadline == 110_000, "the joining had 10 s left")
    #expect(machine.wake(now: 119_999, random: 0.5) == [])
    #expect(machine.wake(now: 120_000, random: 0.5) == [.answer(1, .timeout)])
    #expect(machine.wake(now: 129_999, random: 0.5) == [])
    #expect(machine.wake(now: 130_000, random: 0.5) == [.answer(2, .timeout)])
  }

  @Test("an event whose attachments never came is gone with its connection, and costs the next one nothing")
  func incomplete() {
    var machine = joined("/")
    #expect(receive(&machine, #"452-["f",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#) == [])
    #expect(machine.received(binary: [1], 1, now: 0, random: 0.5) == [])
    _ = machine.ended(1, UpstreamEnd(.lost, ""), now: 0, random: 0.5)
    _ = machine.wake(now: 1000, random: 0.5)
    _ = receive(&machine, PacketStreamTests.open, 2, now: 1000)
    _ = receive(&machine, #"40{"sid":"x"}"#, 2, now: 1000)
    #expect(receive(&machine, #"42["next"]"#, 2, now: 1000).count == 1)
  }

  @Test("what has no name that may be one is told, and costs nothing else")
  func unnamed() {
    var machine = joined("/", "/a")
    #expect(receive(&machine, #"42/a,["disconnect"]"#) == [.tell(.dropped(.unnamed, namespace: "/a"))])
    #expect(receive(&machine, #"42["next"]"#).count == 1)
  }

  @Test("a server that never opens the session, or of which no namespace answers, is left in time")
  func neverOpens() {
    var machine = machine("/")
    _ = machine.start(now: 0)
    let late = UpstreamEnd(.unreachable, "no answer in time")
    #expect(machine.wake(now: 20_000, random: 0.5) == [.hangUp(1), .tell(.disconnected(late, retryIn: 1000))])
    #expect(machine.wake(now: 21_000, random: 0.5) == [.tell(.connecting), .dial(2)])
    #expect(receive(&machine, PacketStreamTests.open, 2, now: 21_000).count == 2)
    machine.heard(2, now: 40_000)
    let silent = UpstreamEnd(.silent, "no namespace answered")
    #expect(machine.wake(now: 41_000, random: 0.5) == [.hangUp(2), .tell(.disconnected(silent, retryIn: 2000))])
  }

  @Test("a namespace that never answers is not asked twice and does not take the others with it")
  func unanswered() {
    var machine = machine("/", "/hangs")
    _ = machine.start(now: 0)
    _ = receive(&machine, PacketStreamTests.open)
    _ = receive(&machine, #"40{"sid":"a"}"#)
    for now: Int64 in stride(from: 20_000, to: 400_000, by: 20_000) {
      machine.heard(1, now: now)
      #expect(machine.wake(now: now, random: 0.5) == [])
    }
    #expect(receive(&machine, #"40/hangs,{"sid":"b"}"#, now: 400_000) == [.tell(.joined(namespace: "/hangs", socket: "b"))])
  }

  @Test("waits begin anew after a join, and after a connection that held without one; not after one that did nothing")
  func resets() {
    func next(after held: Int64, joins: Bool) -> Int64? {
      var machine = machine("/")
      _ = machine.start(now: 0)
      _ = machine.ended(1, UpstreamEnd(.lost, ""), now: 0, random: 0.5)
      _ = machine.wake(now: 1000, random: 0.5)
      _ = receive(&machine, PacketStreamTests.open, 2, now: 1000)
      _ = receive(&machine, joins ? #"40{"sid":"a"}"# : #"44{"message":"Invalid namespace"}"#, 2, now: 1000)
      guard case .tell(.disconnected(_, let wait)) = machine.ended(2, UpstreamEnd(.lost, ""), now: 1000 + held, random: 0.5).last else {
        return nil
      }
      return wait
    }
    #expect(next(after: 0, joins: true) == 1000)
    #expect(next(after: 45_000, joins: false) == 1000)
    #expect(next(after: 10, joins: false) == 2000)
  }

  @Test("what an earlier connection still says counts for nothing")
  func earlier() {
    var machine = joined("/")
    #expect(
      machine.ended(1, UpstreamEnd(.lost, "gone"), now: 0, random: 0).last == .tell(.disconnected(UpstreamEnd(.lost, "gone"), retryIn: 800))
    )
    #expect(machine.ended(1, UpstreamEnd(.lost, "gone"), now: 0, random: 0) == [])
    #expect(receive(&machine, #"42["x"]"#) == [])
    _ = machine.wake(now: 800, random: 0)
    #expect(receive(&machine, PacketStreamTests.open, 1) == [])
    #expect(machine.ended(1, UpstreamEnd(.lost, "gone"), now: 900, random: 0) == [])
  }

  @Test("a violation ends the connection; an event that was too large does not")
  func breaches() {
    var machine = joined("/")
    #expect(
      machine.skipped(isText: true, head: Array("42[".utf8), bytes: 9000, 1, now: 0, random: 0.5)
        == [.tell(.lost(namespace: "/", bytes: 9000))])
    #expect(receive(&machine, #"42["next"]"#).count == 1)
    let end = UpstreamEnd(.violation, "parse error")
    #expect(receive(&machine, "42{") == [.hangUp(1), .tell(.disconnected(end, retryIn: 1000))])
  }

  @Test("stopping leaves what is joined, gives up what waits, and is the end")
  func stops() {
    var machine = joined("/", "/a")
    _ = machine.emit(UpstreamEmit(name: "x", arguments: Array("[]".utf8)), id: 1, now: 0)
    #expect(
      machine.stop() == [
        .send(Array("41".utf8), attachments: []), .send(Array("41/a,".utf8), attachments: []), .hangUp(1), .answer(1, .disconnected),
        .tell(.disconnected(UpstreamEnd(.stopped, "stopped"), retryIn: nil)),
      ])
    #expect(machine.stop() == [] && machine.deadline == nil)
    #expect(machine.start(now: 0) == [.tell(.connecting), .dial(2)])
    #expect(machine.stop() == [.hangUp(2)])
  }

  @Test("one that doesn't reconnect ends with the first connection")
  func once() {
    var machine = joined("/") { $0.reconnects = false }
    #expect(machine.ended(1, UpstreamEnd(.lost, ""), now: 0, random: 0) == [.tell(.disconnected(UpstreamEnd(.lost, ""), retryIn: nil))])
    #expect(machine.deadline == nil)
  }
}
