import CHubPlugin
public import OrderedJSON

/// A medium that somebody wants to see.
public struct HubMediaRequest: Sendable {
  /// The provider's account that has the message.
  public let account: String
  /// The canonical media object of the message, as the channel emitted it.
  public let media: JSONValue

  /// The provider's id of the message.
  public var message: String { media["message"]?.string ?? "" }
  /// The group's key, else phone, user id or lid of the contact.
  public var conversation: String? { media["conversation"]?.string }
  /// Whether our side sent it.
  public var isFromMe: Bool { media["fromMe"]?.bool ?? false }
}

/// Where a medium goes; one of its functions is called once, from any thread. A second call is ignored by the hub.
public struct HubMediaAnswer: Sendable {
  let services: HubServices
  let token: UInt64

  /// The hub makes this request and passes its answer on.
  ///
  /// - Parameters:
  ///   - size: bytes that the file has, as far as the provider says.
  ///   - sha256: its digest in hexadecimal, as far as the provider says. What comes and is another file is not shown.
  public func fetch(_ request: HubOutboundRequest, size: Int64? = nil, sha256: String? = nil) {
    guard let table = try? services.table("hub.media/1", as: hub_media_1.self) else { return }
    _ = request.lend { request in
      (sha256 ?? "").withHubStr { table.pointee.fetch(services.host, token, request, size ?? -1, $0) }
      return hub_status.ok
    }
  }

  /// Bytes at hand, at most 64 MiB.
  public func content(_ bytes: [UInt8], mimeType: String) {
    guard let table = try? services.table("hub.media/1", as: hub_media_1.self) else { return }
    mimeType.withHubStr { mimeType in bytes.withHubStr { table.pointee.content(services.host, token, mimeType, $0) } }
  }

  /// There is none: `notFound` when there will be none, anything else when it may be tried again.
  public func fail(_ error: HubError) {
    error.message.withHubStr { services.api.pointee.complete(services.host, token, error.code.rawValue, $0) }
  }
}

/// A channel that knows how to get the media of its messages.
public protocol HubMediaSource: HubAdapter {
  /// Somebody wants to see a medium. Must not block.
  func open(_ request: HubMediaRequest, answer: HubMediaAnswer)
}
