internal import AsyncHTTPClient
internal import HubHost
internal import HubModel
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// One request from its beginning to its end, on the client's event loop.
final class Exchange: HTTPClientResponseDelegate, @unchecked Sendable {  // confined to `loop`: every method is called there, or hops there
  private enum State {
    case idle
    /// Something is looked up beside the loop: the host's addresses, an authority.
    case preparing(Scheduled<Void>)
    case running(HTTPClient.Task<Void>)
    case ended
  }

  private let request: OutboundRequest
  private let receiver: any OutboundReceiver
  private let loop: any EventLoop
  private let files: FileStream
  private let deadline: NIODeadline
  private var state = State.idle
  private var headLeft = false
  private var answerBegan = false
  /// Addresses to try when one can't be reached.
  private var further: ArraySlice<NetworkAddress> = []
  private var taken: (clients: KeptClients, key: KeptClients.Key)?

  init(request: OutboundRequest, receiver: any OutboundReceiver, loop: any EventLoop, files: FileStream) {
    self.request = request
    self.receiver = receiver
    self.loop = loop
    self.files = files
    deadline = .now() + TimeAmount(request.timeout)
  }

  func begin(with client: HTTPClient) {
    loop.execute { if case .idle = self.state { self.run(client) } }
  }

  /// Believes the authority of the request alone.
  func begin(with clients: KeptClients) {
    loop.execute { if case .idle = self.state { self.run(at: nil, clients) } }
  }

  /// Connects only to an address that is public, however the host is spelled and whatever its name means by now.
  func begin(with resolver: HostResolver, clients: KeptClients) {
    loop.execute { [self] in
      guard case .idle = state else { return }
      prepare(resolver.addresses(of: request.url.host, on: loop), late: "the name was not resolved in time") { [self] addresses in
        further = addresses.prefix(4)
        runNext(clients)
      }
    }
  }

  func cancel() {
    loop.execute { [self] in
      switch state {
      case .running(let task): task.cancel()
      case .idle, .preparing: end(OutboundFailure(.cancelled, wasWritten: false, "nobody waits for it any more"))
      case .ended: break
      }
    }
  }

  private func runNext(_ clients: KeptClients) {
    giveBack()
    guard let address = further.popFirst() else {
      return end(OutboundFailure(.unreachable, wasWritten: false, "no connection to the host"))
    }
    run(at: KeptClients.Place(host: request.url.host, address: address), clients)
  }

  /// Goes on with what is looked up beside the loop, unless the request ends meanwhile.
  private func prepare<Found: Sendable>(
    _ found: EventLoopFuture<Result<Found, OutboundFailure>>, late: String, then next: @escaping (Found) -> Void
  ) {
    let alarm = loop.scheduleTask(deadline: deadline) { [self] in
      if case .preparing = state { end(OutboundFailure(.timeout, wasWritten: false, late)) }
    }
    state = .preparing(alarm)
    found.assumeIsolated().whenComplete { [self] found in
      guard case .preparing(let alarm) = state else { return }
      alarm.cancel()
      switch found {
      case .success(.success(let found)): next(found)
      case .success(.failure(let failure)): end(failure)
      case .failure: end(OutboundFailure(.cancelled, wasWritten: false, "the client has ended"))
      }
    }
  }

  private func run(at place: KeptClients.Place?, _ clients: KeptClients) {
    let key = KeptClients.Key(place: place, authority: request.authority)
    do throws(OutboundFailure) {
      if let client = try clients.take(key) { return run(client, kept: (clients, key)) }
    } catch {
      return end(error)
    }
    guard let authority = request.authority else { return run(key, of: clients, believing: .default) }
    let reader = AuthorityReader(threads: files.threads)
    prepare(reader.certificates(in: authority, on: loop), late: "\(authority) was not read in time") { [self] certificates in
      run(key, of: clients, believing: .certificates(certificates))
    }
  }

  private func run(_ key: KeptClients.Key, of clients: KeptClients, believing roots: NIOSSLTrustRoots) {
    do throws(OutboundFailure) {
      run(try clients.take(key, believing: roots), kept: (clients, key))
    } catch {
      end(error)
    }
  }

  private func run(_ client: HTTPClient, kept: (clients: KeptClients, key: KeptClients.Key)) {
    taken = kept
    run(client)
  }

  private func giveBack() {
    taken.map { $0.clients.give($0.key) }
    taken = nil
  }

  private func run(_ client: HTTPClient) {
    do {
      var headers = HTTPHeaders(request.headers)
      if !headers.contains(name: "User-Agent") { headers.add(name: "User-Agent", value: "hub") }
      let prepared = try HTTPClient.Request(
        url: request.url.text, method: HTTPMethod(rawValue: request.method), headers: headers, body: body)
      let task = client.execute(request: prepared, delegate: self, eventLoop: .delegate(on: loop), deadline: deadline)
      state = .running(task)
      task.futureResult.whenComplete { [self] result in
        switch result {
        case .success: end(nil)
        case .failure(let error): failed(error)
        }
      }
    } catch {
      end(OutboundFailure(.broken, wasWritten: false, "the request could not be made"))
    }
  }

  private var body: HTTPClient.Body? {
    guard !request.parts.isEmpty else { return nil }
    if request.parts.count == 1, case .bytes(let bytes) = request.parts[0] { return .byteBuffer(bytes) }
    let length = request.parts.reduce(0) { $0 + $1.length }
    return .stream(contentLength: Int64(length)) { [files, parts = request.parts, loop] writer in
      loop.makeFutureWithTask { try await files.send(parts, to: writer) }
    }
  }

  private func failed(_ error: any Error) {
    let failure = OutboundFailure(error, headLeft: headLeft, authority: request.authority)
    if failure.reason == .unreachable, !failure.wasWritten, let clients = taken?.clients, !further.isEmpty { return runNext(clients) }
    end(failure)
  }

  private func end(_ failure: OutboundFailure?) {
    if case .ended = state { return }
    state = .ended
    giveBack()
    receiver.end(failure)
  }

  // MARK: - What the client tells

  func didSendRequestHead(task: HTTPClient.Task<Void>, _ head: HTTPRequestHead) { headLeft = true }

  func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
    answerBegan = true
    do throws(OutboundFailure) {
      try receiver.begin(status: Int(head.status.code), headers: head.headers.map { ($0.name, $0.value) })
      return loop.makeSucceededVoidFuture()
    } catch {
      return loop.makeFailedFuture(error)
    }
  }

  func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
    do throws(OutboundFailure) {
      return try receiver.take(buffer)?.hop(to: loop) ?? loop.makeSucceededVoidFuture()
    } catch {
      return loop.makeFailedFuture(error)
    }
  }

  func didFinishRequest(task: HTTPClient.Task<Void>) throws {}
}
