public import HubPluginSDK
import OrderedJSON

extension ChatEngineChannel: HubMediaSource {
  /// The address stands in the message. It came from the server's users, so nothing of ours goes with the request, and only public addresses are
  /// connected to.
  public func open(_ request: HubMediaRequest, answer: HubMediaAnswer) {
    guard let url = request.media["url"]?.string, ["http://", "https://"].contains(where: { url.lowercased().hasPrefix($0) }) else {
      return answer.fail(HubError(.notFound, "the attachment has no address"))
    }
    var fetch = HubOutboundRequest("GET", url)
    fetch.isForeign = true
    answer.fetch(fetch)
  }
}
