import SocketIO

/// Rooms small and large, alone and among ten thousand: the work per member must not grow with either.
enum RoomWork {
  static func operations() -> [Operation] {
    var small = filled(members: 100, rooms: 1)
    var large = filled(members: 10_000, rooms: 1)
    var many = filled(members: 10_000, rooms: 10_000)
    let (first, hundred) = (["room-0"], (0..<100).map { "room-\($0)" })
    return [
      Operation(name: "room-walk-100", units: 100) { walk(&small, of: first, expecting: 100) },
      Operation(name: "room-walk-10000", units: 10_000) { walk(&large, of: first, expecting: 10_000) },
      Operation(name: "room-union-of-100-among-10000", units: 100) { walk(&many, of: hundred, expecting: 100) },
      Operation(name: "room-join-leave-100") { joinAndLeave(&small) },
      Operation(name: "room-join-leave-10000") { joinAndLeave(&large) },
      Operation(name: "room-join-leave-among-10000") { joinAndLeave(&many) },
    ]
  }

  private static func filled(members: UInt32, rooms: UInt32) -> RoomTable {
    var table = RoomTable()
    for member in 0..<members { table.join(member, room: "room-\(member % rooms)") }
    return table
  }

  private static func walk(_ table: inout RoomTable, of rooms: [String], expecting count: Int) {
    var sum = 0
    for member in table.members(of: rooms, except: []) { sum += Int(member) & 1 + 1 }
    keep(sum >= count ? sum : nil)
  }

  private static func joinAndLeave(_ table: inout RoomTable) {
    keep(table.join(7, room: "another") && table.leave(7, room: "another") ? true : nil)
  }
}
