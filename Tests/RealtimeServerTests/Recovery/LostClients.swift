import HubTesting
import OrderedJSON
import Testing

@testable import RealtimeServer

/// What the answer to a CONNECT says, and what came before it.
struct Joined {
  var sid: String
  var pid: String?
  var before: [String]

  func payload(_ offset: String, _ more: String = "") -> String { #"{"pid":"\#(pid ?? "")","offset":"\#(offset)"\#(more)}"# }
}

extension SocketIOClient {
  func enter(_ payload: String = "") async throws -> Joined {
    send("40" + payload)
    var before: [String] = []
    while let text = await self.text() {
      guard text.hasPrefix("40") else {
        before.append(text)
        continue
      }
      let answer = try #require(try? JSONValue(parsing: Array(text.utf8.dropFirst(2))))
      return Joined(sid: try #require(answer["sid"]?.string), pid: answer["pid"]?.string, before: before)
    }
    throw CancellationError()
  }

  /// Skips what the actor says to each newcomer.
  func welcomed() async { while let text = await self.text(), text.hasPrefix(#"42["hello""#) == false {} }
}

extension Stage {
  static func recovering(
    _ configure: @escaping (inout RecoveryOptions) -> Void = { _ in }, _ body: (Stage) async throws -> Void
  ) async throws {
    try await run(
      {
        var recovery = RecoveryOptions()
        configure(&recovery)
        $0.recovery = recovery
      }, body)
  }

  func emit(_ number: Int, rooms: [String] = [], except: Set<SocketID> = [], flags: EmitFlags = []) {
    server.emit(
      namespace: "/", rooms: rooms, except: except, packet: EventPacket("n", arguments: Array("[\(number)]".utf8), offset: "\(number).0"),
      flags: flags)
  }

  /// A client that got packet 1.
  func reached(auth: String = "") async throws -> (client: SocketIOClient, joined: Joined) {
    let client = try await webSocket()
    let joined = try await client.enter(auth)
    await client.welcomed()
    emit(1)
    #expect(await client.text() == #"42["n",1,"1.0"]"#)
    return (client, joined)
  }

  /// A client that got packet 1, and whose connection is lost then.
  func lost(auth: String = "{}") async throws -> Joined {
    let (client, joined) = try await reached(auth: auth)
    client.raw.close()
    _ = await root.gone.next()
    return joined
  }
}
