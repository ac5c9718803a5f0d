/// What happens on a connection, in order.
public enum UpstreamEvent: Sendable, Equatable {
  /// An attempt begins.
  case connecting
  /// The transport is up; namespaces are being joined. `session` is the engine's id, a secret.
  case connected(session: String)
  /// A namespace is joined; `socket` is this client's id in it.
  case joined(namespace: String, socket: String)
  /// A namespace refused this client. `data` is JSON text. It isn't asked again on this connection unless `join` is called.
  case refused(namespace: String, message: String, data: [UInt8]?)
  /// The server put this client out of a namespace.
  case left(namespace: String)
  /// An event. `arguments` is the text of a JSON array without the name; `ack` is set when an answer is wanted.
  case event(namespace: String, name: String, arguments: [UInt8], attachments: [[UInt8]], ack: UInt64?)
  /// The connection ended or could not be had. `retryIn` is the wait in milliseconds; nil when there is none.
  case disconnected(reason: String, retryIn: Int64?)
}

/// What became of an emit that wanted an answer.
public enum UpstreamAnswer: Sendable, Equatable {
  /// The answer: the text of a JSON array.
  case answered([UInt8], attachments: [[UInt8]])
  /// The namespace isn't joined; nothing was sent.
  case notJoined
  /// The arguments are not a JSON array; nothing was sent.
  case badArguments
  /// No answer in time.
  case timeout
  /// The connection ended first; whether the event arrived is not known.
  case disconnected
}
