/// What happens on a connection, in order.
public enum UpstreamEvent: Sendable, Equatable {
  /// An attempt begins.
  case connecting
  /// The transport is up; namespaces are being joined. `session` is the engine's id, a secret.
  case connected(session: String)
  /// A namespace is joined; `socket` is this client's id in it.
  case joined(namespace: String, socket: String)
  /// A namespace refused this client, with `data` as JSON text. It is asked again on this connection after `retryIn` milliseconds.
  case refused(namespace: String, message: String, data: [UInt8]?, retryIn: Int64)
  /// The server put this client out of a namespace. It is asked again on this connection after `retryIn` milliseconds.
  case left(namespace: String, retryIn: Int64)
  /// An event. `arguments` is the text of a JSON array without the name; `ack` is set when an answer is wanted.
  case event(namespace: String, name: String, arguments: [UInt8], attachments: [[UInt8]], ack: UpstreamAck?)
  /// A message over the limit, or an event nested too deeply or of too many parts, went by unread; the connection goes on. The namespace is
  /// nil when it can't be told, `bytes` are those that had arrived by then.
  case lost(namespace: String?, bytes: UInt64)
  /// Something that came, or was to go, went nowhere; the connection goes on.
  case dropped(UpstreamDrop, namespace: String)
  /// The connection ended or could not be had. `retryIn` is the wait in milliseconds; nil when there is none.
  case disconnected(UpstreamEnd, retryIn: Int64?)
}

/// Why something went nowhere. What became of an emit is in its `UpstreamAnswer` instead.
public enum UpstreamDrop: String, Sendable, CaseIterable {
  /// An event of a name that belongs to the library, or an answer without a number.
  case unnamed
  /// An event of a namespace that isn't joined.
  case notJoined = "not_joined"
  /// An answer that nobody awaits any more.
  case lateAnswer = "late_answer"
  /// The answer to an event whose namespace ended since.
  case lateAck = "late_ack"
  /// An answer that is no JSON array, or names an attachment that is not there.
  case badArguments = "bad_arguments"
  /// An answer for which too much was waiting to be sent.
  case busy
}

/// Names an event that wants an answer. It is good for as long as its namespace stays joined.
public struct UpstreamAck: Sendable, Hashable {
  /// The event's namespace.
  public let namespace: String
  let id: UInt64
  /// Which joining of the namespace it belongs to: ids begin anew with each.
  let join: UInt64
}

/// Why a connection ended or could not be had.
public struct UpstreamEnd: Sendable, Equatable {
  /// The kinds of reasons.
  public enum Code: String, Sendable, CaseIterable {
    /// `stop` was called.
    case stopped
    /// No connection: name, address, port, or no answer in time.
    case unreachable
    /// The certificate, or what else TLS demands.
    case tls
    /// What was to be sent is no request: a header field with a line break.
    case invalid
    /// The server answered the request for a websocket with something else.
    case refused
    /// The connection was lost.
    case lost
    /// Nothing was heard for longer than the server promised.
    case silent
    /// The server closed it.
    case closed
    /// The server broke the protocol.
    case violation
  }

  /// The kind.
  public var code: Code
  /// The reason in a few words.
  public var reason: String
  /// The status of the answer, when there was one instead of a websocket.
  public var status: Int?

  /// Whether the server refused what it was shown: it has to be replaced before another attempt can go better.
  public var refusesCredentials: Bool { code == .refused && [400, 401, 403].contains(status) }

  /// An end.
  public init(_ code: Code, _ reason: String, status: Int? = nil) {
    self.code = code
    self.reason = reason
    self.status = status
  }
}

/// What became of an emit.
public enum UpstreamAnswer: Sendable, Equatable {
  /// It was handed to the connection; no answer was asked for.
  case sent
  /// The answer: the text of a JSON array.
  case answered([UInt8], attachments: [[UInt8]])
  /// The namespace isn't joined; nothing was sent.
  case notJoined
  /// The arguments are not a JSON array, or name an attachment that is not there; nothing was sent.
  case badArguments
  /// Too much is waiting to be sent; nothing was added.
  case busy
  /// No answer in time.
  case timeout
  /// The connection or its namespace ended first; whether the event arrived is not known.
  case disconnected
}
