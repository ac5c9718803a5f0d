public import HubPluginSDK
import OrderedJSON
import Synchronization

extension MetaCloudChannel: HubMediaSource {
  /// Asks Meta where the file is, each time anew: an address lives for five minutes. The hub then fetches it from there with the token, which is
  /// shown to the API and to the hosts of `media_hosts` only.
  public func open(_ request: HubMediaRequest, answer: HubMediaAnswer) {
    guard let media = request.media.object, let id = media.identifier("id") else {
      return end(answer, .notFound, "the message names no file", as: .gone)
    }
    Task { await open(id, media, account: request.account, answer) }
  }

  private func open(_ id: String, _ media: JSONObject, account: String, _ answer: HubMediaAnswer) async {
    guard let digest = await graph.tokenDigest() else { return end(answer, .failed, "there is no access token to read", as: .unavailable) }
    guard standings.withLock({ $0.lets(digest: digest, nowMs: HubClock.wall()) }) else {
      return end(answer, .busy, "the access token was refused a moment ago", as: .unavailable)
    }
    let reply = await graph.send(MediaLocation.request(media: id, account: account), timeout: GraphStage.timeout, cause: "")
    learn(reply)
    let verdict = AnswerReader(stage: .receipt, nowMs: HubClock.wall()).read(reply)
    // A file that can't be had says nothing of the number; a refused token does.
    if verdict.standing == .tokenRefused { learn(verdict, account: account, digest: digest) }
    switch MediaAnswer(reply, media: media, hosts: configuration.mediaHosts) {
    case .there(let location, let owner):
      counters.withLock { $0 }?.count(.there)
      let file = graph.file(at: location.url, isForeign: owner == .content)
      answer.fetch(file, size: location.size, sha256: location.sha256)
    case .gone(let reason): end(answer, .notFound, reason, as: .gone)
    case .unavailable(let reason): end(answer, .failed, reason, as: .unavailable)
    case .refused(let reason):
      services.log(.warning, "a file is not fetched", ["media": .string(id), "reason": .string(reason)])
      end(answer, .denied, reason, as: .refused)
    }
  }

  private func end(_ answer: HubMediaAnswer, _ code: HubError.Code, _ reason: String, as outcome: Counters.Media) {
    counters.withLock { $0 }?.count(outcome)
    answer.fail(HubError(code, reason))
  }
}
