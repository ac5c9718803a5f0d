import HubPluginSDK

/// Files that go ahead of their messages. What was uploaded once is sent to many, and again when the message has to be repeated.
extension MetaCloudChannel {
  /// Meta keeps an upload for 30 days.
  private static let lifetime = Duration.seconds(25 * 86_400)
  /// How long an attempt waits for its file. With the message it fits in the minute that the hub gives an attempt.
  private static let patienceMs: UInt64 = 30_000

  /// The provider's id of a file, `accepted`, or why there is none. A large one is under way for several attempts.
  func uploaded(_ upload: MediaUpload, for send: HubSend) async -> HubOutcome {
    let key = Self.key(upload, send.account)
    if let known = try? await services.values.get(key) {
      return .accepted(providerMessageID: String(decoding: known, as: UTF8.self))
    }
    return await uploads.outcome(of: key, for: send.account, within: patience) { [self] in
      let request = upload.request(account: send.account, salt: send.reference)
      let outcome = await attempt(.upload, request, of: Attempt(send), timeout: upload.timeout).outcome
      // A value that cannot be kept costs another upload, no more.
      if case .accepted(let id?, _) = outcome { try? await services.values.put(Array(id.utf8), for: key, lifetime: Self.lifetime) }
      return outcome
    }
  }

  private func patience(_ over: @escaping @Sendable () -> Void) {
    do throws(HubError) { try services.later(milliseconds: Self.patienceMs, over) } catch { over() }
  }

  /// The message was refused: should it be the file's fault, a repetition uploads it again.
  func forget(_ upload: MediaUpload, of account: String) async { try? await services.values.remove(Self.key(upload, account)) }

  private static func key(_ upload: MediaUpload, _ account: String) -> String { "upload \(account) \(upload.id) \(upload.mimeType)" }
}
