import Foundation
import HubTelemetry
import HubTesting
import Logging
import OrderedJSON
import Synchronization

@testable import HubHost
@testable import HubStore

/// The outbox of a journal of its own, with a test as its channels.
final class Outbox: Sendable {
  /// An attempt that reached the channel.
  struct Attempt: Sendable {
    let delivery: OutboxDelivery
    let answer: @Sendable (DeliveryAnswer) -> Void

    var text: String { (try? JSONValue(parsing: delivery.body))?["message"]?["text"]?.string ?? "" }

    func says(_ body: String) { answer(.done(body: Array(body.utf8))) }
    func accepts() { says(#"{"outcome":"accepted","providerMessageId":"w-\#(delivery.id)"}"#) }
  }

  let journal: Journal
  let feed: SendFeed
  let metrics: HubMetrics
  let attempts = Mailbox<Attempt>()
  let isRunning: Mutex<Bool>
  /// Messages a second of an account; 0: any number.
  let rate = Mutex(0.0)
  let signals = ChannelSignals()
  /// What a call to a channel waits for.
  let gates = Mutex<[String: DispatchSemaphore]>([:])
  private let folder: String

  init(running: Bool = true, at folder: String? = nil, clock: HostClock = HostClock(), unsentLimit: Int = 0) throws {
    self.folder = folder ?? NSTemporaryDirectory() + "hub-outbox-" + UUID().uuidString
    isRunning = Mutex(running)
    journal = try Journal(path: self.folder + "/hub.sqlite")
    metrics = try HubMetrics()
    let (attempts, box) = (attempts, Box())
    feed = SendFeed(
      journal: journal,
      channels: SendFeed.Channels(
        isRunning: { _ in box.outbox?.isRunning.withLock { $0 } ?? false }, rate: { _ in box.outbox?.rate.withLock { $0 } ?? 0 },
        send: { channel, delivery, answer in
          box.outbox?.gates.withLock { $0[channel] }?.wait()
          guard box.outbox?.isRunning.withLock({ $0 }) == true else { return false }
          attempts.put(Attempt(delivery: delivery, answer: answer))
          return true
        }, typing: { _, _ in box.outbox?.isRunning.withLock { $0 } ?? false }), signals: signals, metrics: metrics,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, clock: clock, unsentLimit: unsentLimit)
    box.set(self)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  // Set once, before anything is called.
  private final class Box: @unchecked Sendable {
    weak var outbox: Outbox?
    func set(_ outbox: Outbox) { self.outbox = outbox }
  }

  @discardableResult
  func send(_ text: String, to phone: String = "5511991230001", channel: String = "c", account: String = "a") async throws -> String {
    let acceptance = try await offer(text, to: phone, channel: channel, account: account)
    guard case .accepted(let accepted) = acceptance else { throw CancellationError() }
    return accepted.id
  }

  /// What becomes of a message that somebody wants sent.
  func offer(
    _ text: String, to phone: String = "5511991230001", channel: String = "c", account: String = "a", key: String? = nil
  ) async throws -> SendAcceptance {
    let send = OutboundSend(
      tenant: "demo", channel: channel, provider: "p", account: account, target: .phone(phone),
      message: ["type": "text", "text": .string(text)], key: key.map { OutboundSend.IdempotencyKey($0, fingerprint: Array(text.utf8)) })
    return try await withCheckedContinuation { next in feed.accept(send) { next.resume(returning: $0) } }.get()
  }

  /// Returns when the lanes have looked at what they were told, at the time it is now, and what they begin is marked on disk.
  func look() async throws {
    // The first is answered behind the lanes, the second behind the marks they asked for.
    for _ in 0..<2 { _ = try await feed.drop([]) }
  }

  /// Damages the row of a message.
  ///
  /// - Parameters:
  ///   - isReaction: it is no message of its own either.
  ///   - isOrphan: it is of an account that there is not.
  func spoil(_ id: String, isReaction: Bool = false, isOrphan: Bool = false) throws {
    let more = (isReaction ? ", message = NULL" : "") + (isOrphan ? ", source = 999" : "")
    let change = "UPDATE outbox SET body = x'00'\(more) WHERE id = '\(id)'"
    try journal.queue.sync { try journal.engine.writer?.storage.write { try SQLStatement.execute($0, change) } }
  }

  /// A message comes in from this contact.
  func receive(_ id: String, from contact: String) async throws {
    let body =
      #"{"contact":\#(contact),"message":{"providerMessageId":"\#(id)","direction":"inbound","type":"text","text":"oi","origin":"realtime"}}"#
    _ = try await journal.append([
      IncomingEvent(
        tenant: "demo", channel: "c", provider: "p", account: "a", kind: "message.created", id: id, timeMs: 1, receivedMs: 1,
        body: Array(body.utf8))
    ])
  }

  /// The statuses told, in order, once there are so many.
  func statuses(_ count: Int) async throws -> [String] {
    let told = Mailbox<Void>()
    let subscription = journal.subscribe(committed: { _ in told.put(()) })
    defer { subscription.cancel() }
    while true {
      let words = try journal.events(after: 0, limit: 500).filter { $0.kind == "message.status" }.compactMap {
        try JSONValue(parsing: $0.body)["status"]?["status"]?.string
      }
      if words.count >= count { return words }
      await told.next()
    }
  }
}
