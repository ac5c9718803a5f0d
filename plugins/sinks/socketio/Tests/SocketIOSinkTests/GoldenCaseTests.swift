import Foundation
import OrderedJSON
import Testing

@testable import SocketIOSink

/// The folder of the cases and what is in it.
enum GoldenCases {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Cases").standardizedFileURL
  static let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.filter { $0.hasSuffix(".json") }.sorted() ?? []
}

@Suite("Golden cases: a canonical event and the packets it becomes")
struct GoldenCaseTests {
  @Test("the folder has its cases") func folder() { #expect(GoldenCases.names.count >= 50) }

  @Test("the event becomes the packets of the case", arguments: GoldenCases.names)
  func packets(name: String) throws {
    let golden = try JSONValue(parsing: Array(Data(contentsOf: GoldenCases.folder.appending(path: name))))
    let mapper = try SinkConfig(golden["config"] ?? [:]).mapper
    let body = golden["event"] ?? .null
    let event = CanonicalEvent(kind: body["kind"]?.string ?? "", body: body)
    let packets = JSONValue.array(
      try mapper.packets(for: event).map { packet in
        [
          "index": .number(JSONNumber(Int64(packet.index))), "rooms": .array(packet.rooms.map { .string($0) }),
          "name": .string(packet.name), "arguments": try JSONValue(parsing: packet.arguments),
        ]
      })
    #expect(packets == golden["packets"], "got \(packets)")
  }

  @Test("mapping an event twice gives the same bytes", arguments: GoldenCases.names)
  func deterministic(name: String) throws {
    let golden = try JSONValue(parsing: Array(Data(contentsOf: GoldenCases.folder.appending(path: name))))
    let mapper = try SinkConfig(golden["config"] ?? [:]).mapper
    let event = CanonicalEvent(kind: golden["event"]?["kind"]?.string ?? "", body: golden["event"] ?? .null)
    #expect(mapper.packets(for: event) == mapper.packets(for: event))
  }
}
