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
      MediaOpening(host: host, port: port, loops: loops, channel: channel, account: account, media: media, limit: limit, file: file).ask()
    }
  }
}
