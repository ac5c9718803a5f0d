import HubPluginSDK
import Synchronization
import Testing

@testable import SocketIOSink

@Suite("Mappings shared by sinks that map alike")
struct SharedMappingsTests {
  /// Nobody else's in this process.
  let likeness: SharedMappings.Likeness

  init() {
    var placeholders = Placeholders()
    placeholders["order"] = "\(UInt64.random(in: 0...UInt64.max))"
    likeness = SharedMappings.Likeness(dialect: "inbox", options: MappingOptions(placeholders: placeholders), raw: [])
  }

  func event(_ sequence: UInt64, kind: String = "message.created", body: String = "{}") -> HubEvent {
    var event = HubEvent(
      id: "id", kind: kind, account: "", conversation: "", cause: "", timeMilliseconds: 0, body: Array(body.utf8))
    event.sequence = sequence
    return event
  }

  func packet(_ name: String) -> EventMapper.Packet { .init(index: 0, rooms: ["r"], name: name, arguments: Array("[]".utf8)) }

  private final class Tally: Sendable {
    let count = Atomic<Int>(0)
  }

  /// How often an event was mapped for several deliveries.
  func mapped(_ mappings: SharedMappings, _ events: [HubEvent]) -> Int {
    var count = 0
    for event in events {
      _ = mappings.packets(of: event) { event in
        count += 1
        return [packet(event.kind)]
      }
    }
    return count
  }

  @Test("two sinks map an event once, and both get its packets")
  func once() {
    let (one, two) = (SharedMappings.join(likeness), SharedMappings.join(likeness))
    #expect(one === two)
    #expect(one.packets(of: event(7)) { _ in [packet("first")] } == [packet("first")])
    #expect(two.packets(of: event(7)) { _ in [packet("second")] } == [packet("first")])
    one.leave()
    two.leave()
  }

  @Test("what is another event in any way is mapped anew")
  func differs() {
    let mappings = SharedMappings.join(likeness)
    _ = SharedMappings.join(likeness)
    let same = event(7)
    #expect(
      mapped(mappings, [same, event(8), event(7, kind: "typing"), event(7, body: "[]"), event(7 + UInt64(SharedMappings.capacity))]) == 5)
    #expect(mapped(mappings, [same, same]) == 1)
    // A volatile event has no place in the journal.
    #expect(mapped(mappings, [event(0), event(0)]) == 2)
    mappings.leave()
    mappings.leave()
  }

  @Test("a sink that is alone keeps nothing, and the last one takes everything with it")
  func alone() {
    let mappings = SharedMappings.join(likeness)
    #expect(mapped(mappings, [event(7), event(7)]) == 2)
    _ = SharedMappings.join(likeness)
    #expect(mapped(mappings, [event(7), event(7)]) == 1)
    mappings.leave()
    mappings.leave()
    let later = SharedMappings.join(likeness)
    #expect(later !== mappings)
    later.leave()
  }

  @Test("a large event and one that cannot be mapped are not kept")
  func notKept() {
    let mappings = SharedMappings.join(likeness)
    _ = SharedMappings.join(likeness)
    let large = event(7, body: String(repeating: "x", count: SharedMappings.maximumBytes))
    #expect(mapped(mappings, [large, large]) == 2)
    #expect(mappings.packets(of: event(9)) { _ in nil } == nil)
    #expect(mapped(mappings, [event(9)]) == 1)
    mappings.leave()
    mappings.leave()
  }

  @Test("sinks that are delivered an event at the same time map it once")
  func together() async {
    let mappings = SharedMappings.join(likeness)
    _ = SharedMappings.join(likeness)
    let tally = Tally()
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 {
        group.addTask {
          (1...400).allSatisfy { sequence in
            mappings.packets(of: event(UInt64(sequence))) { _ in
              tally.count.add(1, ordering: .relaxed)
              return [packet("\(sequence)")]
            } == [packet("\(sequence)")]
          }
        }
      }
      for await isRight in group { #expect(isRight) }
    }
    #expect(tally.count.load(ordering: .relaxed) == 400)
    mappings.leave()
    mappings.leave()
  }

  @Test("sinks that map in another way share nothing")
  func unlike() {
    let mapper = EventMapper(.inbox)
    #expect(mapper.likeness == EventMapper(.inbox, kinds: ["typing"], raw: ["call"]).likeness)
    #expect(mapper.likeness != EventMapper(.inbox, kinds: ["typing"], raw: ["message.created"]).likeness)
    #expect(mapper.likeness != EventMapper(.inbox, options: MappingOptions(canonical: false)).likeness)
  }
}
