public import HubPluginSDK
import OrderedJSON

/// Files of messages.
extension EvolutionChannel: HubMediaSource {
  /// How long to wait, between one question and the next, for a message that just came to be in the server's database.
  private static let waitsMs: [UInt64] = [500, 1000, 2000]

  /// Somebody wants to see a file: from the server's storage when the message names a place in it, else out of the message.
  public func open(_ request: HubMediaRequest, answer: HubMediaAnswer) {
    if let url = request.media["url"]?.string {
      var stored = HubOutboundRequest("GET", url)
      stored.isForeign = true
      return answer.fetch(stored)
    }
    guard let server else { return answer.fail(HubError(.unsupported, "config.url is missing: no file can be fetched")) }
    fetch(request, from: server, Self.waitsMs[...], answer)
  }

  private func fetch(_ request: HubMediaRequest, from server: EvolutionServer, _ waits: ArraySlice<UInt64>, _ answer: HubMediaAnswer) {
    tasks.run { [self] in
      do {
        let call = StoredFile.call(message: request.message, instance: request.account)
        let file = try StoredFile(try await server.answer(to: call), mimeType: request.media["mimeType"]?.string)
        answer.content(file.bytes, mimeType: file.mimeType)
      } catch StoredFile.Absence.notYet {
        fetchLater(request, from: server, waits, answer)
      } catch StoredFile.Absence.never(let reason) {
        answer.fail(HubError(.notFound, reason))
      } catch StoredFile.Absence.notNow(let reason) {
        answer.fail(HubError(.failed, reason))
      } catch {
        answer.fail(HubError(.failed, "\(error)"))
      }
    }
  }

  private func fetchLater(
    _ request: HubMediaRequest, from server: EvolutionServer, _ waits: ArraySlice<UInt64>, _ answer: HubMediaAnswer
  ) {
    guard let wait = waits.first else { return answer.fail(HubError(.notFound, "the server doesn't have the message")) }
    do throws(HubError) {
      try services.later(milliseconds: wait) { [weak self] in self?.fetch(request, from: server, waits.dropFirst(), answer) }
    } catch {
      answer.fail(error)
    }
  }
}
