import NIOCore
import SocketIO

/// How many objects of each kind a server holds: none but deadlines once everybody has gone, and no deadlines once these were due.
package struct LiveObjects: Sendable, Hashable {
  /// Engine.IO sessions.
  package var sessions = 0
  /// Sockets, of all namespaces.
  package var sockets = 0
  /// Rooms, counted on each event loop that has members of them; each namespace with sockets has one of everybody.
  package var rooms = 0
  /// Answers that are waited for.
  package var acks = 0
  /// Times at which a session is to be looked at. Those of sessions that are gone stay until they are due.
  package var deadlines = 0

  /// Nothing.
  package init() {}

  fileprivate mutating func add(_ loop: LoopState) {
    sessions += loop.sessions.count
    sockets += loop.sockets.count
    rooms += loop.registry.all.reduce(0) { $0 + $1.rooms[loop.index].table.count }
    acks += loop.sockets.elements.reduce(0) { $0 + ($1?.acks.count ?? 0) }
    deadlines += loop.timers.count
  }
}

extension RealtimeServer {
  /// Counts them, each loop's part on the loop, one after the other.
  package func liveObjects() async throws -> LiveObjects {
    var live = LiveObjects()
    for loop in loops {
      live = try await loop.eventLoop.submit { [live] in
        var live = live
        live.add(loop)
        return live
      }.get()
    }
    return live
  }
}
