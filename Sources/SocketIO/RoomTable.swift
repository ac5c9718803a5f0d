/// Who is in which room: dense arrays of places, so that a broadcast walks memory in order, and removal by swapping with the last.
/// Members are small numbers given by the caller. Emptied rooms vanish.
public struct RoomTable: Sendable {
  /// Numbers of members, in no particular order.
  public typealias Members = ContiguousArray<UInt32>

  private struct Room: Sendable {
    var name: String
    var members: Members
  }

  private struct Seat: Sendable {
    var room: UInt32
    var index: UInt32
  }

  private var rooms: [Room] = []
  private var freeRooms: [Int] = []
  private var roomsByName: [String: Int] = [:]
  private var seats: [[Seat]] = []
  /// Per member the walk that saw it last: a socket in several target rooms is met once.
  private var seenIn: [UInt32] = []
  private var walk: UInt32 = 0

  /// No rooms.
  public init() {}

  /// How many rooms have members.
  public var count: Int { roomsByName.count }

  /// The members of a room. The array is shared until the room changes.
  public func members(of room: String) -> Members { roomsByName[room].map { rooms[$0].members } ?? [] }

  /// The names of the rooms a member is in.
  public func rooms(of member: UInt32) -> [String] {
    seats.indices.contains(Int(member)) ? seats[Int(member)].map { rooms[Int($0.room)].name } : []
  }

  /// Adds a member. False when it is there already.
  @discardableResult
  public mutating func join(_ member: UInt32, room name: String) -> Bool {
    while seats.count <= Int(member) { seats.append([]) }
    let room = roomsByName[name] ?? open(name)
    guard seats[Int(member)].contains(where: { $0.room == room }) == false else { return false }
    seats[Int(member)].append(Seat(room: UInt32(room), index: UInt32(rooms[room].members.count)))
    rooms[room].members.append(member)
    return true
  }

  /// Removes a member from a room. False when it was not there.
  @discardableResult
  public mutating func leave(_ member: UInt32, room name: String) -> Bool {
    guard let room = roomsByName[name], seats.indices.contains(Int(member)),
      let seat = seats[Int(member)].firstIndex(where: { $0.room == room })
    else { return false }
    let index = Int(seats[Int(member)].remove(at: seat).index)
    vacate(index, in: room)
    return true
  }

  /// Removes a member from all rooms.
  public mutating func remove(_ member: UInt32) {
    guard seats.indices.contains(Int(member)) else { return }
    let left = seats[Int(member)]
    seats[Int(member)] = []
    for seat in left { vacate(Int(seat.index), in: Int(seat.room)) }
  }

  /// The members of any of these rooms, each once, without those in `except`.
  public mutating func members(of names: [String], except: [UInt32]) -> Members {
    if names.count == 1, except.isEmpty { return members(of: names[0]) }
    beginWalk()
    for member in except where Int(member) < seenIn.count { seenIn[Int(member)] = walk }
    var union = Members()
    for name in names {
      guard let room = roomsByName[name] else { continue }
      for member in rooms[room].members where seenIn[Int(member)] != walk {
        seenIn[Int(member)] = walk
        union.append(member)
      }
    }
    return union
  }

  private mutating func beginWalk() {
    while seenIn.count < seats.count { seenIn.append(walk) }
    walk &+= 1
    guard walk == 0 else { return }
    for index in seenIn.indices { seenIn[index] = 0 }
    walk = 1
  }

  private mutating func open(_ name: String) -> Int {
    let room: Int
    if let free = freeRooms.popLast() {
      room = free
      rooms[room] = Room(name: name, members: [])
    } else {
      room = rooms.count
      rooms.append(Room(name: name, members: []))
    }
    roomsByName[name] = room
    return room
  }

  private mutating func vacate(_ index: Int, in room: Int) {
    let moved = rooms[room].members[rooms[room].members.count - 1]
    rooms[room].members[index] = moved
    rooms[room].members.removeLast()
    if let seat = seats[Int(moved)].firstIndex(where: { $0.room == room }) { seats[Int(moved)][seat].index = UInt32(index) }
    guard rooms[room].members.isEmpty else { return }
    roomsByName[rooms[room].name] = nil
    rooms[room] = Room(name: "", members: [])
    freeRooms.append(room)
  }
}
