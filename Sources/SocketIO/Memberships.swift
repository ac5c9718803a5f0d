/// Which namespaces one connection has joined or asked for, and what a packet for one of them means. Sockets are small numbers given
/// by the caller.
///
/// Sources: socketio/socket.io-protocol; what breaks the protocol is the reference server's `Client.ondecoded`.
public struct Memberships: Sendable {
  /// The caller's number of a socket.
  public typealias Socket = UInt32

  /// What a packet asks for.
  public enum Decision: Sendable, Hashable {
    /// Ask the application, and answer with ``Memberships/accept(_:socket:)`` or ``Memberships/refuse(_:)``.
    case connect(String)
    /// An event for this socket.
    case event(Socket)
    /// An answer for this socket.
    case ack(Socket)
    /// The client left; the socket is no longer among the joined.
    case left(Socket)
    /// The protocol is broken; the connection ends.
    case close
  }

  private enum State: Sendable {
    case connecting
    case joined(Socket)
  }

  private struct Entry: Sendable {
    let namespace: String
    var state: State
  }

  private var entries: [Entry] = []
  /// Whether any namespace was ever joined: without one the connection is closed after a while.
  public private(set) var hasEverJoined = false

  /// No namespace; nothing is joined by itself.
  public init() {}

  /// The sockets joined, oldest first.
  public var joined: [Socket] {
    entries.compactMap { if case .joined(let socket) = $0.state { socket } else { nil } }
  }

  /// The oldest socket joined.
  public var first: Socket? {
    for entry in entries { if case .joined(let socket) = entry.state { return socket } }
    return nil
  }

  /// Judges a packet. `namespace` is its text, empty for `/`.
  public mutating func receive(_ type: PacketType, namespace: ArraySlice<UInt8>) -> Decision {
    let index = entries.firstIndex {
      namespace.isEmpty ? $0.namespace == "/" : $0.namespace.utf8.elementsEqual(namespace)
    }
    guard let index else {
      guard type == .connect else { return .close }
      let name = namespace.isEmpty ? "/" : String(decoding: namespace, as: UTF8.self)
      entries.append(Entry(namespace: name, state: .connecting))
      return .connect(name)
    }
    guard case .joined(let socket) = entries[index].state else { return .close }
    switch type {
    case .event, .binaryEvent: return .event(socket)
    case .ack, .binaryAck: return .ack(socket)
    case .disconnect:
      entries.remove(at: index)
      return .left(socket)
    case .connect, .connectError: return .close
    }
  }

  /// Whether the client still waits for the application's word.
  public func isConnecting(_ namespace: String) -> Bool { connecting(namespace) != nil }

  /// The application let the client in. False when nobody asks any more.
  public mutating func accept(_ namespace: String, socket: Socket) -> Bool {
    guard let index = connecting(namespace) else { return false }
    entries[index].state = .joined(socket)
    hasEverJoined = true
    return true
  }

  /// The application, or the want of one, refused. False when nobody asks any more.
  public mutating func refuse(_ namespace: String) -> Bool {
    guard let index = connecting(namespace) else { return false }
    entries.remove(at: index)
    return true
  }

  /// The server removes a socket. Nil when it is not joined.
  public mutating func remove(_ namespace: String) -> Socket? {
    guard let index = entries.firstIndex(where: { $0.namespace == namespace }), case .joined(let socket) = entries[index].state else {
      return nil
    }
    entries.remove(at: index)
    return socket
  }

  /// The connection is gone: forgets everything and gives the sockets that had joined.
  public mutating func removeAll() -> [Socket] {
    let sockets = joined
    entries = []
    return sockets
  }

  private func connecting(_ namespace: String) -> Int? {
    entries.firstIndex {
      guard $0.namespace == namespace, case .connecting = $0.state else { return false }
      return true
    }
  }
}
