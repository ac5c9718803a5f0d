/// The answer to a request for events, as it grows.
struct SyncPage: Sendable {
  /// A page ends here, since events have no fixed size; a single larger one is still sent.
  static let maxBytes = 4 << 20

  /// The newest place in the journal that the page speaks for, also when the event there was not for the caller.
  var cursor: UInt64
  /// Whether there may be events after the cursor.
  var more = false
  private(set) var count = 0
  private var events: [UInt8] = []

  /// An empty page that begins at a place.
  init(cursor: UInt64) { self.cursor = cursor }

  /// Adds an event as it is stored; false when the page is full.
  mutating func add(_ event: [UInt8], limit: Int) -> Bool {
    guard count < limit, count == 0 || events.count + event.count <= Self.maxBytes else { return false }
    if count > 0 { events.append(UInt8(ascii: ",")) }
    events += event
    count += 1
    return true
  }

  /// `{"events": […], "cursor": "…", "more": …}`.
  var body: [UInt8] { Array(#"{"events":["#.utf8) + events + Array(#"],"cursor":"\#(cursor)","more":\#(more)}"#.utf8) }
}
