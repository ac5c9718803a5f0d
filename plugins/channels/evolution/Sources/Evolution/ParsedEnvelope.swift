import OrderedJSON

/// What one envelope becomes.
struct ParsedEnvelope: Sendable, Hashable {
  /// The events in the order of the data.
  var events: [ChannelEvent] = []
  /// How many elements gave no event, by reason.
  private(set) var drops: [DropReason: Int] = [:]
  /// Names that this version does not know, each once, at most `unfamiliarLimit` of them.
  private(set) var unfamiliar: [Unfamiliar] = []
  /// A failure that the server reports of itself; it concerns no instance.
  var serverError: ServerError?
  /// The instance it is about.
  var instance: String?
  /// The instance that is not configured.
  var strangeInstance: String?
  /// Event and time, by which the same envelope is known when it comes another way.
  var stamp = ""

  private var strayCount = 0

  /// How many unknown names of one envelope are kept.
  static let unfamiliarLimit = 16
  /// How many elements that cannot be understood are kept of one envelope.
  static let strayLimit = 1000

  /// Whether there is no envelope at all.
  var isRefused: Bool { drops[.malformedBody] != nil || drops[.tooManyValues] != nil }

  mutating func drop(_ reason: DropReason, _ count: Int = 1) { drops[reason, default: 0] += count }

  mutating func note(_ name: Unfamiliar) {
    guard unfamiliar.count < Self.unfamiliarLimit, unfamiliar.contains(name) == false else { return }
    unfamiliar.append(name)
  }

  /// Keeps an element that cannot be understood. A body of nothing but such elements must not become millions of rows.
  mutating func keep(stray event: @autoclosure () -> ChannelEvent) {
    guard strayCount < Self.strayLimit else { return drop(.tooManyStrays) }
    strayCount += 1
    events.append(event())
  }

  /// Hands over the chat, or counts why there is none.
  mutating func chat(_ found: Result<Chat, DropReason>) -> Chat? {
    switch found {
    case .success(let chat): return chat
    case .failure(let reason):
      drop(reason)
      return nil
    }
  }
}

/// Why an element gave no event.
enum DropReason: String, Error, Sendable, Hashable, CaseIterable {
  /// The body is not JSON or no object, or does not say which event it is.
  case malformedBody = "malformed_body"
  /// The body holds more values than `EnvelopeParser.maxValues`.
  case tooManyValues = "too_many_values"
  /// An element that is not what its event calls for.
  case malformedElement = "malformed_element"
  /// An element that cannot be understood, beyond the number that is kept.
  case tooManyStrays = "too_many_strays"
  /// Of an instance that the configuration does not list, or of none.
  case unknownInstance = "unknown_instance"
  /// Nothing tells which chat it belongs to.
  case noChat = "no_chat"
  /// Stories are not messages to the account.
  case story
  /// Channels are not conversations.
  case newsletter
  /// Traffic between WhatsApp's own programs.
  case control
  /// A message without content: it could not be decrypted, or is a notice of its group.
  case emptyMessage = "empty_message"
  /// The head of an album; its pictures follow.
  case albumHeader = "album_header"
  /// A vote, encrypted; the sums come in `messages.update`.
  case encryptedVote = "encrypted_vote"
  /// `DELETED` in `messages.update`, which old servers also say of edits.
  case ambiguousDeletion = "ambiguous_deletion"
  /// How far a message of the contact's has come.
  case inboundStatus = "inbound_status"
  /// An update that says nothing.
  case emptyUpdate = "empty_update"
  /// A group among the contacts; it is told as a group.
  case groupContact = "group_contact"
  /// The state that an instance was said to be in already.
  case repeatedState = "repeated_state"
  /// The signals below a call.
  case callSignal = "call_signal"
  /// What isn't stored, told before by the other way.
  case repeatedPassing = "repeated_passing"
  /// In a namespace whose events come in another one as well.
  case otherNamespace = "other_namespace"
  /// An event of the socket over the limit.
  case oversize
  /// The journal could not take it for too long.
  case notStored = "not_stored"
}

/// A name that this version does not know.
enum Unfamiliar: Sendable, Hashable {
  case event(String)
  case content(String)
  case status(String)
  case presence(String)
}

/// What the server says of a failure of its own (event `error`). Its `api_key`, the key of the whole server, is never read.
struct ServerError: Sendable, Hashable {
  let error: String
  let message: String
  let status: String
}
