import HubTesting
import SocketIO
import Testing

@Suite("Rooms and answers")
struct RoomTests {
  @Test("joining and leaving are idempotent, emptied rooms vanish")
  func idempotent() {
    var table = RoomTable()
    #expect(table.join(3, room: "a") == true)
    #expect(table.join(3, room: "a") == false)
    #expect(table.members(of: "a") == [3])
    #expect(table.leave(3, room: "a") == true)
    #expect(table.leave(3, room: "a") == false)
    #expect(table.leave(9, room: "a") == false)
    #expect(table.count == 0)
  }

  @Test("a member of several target rooms is met once, excepted ones not at all")
  func union() {
    var table = RoomTable()
    for member in 0..<6 as Range<UInt32> { table.join(member, room: member % 2 == 0 ? "even" : "odd") }
    for member in [1, 2] as [UInt32] { table.join(member, room: "both") }
    #expect(table.members(of: ["even", "both", "even"], except: []).sorted() == [0, 1, 2, 4])
    #expect(table.members(of: ["even", "odd"], except: [1, 4, 77]).sorted() == [0, 2, 3, 5])
    #expect(table.members(of: ["none"], except: []).isEmpty)
    #expect(table.members(of: [], except: []).isEmpty)
  }

  @Test("random joins and leaves agree with a plain model")
  func model() {
    var table = RoomTable()
    var model: [String: Set<UInt32>] = [:]
    var generator = SeededGenerator(seed: 42)
    for _ in 0..<20_000 {
      let member = UInt32(generator.next() % 50)
      let room = "r\(generator.next() % 12)"
      switch generator.next() % 8 {
      case 0...4: #expect(table.join(member, room: room) == model[room, default: []].insert(member).inserted)
      case 5...6: #expect(table.leave(member, room: room) == (model[room, default: []].remove(member) != nil))
      default:
        table.remove(member)
        for name in model.keys { model[name]?.remove(member) }
      }
    }
    for (room, members) in model { #expect(table.members(of: room).sorted() == members.sorted()) }
    #expect(table.count == model.values.count { $0.isEmpty == false })
    for member in 0..<50 as Range<UInt32> {
      #expect(table.rooms(of: member).sorted() == model.filter { $0.value.contains(member) }.map(\.key).sorted())
    }
  }

  @Test("an answer is taken once")
  func acks() {
    var acks = AckTable<String>()
    acks.wait(for: 0, "first")
    acks.wait(for: 7, "second")
    #expect(acks.take(7) == "second")
    #expect(acks.take(7) == nil)
    #expect(acks.take(3) == nil)
    #expect(acks.removeAll() == ["first"])
    #expect(acks.count == 0)
  }
}
