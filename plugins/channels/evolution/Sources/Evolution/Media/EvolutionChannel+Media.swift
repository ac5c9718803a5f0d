public import HubPluginSDK
import OrderedJSON

/// Files of messages.
extension EvolutionChannel: HubMediaSource {
  /// How long to wait for a message that just came to be in the server's database.
  private static let waitsMs: [Int64?] = [500, 1000, 2000, nil]

  /// Somebody wants to see a file: from the server's storage when the message names a place in it, else out of the message.
  public func open(_ request: HubMediaRequest, answer: HubMediaAnswer) {
    if let url = request.media["url"]?.string {
      var stored = HubOutboundRequest("GET", url)
      stored.isForeign = true
      return answer.fetch(stored)
    }
    guard let server else { return answer.fail(HubError(.unsupported, "config.url is missing: no file can be fetched")) }
    tasks.run { await Self.fetch(request, from: server, answer) }
  }

  private static func fetch(_ request: HubMediaRequest, from server: EvolutionServer, _ answer: HubMediaAnswer) async {
    let call = StoredFile.call(message: request.message, instance: request.account)
    for wait in waitsMs {
      do {
        let file = try StoredFile(try await server.answer(to: call), mimeType: request.media["mimeType"]?.string)
        return answer.content(file.bytes, mimeType: file.mimeType)
      } catch StoredFile.Absence.notYet {
        guard let wait else { return answer.fail(HubError(.notFound, "the server doesn't have the message")) }
        try? await Task.sleep(for: .milliseconds(wait))
      } catch StoredFile.Absence.never(let reason) {
        return answer.fail(HubError(.notFound, reason))
      } catch StoredFile.Absence.notNow(let reason) {
        return answer.fail(HubError(.failed, reason))
      } catch {
        return answer.fail(HubError(.failed, "\(error)"))
      }
    }
  }
}
