import HubModel
import OrderedJSON

/// The way through the messages of a time at the server, which tells them in pages, newest first (reference 1.4). A long time is cut into
/// shorter ones, so that the oldest come first and little is held at once.
struct MessagePages: Sendable {
  /// What to do next.
  enum Step: Sendable, Equatable {
    /// Ask for this body.
    case ask(JSONValue)
    /// Store these, oldest first; nothing is left to do up to this time.
    case store([JSONObject], upToMs: Int64)
    case done
  }

  /// The answer is not what it should be.
  struct Malformed: Error, Equatable {}

  static let pageSize: Int64 = 100
  /// How many pages are held at once.
  static let most: Int64 = 10
  /// What no cut makes less.
  private static let shortestMs: Int64 = 2000
  /// No server has more pages of the shortest time.
  private static let last: Int64 = 200

  /// The times to go through, the next one last.
  private var times: [Range<Int64>]
  private var page: Int64 = 1
  private var records: [JSONObject] = []

  init(fromMs: Int64, toMs: Int64) { times = [fromMs..<max(toMs, fromMs + 1)] }

  /// What is to be asked now; done when there is nothing more.
  var next: Step {
    guard let time = times.last else { return .done }
    let bounds: JSONValue = [
      "gte": .string(Timestamp(milliseconds: time.lowerBound).iso8601), "lte": .string(Timestamp(milliseconds: time.upperBound).iso8601),
    ]
    // The server ignores one bound alone.
    return .ask([
      "where": ["messageTimestamp": bounds], "page": .number(JSONNumber(page)), "offset": .number(JSONNumber(Self.pageSize)),
    ])
  }

  /// Takes the answer to what `next` asked; what comes before the next `next`.
  mutating func take(_ answer: JSONValue) throws(Malformed) -> Step? {
    guard let messages = answer["messages"]?.object, let found = messages["records"]?.array, let time = times.last else {
      throw Malformed()
    }
    let pages = messages.wireInteger("pages") ?? 1
    if page == 1, pages > Self.most, time.upperBound - time.lowerBound > Self.shortestMs {
      let middle = time.lowerBound + (time.upperBound - time.lowerBound) / 2
      times.removeLast()
      times += [middle..<time.upperBound, time.lowerBound..<middle]
      return nil
    }
    guard pages <= Self.last else { throw Malformed() }
    records += found.compactMap(\.object)
    // A page that came empty is the last, whatever was promised: nothing may go on for ever.
    guard page >= pages || found.isEmpty else {
      page += 1
      return nil
    }
    defer { (page, records) = (1, []) }
    times.removeLast()
    return .store(records.reversed(), upToMs: time.upperBound)
  }
}
