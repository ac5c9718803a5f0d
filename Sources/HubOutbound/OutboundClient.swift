internal import AsyncHTTPClient
public import HubHost
public import NIOCore
internal import NIOPosix
internal import Synchronization

/// The hub's HTTP client. It follows no redirect, tries nothing again, and can be told to connect to the public internet only.
///
/// All its connections are on one event loop: only there is it known, when a request fails, whether any byte of it has left.
public final class OutboundClient: Sendable {
  private struct Parts {
    let client: HTTPClient
    let kept: KeptClients
    let threads: NIOThreadPool
  }

  private enum State {
    /// Nothing was asked for yet, so that there is nothing to end.
    case unused
    case running(Parts)
    case ended
  }

  private let loop: any EventLoop
  private let lookup: HostResolver.Lookup
  private let state = Mutex(State.unused)

  /// A client on one of these event loops.
  ///
  /// - Parameter lookup: gives the addresses of a name; nil: asks the system.
  public init(group: any EventLoopGroup, lookup: HostResolver.Lookup? = nil) {
    loop = group.next()
    self.lookup = lookup ?? HostResolver.system
  }

  /// As the host takes it.
  public var port: OutboundPort {
    OutboundPort { [self] request, receiver in
      guard let parts else {
        receiver.end(OutboundFailure(.cancelled, wasWritten: false, "the client has ended"))
        return {}
      }
      let exchange = Exchange(request: request, receiver: receiver, loop: loop, files: FileStream(threads: parts.threads))
      if request.isGuarded {
        exchange.begin(with: HostResolver(threads: parts.threads, lookup: lookup), clients: parts.kept)
      } else if request.authority != nil {
        exchange.begin(with: parts.kept)
      } else {
        exchange.begin(with: parts.client)
      }
      return { exchange.cancel() }
    }
  }

  /// Ends every connection; what is under way fails.
  public func shutdown() async {
    let last = state.withLock { state in
      defer { state = .ended }
      return state
    }
    guard case .running(let parts) = last else { return }
    try? await parts.client.shutdown()
    await parts.kept.shutdown()
    try? await parts.threads.shutdownGracefully()
  }

  /// Made with the first request; nil after the end.
  private var parts: Parts? {
    state.withLock { state in
      switch state {
      case .ended: return nil
      case .running(let parts): return parts
      case .unused:
        let threads = NIOThreadPool(numberOfThreads: 4)
        threads.start()
        let client = HTTPClient(eventLoopGroupProvider: .shared(loop), configuration: Self.configuration())
        let parts = Parts(client: client, kept: KeptClients(loop: loop), threads: threads)
        state = .running(parts)
        return parts
      }
    }
  }

  static func configuration() -> HTTPClient.Configuration {
    var options = HTTPClient.Configuration(redirectConfiguration: .disallow, timeout: .init(connect: .seconds(10)))
    options.connectionPool.retryConnectionEstablishment = false
    options.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
    return options
  }
}
