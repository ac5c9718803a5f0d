import HubAuth
import HubConfig
import HubHost
import HubOutbound
import HubServer
import HubStore
import NIOCore

/// From `media:` of the configuration to uploads, links and what shows media.
enum MediaComposition {
  /// Uploads, in the data folder.
  static func uploads(_ configuration: HubConfiguration, journal: Journal) throws -> UploadStore {
    let lifetime = configuration.media.uploads.components.seconds * 1000
    let room = max(1 << 30, 20 * configuration.media.maxSize.bytes)
    let folder = configuration.dataFolder + "/media/uploads"
    do {
      return try UploadStore(folder: folder, lifetime: lifetime, room: room, awaited: { try? journal.uploadsAwaited() })
    } catch {
      throw CommandFailure(.failure, "the folder of uploads cannot be made: \(error)")
    }
  }

  /// Links, signed with a key of their own that comes from the secret of the tokens, or from one that is made where there is none.
  static func links(_ configuration: HubConfiguration, secrets: SecretResolver) throws -> MediaLinks {
    var secret = try configuration.auth.jwt?.secret.flatMap { try secrets.resolve($0) }?.exposed
    if secret == nil {
      do { secret = try OwnSecret.kept(at: configuration.dataFolder + "/secrets/media-links") } catch {
        throw CommandFailure(.failure, "the secret of media links: \(error)")
      }
    }
    return MediaLinks(
      signer: secret.map { LinkSigner(secret: $0) }, base: configuration.media.url ?? "",
      lifetime: configuration.media.links.components.seconds)
  }

  /// Asks a channel for a medium, and makes the request it names.
  static func opener(_ host: PluginHost, _ outbound: OutboundClient, loops: any EventLoopGroup) -> MediaRouting.Opener {
    let port = outbound.port
    return { channel, account, media, limit, file in
      host.openMedia(channel: channel, account: account, media: media) { source in
        switch source {
        case .request(let request, let facts):
          file.expect(size: facts.size, sha256: facts.sha256)
          _ = port.send(request, MediaReceiver(file: file, limit: limit, loop: loops.next()))
        case .content(_, let bytes) where bytes.readableBytes > limit: file.fail(.tooLarge)
        case .content(_, let bytes):
          file.write(bytes)
          file.finish()
        case .missing(.notFound): file.fail(.notFound)
        case .missing(.unavailable): file.fail(.unavailable)
        case .missing(.failed): file.fail(.failed)
        }
      }
    }
  }
}

/// Puts the answer to a channel's request into a medium's file.
private final class MediaReceiver: OutboundReceiver {
  private let file: MediaFile
  private let limit: Int
  private let loop: any EventLoop
  private let progress = MediaProgress()

  init(file: MediaFile, limit: Int, loop: any EventLoop) {
    self.file = file
    self.limit = limit
    self.loop = loop
  }

  func begin(status: Int, headers: [(String, String)]) throws(OutboundFailure) {
    guard status == 200 else {
      progress.refuse(status == 404 || status == 410 ? .notFound : .failed)
      throw OutboundFailure(.cancelled, wasWritten: true, "the medium isn't there")
    }
    let stated = headers.first { $0.0.lowercased() == "content-length" }.flatMap { Int($0.1) }
    if let stated, stated > limit { throw tooLarge() }
  }

  func take(_ part: ByteBuffer) throws(OutboundFailure) -> EventLoopFuture<Void>? {
    guard progress.grow(by: part.readableBytes) <= limit else { throw tooLarge() }
    return file.write(part, on: loop)
  }

  func end(_ failure: OutboundFailure?) {
    if failure == nil { file.finish() } else { file.fail(progress.refusal ?? .failed) }
  }

  private func tooLarge() -> OutboundFailure {
    progress.refuse(.tooLarge)
    return OutboundFailure(.tooLarge, wasWritten: true, "the medium is too large")
  }
}
