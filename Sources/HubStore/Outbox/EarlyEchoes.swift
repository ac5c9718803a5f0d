/// Echoes that came while a message of ours to the same conversation waits for its answer: only the answer tells whether they are of that
/// message. Each waits until every send that was under way when it came has its outcome, or for as long as its provider can be kept waiting.
/// Confined to the journal's queue.
struct EarlyEchoes {
  /// A message as its provider calls it.
  struct Name: Hashable {
    let source: Int64
    let providerID: String
  }

  /// What of an append has to wait, and for what.
  struct Wait {
    /// Places among the append's events.
    var places: Set<Int> = []
    /// The echoes among them.
    var names: Set<Name> = []
    /// Attempts.
    var awaited: Set<Int64> = []
  }

  private struct Held {
    let number: Int
    let request: AppendRequest
    let names: Set<Name>
    var awaited: Set<Int64>
  }

  /// What waits at most; more is stored as it comes.
  private static let capacity = 1024

  private struct Place {
    let source: Int64
    var conversation: Int64
  }

  /// Where each attempt goes that is under way.
  private var attempts: [Int64: Place] = [:]
  private var held: [Held] = []
  private var last = 0

  /// Whether no attempt is under way, so that nothing needs to be looked at.
  var isIdle: Bool { attempts.isEmpty }

  var hasRoom: Bool { held.count < Self.capacity }

  mutating func begin(_ number: Int64, conversation: Int64, of source: Int64) {
    attempts[number] = Place(source: source, conversation: conversation)
  }

  /// What goes to a conversation goes to the one that it is part of now.
  mutating func merge(_ merge: ConversationMerge) {
    for (number, place) in attempts where place.conversation == merge.gone { attempts[number]?.conversation = merge.kept }
  }

  /// The attempts under way in one of these conversations; where none is known yet, those of the whole account.
  func underWay(in conversations: Set<Int64>, of source: Int64) -> Set<Int64> {
    Set(
      attempts.filter { $0.value.source == source && (conversations.isEmpty || conversations.contains($0.value.conversation)) }.keys)
  }

  /// What an echo waits for that is held; nothing when it is none.
  func awaited(by name: Name) -> Set<Int64> { held.lazy.filter { $0.names.contains(name) }.first?.awaited ?? [] }

  /// Holds what has to wait; the number to give it up by.
  mutating func hold(_ request: AppendRequest, _ wait: Wait) -> Int {
    last += 1
    held.append(Held(number: last, request: request, names: wait.names, awaited: wait.awaited))
    return last
  }

  /// An attempt has its outcome: what waited for nothing else goes on, in the order it came.
  mutating func end(_ number: Int64) -> [AppendRequest] {
    guard attempts.removeValue(forKey: number) != nil, !held.isEmpty else { return [] }
    for index in held.indices { held[index].awaited.remove(number) }
    defer { held.removeAll(where: \.awaited.isEmpty) }
    return held.filter(\.awaited.isEmpty).map(\.request)
  }

  /// What waited too long, and what came before it; nothing when it went on already.
  mutating func giveUp(_ number: Int) -> [AppendRequest] {
    defer { held.removeAll { $0.number <= number } }
    return held.prefix { $0.number <= number }.map(\.request)
  }

  /// Everything that waits: the journal closes, or cannot be written.
  mutating func release() -> [AppendRequest] {
    defer { held = [] }
    return held.map(\.request)
  }
}
