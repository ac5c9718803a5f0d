import HubPluginSDK
import OrderedJSON

/// What the answer to `GET /{media-id}` comes to.
enum MediaAnswer: Hashable, Sendable {
  /// Fetch it there, with the token.
  case there(MediaLocation, MediaHosts.Owner)
  /// Meta has it no more: after 7 days, or 30 for what was uploaded.
  case gone(String)
  /// It may be there another time.
  case unavailable(String)
  /// What was named must not be fetched.
  case refused(String)

  /// - Parameters:
  ///   - media: the file as its message names it.
  ///   - hosts: who may be shown the token.
  init(_ answer: GraphAnswer, media: JSONObject, hosts: MediaHosts) {
    switch answer {
    case .failed(let failure): self = .unavailable(failure.description)
    case .answered(let status, _, let body) where (200...299).contains(status): self = Self.read(body, media: media, hosts: hosts)
    case .answered(let status, _, let body):
      let error = GraphError(body: body)
      switch error?.code {
      case 33?, 100?, 131_052?: self = .gone(error?.text ?? "")
      case nil where status == 404 || status == 410: self = .gone("the answer is \(status)")
      default: self = .unavailable(error?.text ?? "the answer is \(status)")
      }
    }
  }

  private static func read(_ body: [UInt8], media: JSONObject, hosts: MediaHosts) -> MediaAnswer {
    guard var location = MediaLocation(body: body) else { return .unavailable("the answer names no address") }
    guard let owner = hosts.owner(of: location.url) else { return .refused("the file is at a host that is not one of media_hosts") }
    // The webhook was signed; what the API says has to be the same file.
    if let told = media.identifier("sha256").flatMap(MediaLocation.digest) {
      guard location.sha256 ?? told == told else { return .refused("the file is another one than the message told of") }
      location.sha256 = told
    }
    return .there(location, owner)
  }
}
