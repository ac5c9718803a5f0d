/// Who is typing where. WhatsApp often forgets to say that somebody stopped, so typing ends by itself.
struct TypingLapses {
  /// Typing that isn't renewed ends after this long (dialects, section 10).
  static let milliseconds: UInt64 = 10_000
  /// Above this many typists those who come stay typing until they are said to have stopped.
  static let limit = 10_000

  /// Somebody in a chat of an instance.
  struct Place: Hashable {
    let instance, conversation, person: String
  }

  private var generations: [Place: UInt64] = [:]
  private var next: UInt64 = 0

  /// Takes what was said; the generation to ask `lapses` for after `milliseconds`, when somebody is typing.
  mutating func notice(_ place: Place, isTyping: Bool) -> UInt64? {
    guard isTyping else {
      generations[place] = nil
      return nil
    }
    guard generations[place] != nil || generations.count < Self.limit else { return nil }
    next += 1
    generations[place] = next
    return next
  }

  /// Whether the typing of that generation ends now: nothing was said since.
  mutating func lapses(_ place: Place, generation: UInt64) -> Bool {
    guard generations[place] == generation else { return false }
    generations[place] = nil
    return true
  }
}
