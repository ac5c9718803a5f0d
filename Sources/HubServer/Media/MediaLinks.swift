internal import Glibc
public import HubAuth
public import HubStore
internal import OrderedJSON

/// Puts the hub's own links to media into events, in place of the provider's, which answer to its token only.
///
/// The link of an event is always the same, so that an event which is mapped again comes out as it did before.
public struct MediaLinks: Sendable {
  /// Where the links lead.
  public static let path = "/api/v1/media"

  let signer: LinkSigner?
  private let base: String
  private let lifetime: Int64

  /// - Parameters:
  ///   - signer: nil: there are no links, and the provider's are taken away.
  ///   - base: what links begin with; empty: they are paths.
  ///   - lifetime: seconds.
  public init(signer: LinkSigner?, base: String = "", lifetime: Int64) {
    self.signer = signer
    self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
    self.lifetime = lifetime
  }

  /// The event with links, good from when it was received.
  public func linked(_ event: StoredEvent) -> StoredEvent {
    guard Self.mentionsMedia(event.body) else { return event }
    return event.with(body: linked(event.body, sequence: event.sequence, from: event.receivedMs))
  }

  /// From when links count that are made at this time, in milliseconds: the same for up to an hour, so that browsers find again what they have, and no
  /// more than a tenth of their life ago.
  func beginning(at milliseconds: Int64) -> Int64 {
    let step = max(1, min(3600, lifetime / 10)) * 1000
    return milliseconds / step * step
  }

  /// A body with links, good from a time on.
  func linked(_ body: [UInt8], sequence: UInt64, from milliseconds: Int64) -> [UInt8] {
    guard Self.mentionsMedia(body), var event = (try? JSONValue(parsing: body))?.object else { return body }
    let expires = milliseconds / 1000 + lifetime
    func link(_ message: JSONValue?) -> JSONValue? {
      guard var object = message?.object, var media = object["media"]?.object else { return nil }
      media["url"] = object["id"]?.string.flatMap { url(of: $0, sequence: sequence, expires: expires) }.map { .string($0) }
      object["media"] = .object(media)
      return .object(object)
    }
    if let message = link(event["message"]) { event["message"] = message }
    if var conversation = event["conversation"]?.object, let last = link(conversation["lastMessage"]) {
      conversation["lastMessage"] = last
      event["conversation"] = .object(conversation)
    }
    return JSONValue.object(event).serialized()
  }

  private func url(of message: String, sequence: UInt64, expires: Int64) -> String? {
    // What is in no journal can't be found again.
    guard let signer, sequence > 0 else { return nil }
    let signature = signer.signature(of: LinkSigner.Grant(id: message, sequence: sequence, expires: expires))
    return "\(base)\(Self.path)/\(message)?sig=\(signature)"
  }

  private static let mark = Array(#""media":{"#.utf8)

  /// Whether there is anything to do; most events have no media, and are not parsed.
  private static func mentionsMedia(_ body: [UInt8]) -> Bool {
    body.withUnsafeBytes { bytes in
      mark.withUnsafeBytes { mark in
        guard let start = bytes.baseAddress, let wanted = mark.baseAddress else { return false }
        var place = 0
        // Braces are far fewer than other bytes.
        while let brace = memchr(start + place, 0x7B, bytes.count - place) {
          let end = UnsafeRawPointer(brace) - start + 1
          if end >= mark.count, memcmp(start + (end - mark.count), wanted, mark.count) == 0 { return true }
          place = end
        }
        return false
      }
    }
  }
}
