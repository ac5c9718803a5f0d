internal import HubAuth
internal import HubModel
internal import HubTelemetry
internal import NIOCore
internal import OrderedJSON
internal import RealtimeServer

/// Takes uploads of whoever may send.
struct UploadService: Sendable {
  let store: UploadStore
  let metrics: HubMetrics
  let login: Login

  /// Judges the sender before its body is read.
  func begin(_ request: HTTPRequest, _ loop: any EventLoop) -> HTTPBodyDecision {
    do throws(AuthFailure) {
      let identity = try login.identity(headers: request.headers, query: request.query)
      guard identity.roles.contains(.send) else { return .refuse(.problem(.forbidden, for: request)) }
      return receive(request, of: identity.tenant, on: loop)
    } catch {
      return .refuse(.problem(error.problem, for: request))
    }
  }

  private func receive(_ request: HTTPRequest, of tenant: String, on loop: any EventLoop) -> HTTPBodyDecision {
    let mimeType = request.header("Content-Type") ?? "application/octet-stream"
    // What forms and curl say of themselves is no file's type.
    let isForm = ["multipart/", "application/x-www-form-urlencoded"].contains { mimeType.lowercased().hasPrefix($0) }
    guard mimeType.utf8.count <= 255, !isForm else {
      return .refuse(.problem(.badRequest, "the body is the file itself, and Content-Type says what it is", for: request))
    }
    do throws(MediaFolder.Failure) {
      return .take(UploadReceiver(try store.begin(tenant: tenant, mimeType: mimeType), loop: loop))
    } catch {
      return .refuse(refusal(error, request))
    }
  }

  /// The body came: 201 with its description once it is on disk.
  func complete(_ request: HTTPRequest, _ responder: HTTPResponder) {
    guard let receiver = request.receiver as? UploadReceiver else {
      // Without a body nobody was asked yet.
      let decision = begin(request, responder.eventLoop)
      guard case .refuse(let response) = decision else {
        return responder.respond(.problem(.badRequest, "there is no body", for: request))
      }
      return responder.respond(response)
    }
    receiver.finish { [self] result in
      do throws(MediaFolder.Failure) {
        let upload = try store.complete(try result.get())
        metrics.mediaBytes.with("uploaded").increment(by: UInt64(upload.size))
        responder.respond(
          HTTPResponse(
            status: 201, contentType: "application/json", headers: [("Cache-Control", "no-store")],
            bytes: JSONValue.object(upload.json).serialized()))
      } catch {
        responder.respond(refusal(error, request))
      }
    }
  }

  /// There is no room, none for this tenant, or the disk failed.
  private func refusal(_ failure: MediaFolder.Failure, _ request: HTTPRequest) -> HTTPResponse {
    let (reason, detail, wait): (String, String?, Int) =
      switch failure {
      case .tenantRoom: ("tenant_room", "the tenant's uploads take all the room that one tenant may have", 30)
      case .crowded: ("too_many", "too many uploads arrive at once", 5)
      default: ("storage", nil, 30)
      }
    metrics.drops.with("upload", reason).increment()
    return .problem(.overloaded, detail, for: request, retryAfter: wait)
  }
}
