internal import RealtimeServer

/// What a request for events asks: `since` and `limit` of its query.
struct SyncQuery: Sendable, Hashable {
  static let standardLimit = 100
  static let maxLimit = 500

  /// The last event known; 0 is the beginning.
  let since: UInt64
  /// Most events of the answer.
  let limit: Int

  /// - Throws: `SyncMistake` for a value that no client should have sent. A limit above the maximum is no mistake, it is lowered.
  init(_ request: HTTPRequest) throws(SyncMistake) {
    since = try request.queryValue("since").map { text throws(SyncMistake) in try Self.cursor(text) } ?? 0
    guard let text = request.queryValue("limit") else {
      limit = Self.standardLimit
      return
    }
    guard let wanted = Self.number(text), wanted > 0 else { throw .limit }
    limit = Int(min(wanted, UInt64(Self.maxLimit)))
  }

  private static func cursor(_ text: String) throws(SyncMistake) -> UInt64 {
    guard let number = number(text), String(number) == text else { throw .cursor }
    return number
  }

  /// Digits only: the initializer of integers takes a sign too.
  private static func number(_ text: String) -> UInt64? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt64(text) : nil
  }
}

/// What is wrong with a request for events, as its sender is told.
enum SyncMistake: String, Error {
  case cursor = "since is not a cursor of this hub"
  case limit = "limit is not a number from 1"
}
