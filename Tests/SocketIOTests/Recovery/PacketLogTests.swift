import Testing

@testable import SocketIO

@Suite("What was sent of late")
struct PacketLogTests {
  private func log(packets: Int = 100, bytes: Int = 1000, age: Int64 = 1000) -> PacketLog<Int> {
    PacketLog(limits: .init(packets: packets, bytes: bytes, age: age), origin: "origin")
  }

  private func session(_ rooms: Set<String> = [], socket: String = "me") -> LostSession {
    LostSession(socket: socket, namespace: 0, rooms: rooms, owner: "", deadline: 0)
  }

  @Test("everything after the offset comes, in order, and nothing that is not known to be complete")
  func order() {
    var log = log()
    #expect(log.missed(after: "origin", by: session()) == [])
    for number in 0..<5 { log.append(number, offset: "7.\(number)", to: .init(), size: 1, now: 0) }
    #expect(log.missed(after: "origin", by: session()) == [0, 1, 2, 3, 4])
    #expect(log.missed(after: "7.1", by: session()) == [2, 3, 4])
    #expect(log.missed(after: "7.1", before: 4, by: session()) == [2, 3])
    #expect(log.missed(after: "7.1", before: 1, by: session()) == [])
    #expect(log.missed(after: "7.4", by: session()) == [])
    #expect(log.missed(after: "7.5", by: session()) == nil)
    #expect(log.missed(after: "", by: session()) == nil)
  }

  @Test("only what was for the session comes: its rooms, its own id, and not what it was left out of")
  func audience() {
    var log = log()
    log.append(1, offset: "1", to: .init(rooms: ["a", "b"]), size: 1, now: 0)
    log.append(2, offset: "2", to: .init(rooms: ["c"]), size: 1, now: 0)
    log.append(3, offset: "3", to: .init(rooms: ["me"]), size: 1, now: 0)
    log.append(4, offset: "4", to: .init(rooms: ["you"]), size: 1, now: 0)
    log.append(5, offset: "5", to: .init(except: ["you"]), size: 1, now: 0)
    log.append(6, offset: "6", to: .init(rooms: ["b"], except: ["me"]), size: 1, now: 0)
    log.append(7, offset: "7", to: .init(except: ["c", "d"]), size: 1, now: 0)
    #expect(log.missed(after: "origin", by: session(["b"])) == [1, 3, 5, 7])
    #expect(log.missed(after: "origin", by: session(["c"], socket: "you")) == [2, 4])
    #expect(log.missed(after: "3", by: session(["a"])) == [5, 7])
  }

  @Test("number and size bound what is kept, and what goes before its time is counted")
  func bounds() {
    var few = log(packets: 3)
    for number in 0..<5 { few.append(number, offset: "\(number)", to: .init(), size: 1, now: 0) }
    #expect(few.count == 3 && few.dropped == 2)
    #expect(few.missed(after: "1", by: session()) == nil, "packet 2 is still there, but an offset stands for what follows it")
    #expect(few.missed(after: "2", by: session()) == [3, 4])
    #expect(few.missed(after: "origin", by: session()) == nil)
    var small = log(bytes: 10)
    for number in 0..<3 { small.append(number, offset: "\(number)", to: .init(), size: 4, now: 0) }
    #expect(small.count == 2 && small.bytes == 8 && small.dropped == 1)
    small.append(3, offset: "3", to: .init(), size: 11, now: 0)
    #expect(small.count == 0 && small.bytes == 0 && small.dropped == 4)
    #expect(small.missed(after: "3", by: session()) == nil)
  }

  @Test("what is too old goes, uncounted")
  func age() {
    var log = log(age: 100)
    log.append(1, offset: "1", to: .init(), size: 1, now: 0)
    log.append(2, offset: "2", to: .init(), size: 1, now: 60)
    let held = [100, 101].map { log.holds("1", now: $0) }
    #expect(held == [true, false])
    #expect(log.missed(after: "2", by: session()) == [])
    log.append(3, offset: "3", to: .init(), size: 1, now: 161)
    #expect(log.count == 1 && log.dropped == 0)
  }

  @Test("of equal offsets the first counts, so that nothing is left out")
  func repeated() {
    var log = log(packets: 3)
    for (number, offset) in ["a", "b", "a", "c"].enumerated() { log.append(number, offset: offset, to: .init(), size: 1, now: 0) }
    #expect(log.missed(after: "a", by: session()) == nil, "the first is gone, and which one the client means is not known")
    #expect(log.missed(after: "b", by: session()) == [2, 3])
  }

  @Test("a long life takes no more memory than the bounds, and places stay right")
  func longLife() {
    var log = log(packets: 50, bytes: .max)
    for number in 0..<10_000 {
      let place = log.append(number, offset: "\(number)", to: .init(), size: 1, now: 0)
      #expect(place == number)
      #expect(log.count <= 50)
      if number > 60 { #expect(log.missed(after: "\(number - 10)", by: session()) == Array((number - 9)...number)) }
    }
    #expect(log.dropped == 9950)
  }
}

/// Expectations take no mutating calls.
private final class Lost {
  private(set) var sessions: LostSessions

  init(limit: Int) { sessions = LostSessions(limit: limit) }

  func keep(_ session: LostSession, under privateID: String, now: Int64) { sessions.keep(session, under: privateID, now: now) }

  func take(_ privateID: String, namespace: Int, now: Int64) -> LostSession? {
    sessions.take(privateID, namespace: namespace, now: now)
  }
}

@Suite("Lost sessions")
struct LostSessionTests {
  private func session(_ name: String, namespace: Int = 0, deadline: Int64 = 100) -> LostSession {
    LostSession(socket: name, namespace: namespace, rooms: ["r"], owner: "o", deadline: deadline)
  }

  @Test("a session is taken once, in its namespace, in its time")
  func take() {
    let lost = Lost(limit: 10)
    lost.keep(session("a"), under: "pid", now: 0)
    #expect(lost.take("other", namespace: 0, now: 1) == nil)
    #expect(lost.take("pid", namespace: 1, now: 1) == nil)
    #expect(lost.take("pid", namespace: 0, now: 99) == session("a"))
    #expect(lost.take("pid", namespace: 0, now: 99) == nil)
    lost.keep(session("a"), under: "pid", now: 0)
    #expect(lost.take("pid", namespace: 0, now: 100) == nil)
    #expect(lost.sessions.count == 0)
  }

  @Test("the oldest make room, and are counted")
  func bound() {
    let lost = Lost(limit: 2)
    for number in 0..<4 { lost.keep(session("\(number)", deadline: 100 + Int64(number)), under: "\(number)", now: 0) }
    #expect(lost.sessions.count == 2 && lost.sessions.dropped == 2)
    #expect(lost.take("1", namespace: 0, now: 0) == nil)
    #expect(lost.take("2", namespace: 0, now: 0)?.socket == "2")
    let none = Lost(limit: 0)
    none.keep(session("a"), under: "a", now: 0)
    #expect(none.sessions.count == 0 && none.sessions.dropped == 1)
  }

  @Test("those whose time is over go without being counted, and one that was lost again stays")
  func expiry() {
    let lost = Lost(limit: 2)
    lost.keep(session("a", deadline: 100), under: "a", now: 0)
    #expect(lost.take("a", namespace: 0, now: 10) != nil)
    lost.keep(session("a", deadline: 150), under: "a", now: 50)
    lost.keep(session("b", deadline: 160), under: "b", now: 120)
    #expect(lost.take("a", namespace: 0, now: 149)?.deadline == 150)
    for number in 0..<1000 {
      let now = Int64(200 + number * 100)
      lost.keep(session("\(number)", deadline: now + 50), under: "\(number)", now: now)
      #expect(lost.sessions.count == 1)
    }
    #expect(lost.sessions.dropped == 0)
  }
}

@Suite("What clients say of recovery")
struct RecoveryRequestTests {
  @Test("private id and offset are read from the payload, and both are needed")
  func payload() {
    #expect(RecoveryRequest(Array(#"{"token":"t","pid":"p","offset":"1.0"}"#.utf8)) == RecoveryRequest(privateID: "p", offset: "1.0"))
    for payload in ["{}", #"{"pid":"p"}"#, #"{"offset":"1"}"#, #"{"pid":1,"offset":"1"}"#, #"{"pid":"p","offset":null}"#, "[]", "x", ""] {
      #expect(RecoveryRequest(Array(payload.utf8)) == nil)
    }
  }

  @Test(
    "an event that ends in a string would be taken for one with an offset",
    arguments: [
      ("[]", true), (" [ ] ", true), (#"["a"]"#, true), (#"[1, "a" ]"#, true), (#"["a",1]"#, false), (#"[{"a":"b"}]"#, false),
      (#"[["a"]]"#, false), ("[[]]", false), ("[null]", false), (#"["\"", true]"#, false),
    ])
  func mimicry(arguments: String, isMimicked: Bool) {
    #expect(RecoveryOffset.isMimicked(by: Array(arguments.utf8)) == isMimicked)
  }
}
