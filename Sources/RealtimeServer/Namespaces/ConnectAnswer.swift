import NIOCore
import Synchronization

/// What an application says of a client that it lets in.
struct Admission: Sendable {
  var rooms: [String]
  var label: String
  var context: (any Sendable)?
  var owner: String
}

/// The right to answer one CONNECT, once, from any thread. A second answer is ignored; one that is dropped refuses.
public final class ConnectAnswer: Sendable {
  private let socket: ServerSocket
  private let auth: [UInt8]
  private let answered = Atomic<Bool>(false)

  init(socket: ServerSocket, auth: [UInt8]) {
    self.socket = socket
    self.auth = auth
  }

  /// Lets the client in. What is emitted to it after this call comes after the answer. If the client or the namespace is gone by
  /// then, ``NamespaceHandler/disconnected(_:context:reason:)`` follows.
  ///
  /// - Parameters:
  ///   - rooms: the rooms it is in from the beginning.
  ///   - label: under what it is counted, such as its tenant.
  ///   - context: handed back with each of its events.
  ///   - owner: whose socket it is. A lost one is only given back to its owner: name everything that its rights follow from.
  public func accept(rooms: [String] = [], label: String = "", context: (any Sendable)? = nil, owner: String = "") {
    guard answered.exchange(true, ordering: .relaxed) == false else { return }
    let admission = Admission(rooms: rooms, label: label, context: context, owner: owner)
    socket.session.loop.run { [socket, auth] _ in socket.session.accept(socket, admission, auth: auth) }
  }

  /// Keeps the client out; its connection stays, and it may ask again.
  ///
  /// - Parameters:
  ///   - message: what the client's `connect_error` says.
  ///   - data: JSON text that goes with it.
  public func refuse(message: String, data: [UInt8]? = nil) {
    guard answered.exchange(true, ordering: .relaxed) == false else { return }
    socket.session.loop.run { [socket] _ in socket.session.refuse(socket, message: message, data: data) }
  }

  deinit {
    guard answered.load(ordering: .relaxed) == false else { return }
    socket.session.loop.eventLoop.execute { [socket] in socket.session.turnAway(socket, context: nil, message: "Not answered") }
  }
}
