import CHubPlugin

/// The end of one delivery; also what a sink's packets name as the event they come from. The second ending is ignored by the hub.
public struct HubDelivery: Sendable {
  let services: HubServices
  let token: UInt64
  let isVolatile: Bool

  /// Done: the hub goes on.
  public func succeed() { complete(hub_status.ok, "") }

  /// Not done: the hub tries again later, holding only this adapter back.
  public func fail(_ error: HubError) { complete(error.code.rawValue, error.message) }

  private func complete(_ status: hub_status, _ text: String) {
    text.withHubStr { services.api.pointee.complete(services.host, token, status, $0) }
  }
}
