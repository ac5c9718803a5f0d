internal import HubAuth
internal import HubStore
internal import Logging

/// Reads the events of one caller from the journal. Blocks on the disk.
struct SyncReader: Sendable {
  /// Most events looked at for one answer: a narrowed token may see few of many.
  static let maxLooked = 5000
  /// Most events in memory at a time.
  private static let chunk = 128

  let journal: Journal
  let links: MediaLinks?
  let logger: Logger

  /// The events after a place that the identity may see.
  ///
  /// The page speaks for the journal as far as it reached when the reading began, so that the cursor of a quiet tenant moves with it
  /// and does not expire. A damaged event is lost: it is logged, and the page goes on after it.
  ///
  /// - Throws: `SyncMistake.cursor` for a place not reached yet; `JournalError`.
  func page(for identity: Identity, _ query: SyncQuery) throws -> SyncPage {
    let head = journal.head
    guard query.since <= head else { throw SyncMistake.cursor }
    var page = SyncPage(cursor: query.since)
    var looked = 0
    while page.cursor < head {
      guard looked < Self.maxLooked else {
        page.more = true
        return page
      }
      // One more than fits, to know whether there is more.
      let events = try read(after: &page.cursor, limit: min(query.limit - page.count + 1, Self.chunk), identity.tenant)
      guard let events else {
        looked += 1
        continue
      }
      if events.isEmpty { page.cursor = head }
      for event in events {
        guard event.sequence <= head else {
          page.cursor = head
          break
        }
        let isVisible = identity.mayUse(account: event.account) && identity.mayUse(conversation: event.conversation)
        if isVisible, !page.add(body(of: event), limit: query.limit) {
          page.more = true
          return page
        }
        page.cursor = event.sequence
        looked += 1
      }
    }
    return page
  }

  /// With links that are good from now on: an old event's own would be over already.
  private func body(of event: StoredEvent) -> [UInt8] {
    guard let links else { return event.body }
    return links.linked(event.body, sequence: event.sequence, from: max(event.receivedMs, links.beginning(at: SystemClock.now())))
  }

  /// The next events; nil after the cursor was moved past a damaged one.
  private func read(after cursor: inout UInt64, limit: Int, _ tenant: String) throws -> [StoredEvent]? {
    do {
      return try journal.events(after: cursor, limit: limit, tenant: tenant)
    } catch let error as JournalError where error.code == .damaged {
      let lost = max(error.sequence ?? 0, cursor + 1)
      logger.error("an event is lost to sync", metadata: ["sequence": "\(lost)", "reason": "\(error)"])
      cursor = lost
      return nil
    }
  }
}
