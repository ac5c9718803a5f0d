import CHubPlugin
import OrderedJSON
import Synchronization

/// The plugin's side of one instance: what `hub_instance *` points to.
final class AdapterBox: Sendable {
  let adapter: any HubAdapter
  /// The adapter, where it is a channel that sends.
  let channel: (any HubSendingChannel)?
  let services: HubServices
  let executor: AdapterExecutor
  /// The lifecycle step and the sends under way, by the host's token.
  private let tasks = Mutex<[hub_token: Task<Void, Never>]>([:])

  init(adapter: any HubAdapter, services: HubServices, name: String) {
    self.adapter = adapter
    channel = adapter as? any HubSendingChannel
    self.services = services
    executor = AdapterExecutor(name: name)
  }

  /// Runs a lifecycle step on the adapter's own executor and answers the host's token.
  func run(_ token: hub_token, _ step: @escaping @Sendable (any HubAdapter) async throws -> Void) {
    task(token) { [self] in
      do {
        try await step(adapter)
        "".withHubStr { services.api.pointee.complete(services.host, token, hub_status.ok, $0) }
      } catch {
        "\(error)".withHubStr { services.api.pointee.complete(services.host, token, error.hubStatus, $0) }
      }
    }
  }

  /// Runs what answers one of the host's tokens on the adapter's own executor.
  func task(_ token: hub_token, _ body: @escaping @Sendable () async -> Void) {
    // Kept under the lock it is taken out with, so that a task that ends at once is not kept for ever.
    tasks.withLock { tasks in
      tasks[token] = Task(executorPreference: executor) { [self] in
        await body()
        self.tasks.withLock { _ = $0.removeValue(forKey: token) }
      }
    }
  }

  /// The host waits no longer: the task sees it.
  func cancel(_ token: hub_token) { tasks.withLock { $0[token] }?.cancel() }

  /// The end of the instance: what still runs is cancelled, and what waits for the host is told that nothing comes any more.
  func end() {
    for task in tasks.withLock({ Array($0.values) }) { task.cancel() }
    services.pending.close()
  }

  static func of(_ instance: OpaquePointer?) -> AdapterBox? {
    instance.map { Unmanaged<AdapterBox>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
  }
}

/// The tables every Swift adapter shares. They live as long as the process, which the ABI asks for, and are never written again.
enum AdapterTables {
  nonisolated(unsafe) static let instance: UnsafePointer<hub_instance_api> = permanent(
    hub_instance_api(
      struct_size: UInt32(MemoryLayout<hub_instance_api>.size), reserved: 0,
      validate: { instance, token in AdapterBox.of(instance)?.run(token) { try await $0.validate() } },
      start: { instance, token in AdapterBox.of(instance)?.run(token) { try await $0.start() } },
      stop: { instance, grace, token in AdapterBox.of(instance)?.run(token) { await $0.stop(grace: .milliseconds(grace)) } },
      destroy: { instance in
        guard let instance else { return }
        let box = Unmanaged<AdapterBox>.fromOpaque(UnsafeRawPointer(instance))
        box.takeUnretainedValue().end()
        box.release()
      },
      deliver: { instance, event, token in
        guard let box = AdapterBox.of(instance), let event = event?.pointee else { return }
        let delivery = HubDelivery(services: box.services, token: token, isVolatile: event.sequence == 0)
        if let channel = box.channel { return box.deliver(HubEvent(event), to: channel, done: delivery) }
        box.adapter.deliver(HubEvent(event), done: delivery)
      },
      completed: { instance, token, status, body in
        AdapterBox.of(instance)?.services.pending.take(token)?(status, body)
      },
      cancel: { instance, token in AdapterBox.of(instance)?.cancel(token) },
      extension: { instance, id in
        guard let adapter = AdapterBox.of(instance)?.adapter, let id else { return nil }
        return switch String(cString: id) {
        case "hub.http-route/1" where adapter is any HubHTTPHandler: UnsafeRawPointer(httpRoute)
        case "hub.media/1" where adapter is any HubMediaSource: UnsafeRawPointer(media)
        case "hub.http-client/1": UnsafeRawPointer(httpClient)
        case "hub.namespace/1" where adapter is any HubNamespaceHandler: UnsafeRawPointer(namespace)
        case "hub.upstream-socket/1" where adapter is any HubUpstreamHandler: UnsafeRawPointer(upstream)
        default: nil
        }
      }))

  nonisolated(unsafe) static let httpRoute: UnsafePointer<hub_http_route_instance_1> = permanent(
    hub_http_route_instance_1(request: { instance, route, message, token in
      guard let box = AdapterBox.of(instance), let message, let handler = box.adapter as? any HubHTTPHandler else { return }
      handler.request(HubHTTPRequest(route: route, message.pointee), responder: HubHTTPResponder(services: box.services, token: token))
    }))

  nonisolated(unsafe) static let namespace: UnsafePointer<hub_namespace_instance_1> = permanent(
    hub_namespace_instance_1(
      connect: { instance, id, raw, token in
        guard let box = AdapterBox.of(instance), let raw, let handler = box.adapter as? any HubNamespaceHandler else { return }
        let answer = HubConnectAnswer(services: box.services, token: token)
        guard let connect = HubConnect(namespace: id, raw.pointee) else { return answer.refuse("unauthorized", data: [:]) }
        handler.connect(connect, answer: answer)
      },
      disconnected: { instance, id, socket, reason in
        guard let handler = AdapterBox.of(instance)?.adapter as? any HubNamespaceHandler else { return }
        handler.disconnected(namespace: id, socket: socket.string, reason: reason.string)
      },
      message: { instance, id, socket, name, arguments, token in
        guard let box = AdapterBox.of(instance), let handler = box.adapter as? any HubNamespaceHandler else { return }
        // A client may send a million values fifty times a second, and none has use for so many.
        let parsed = (try? JSONValue(parsing: arguments.bytes, maxValues: 20_000))?.array ?? []
        let message = HubClientMessage(namespace: id, socket: socket.string, name: name.string, arguments: parsed)
        handler.message(message, ack: HubAck(services: box.services, token: token))
      }))

  nonisolated(unsafe) static let upstream: UnsafePointer<hub_upstream_socket_instance_1> = permanent(
    hub_upstream_socket_instance_1(
      changed: { instance, id, raw in
        guard let handler = AdapterBox.of(instance)?.adapter as? any HubUpstreamHandler, let raw else { return }
        if let change = HubUpstreamChange(raw.pointee) { handler.changed(change, upstream: id) }
      },
      event: { instance, id, raw, token in
        guard let box = AdapterBox.of(instance), let handler = box.adapter as? any HubUpstreamHandler, let raw else { return }
        handler.event(HubUpstreamEvent(upstream: id, raw.pointee), done: HubUpstreamDone(services: box.services, token: token))
      }))

  nonisolated(unsafe) static let httpClient: UnsafePointer<hub_http_client_instance_1> = permanent(
    hub_http_client_instance_1(
      response: { instance, token, message in
        guard let message else { return }
        AdapterBox.of(instance)?.services.finish(token, .success(HubHTTPResponse(message.pointee)))
      },
      failed: { instance, token, status, written, reason in
        let code = HubError.Code(rawValue: status) ?? .failed
        AdapterBox.of(instance)?.services.finish(token, .failure(HubHTTPFailure(code, wasWritten: written != 0, reason.string)))
      }))

  nonisolated(unsafe) static let media: UnsafePointer<hub_media_instance_1> = permanent(
    hub_media_instance_1(open: { instance, account, media, token in
      guard let box = AdapterBox.of(instance), let source = box.adapter as? any HubMediaSource else { return }
      let parsed = (try? JSONValue(parsing: media.bytes)) ?? .object([:])
      source.open(HubMediaRequest(account: account.string, media: parsed), answer: HubMediaAnswer(services: box.services, token: token))
    }))

  static func permanent<Table>(_ table: Table) -> UnsafePointer<Table> {
    let pointer = UnsafeMutablePointer<Table>.allocate(capacity: 1)
    pointer.initialize(to: table)
    return UnsafePointer(pointer)
  }
}

extension HubEvent {
  init(_ raw: hub_event) {
    id = raw.id.string
    kind = raw.kind.string
    account = raw.account.string
    conversation = raw.conversation.string
    cause = raw.cause.string
    timeMilliseconds = raw.time_ms
    sequence = raw.sequence
    body = raw.body.array
  }
}
