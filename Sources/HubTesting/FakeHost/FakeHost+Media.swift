import CHubPlugin
public import HubPluginSDK
public import OrderedJSON
import Synchronization

extension FakeHost {
  /// What the adapter answers about a medium.
  public enum MediaAnswer: Sendable {
    /// The request that the hub is to make, and what is known of the file that comes: bytes, and hexadecimal.
    case fetch(OutboundRequest, size: Int64?, sha256: String?)
    /// Bytes at hand.
    case content(mimeType: String, [UInt8])
    /// There is none.
    case missing(HubError)
  }

  /// Somebody wants to see a medium; waits for the adapter's answer.
  ///
  /// - Parameter media: the canonical media object, with `message`, `conversation` and `fromMe`.
  public func openMedia(_ media: JSONValue, account: String) async -> MediaAnswer {
    await withCheckedContinuation { continuation in
      guard let adapter = loaded, let table = adapter.table("hub.media/1", as: hub_media_instance_1.self) else {
        return continuation.resume(returning: .missing(HubError(.unsupported, "the adapter has no media")))
      }
      let token = newToken()
      state.withLock { $0.media[token] = continuation }
      account.withHubStr { account in
        media.serialized().withHubStr { table.pointee.open(adapter.instance, account, $0, token) }
      }
    }
  }

  fileprivate func answerMedia(_ token: hub_token, _ answer: MediaAnswer) {
    let waiting = state.withLock { state -> CheckedContinuation<MediaAnswer, Never>? in
      let waiting = state.media.removeValue(forKey: token)
      if waiting == nil, token != 0 { state.strays += 1 }
      return waiting
    }
    waiting?.resume(returning: answer)
  }
}

extension HostTables {
  nonisolated(unsafe) static let media = permanent(
    hub_media_1(
      fetch: { host, token, request, size, sha256 in
        guard let request else { return }
        let answer = FakeHost.MediaAnswer.fetch(
          FakeHost.OutboundRequest(request.pointee), size: size < 0 ? nil : size, sha256: sha256.len == 0 ? nil : sha256.string)
        HostTables.of(host)?.answerMedia(token, answer)
      },
      content: { host, token, mimeType, bytes in
        HostTables.of(host)?.answerMedia(token, .content(mimeType: mimeType.string, bytes.array))
      }))
}
