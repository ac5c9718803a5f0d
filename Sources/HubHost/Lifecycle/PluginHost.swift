internal import Dispatch
public import HubStore
internal import Synchronization

/// All adapters of the hub: starts and stops them, hands events to sinks, and gives up what plugins do not answer.
public final class PluginHost: Sendable {
  private let launcher: AdapterLauncher
  let services: HostServices
  private let slots = Mutex<[AdapterSlot]>([])
  private let sweeper: Sweeper
  private let quarantine: Quarantine?

  /// A host without adapters.
  /// - Parameter quarantine: where plugins that take the process down are remembered; nil: nowhere.
  public init(finder: PluginFinder, loader: PluginLoader = PluginLoader(), services: HostServices, quarantine: Quarantine? = nil) {
    self.services = services
    self.quarantine = quarantine
    launcher = AdapterLauncher(finder: finder, loader: loader, services: services, quarantine: quarantine)
    sweeper = Sweeper()
    services.interests.find { [weak self] in self?.adapter($0) }
  }

  /// Starts adapters: first all sinks, then all channels, each sort at once; one after the other when the last start left marks
  /// of a crash, so that the next crash names the one that caused it.
  /// - Throws: the first failure of an adapter whose `on_start_error` is `fail`; what was started is stopped again.
  public func start(_ specs: [AdapterSpec]) async throws(AdapterFailure) {
    let made = specs.map { AdapterSlot(spec: $0, launcher: launcher, services: services) }
    slots.withLock { $0 = made }
    let isCareful = quarantine?.hasMarks ?? false
    if quarantine != nil { CrashWatch.install() }
    sweeper.start { [weak self] in self?.sweep() }
    for kind in [PluginDescription.Kind.sink, .channel] {
      let failures = await Self.each(made.filter { $0.spec.kind == kind }, inTurn: isCareful) { slot in
        do throws(AdapterFailure) {
          try await slot.start()
          return nil
        } catch {
          return error
        }
      }
      if let failure = failures.first {
        await stop()
        throw failure
      }
    }
  }

  /// Takes back every mark of a plugin on its way up, and leaves none from now on. To be called when the hub is told to end while it
  /// starts: whether or not it comes to `stop`, its end is not the plugins' doing. From any thread.
  public func forgetMarks() { launcher.forgetMarks() }

  /// Stops adapters: first all channels, then all sinks. Returns when all are stopped or given up. A host that was stopped leaves no
  /// marks any more.
  public func stop() async {
    forgetMarks()
    let all = slots.withLock { $0 }
    for kind in [PluginDescription.Kind.channel, .sink] {
      _ = await Self.each(all.filter { $0.spec.kind == kind }) { slot in
        await slot.stop()
        return nil
      }
    }
    sweeper.stop()
  }

  /// Where every adapter stands, in the order given to `start`.
  public var statuses: [AdapterStatus] { slots.withLock { $0 }.map(\.status) }

  /// Hands one event to an adapter; `answer` is called once, from any thread.
  public func deliver(_ event: StoredEvent, to id: String, answer: @escaping @Sendable (DeliveryAnswer) -> Void) {
    guard let adapter = adapter(id) else { return answer(.closed) }
    adapter.deliver(event, answer: answer)
  }

  /// The kinds of events an adapter asked for when it last said so; nil: every one, or that is not known because it never came so far.
  public func kinds(of id: String) -> Set<String>? { slot(id)?.kinds }

  /// The kinds of events a sink is to be given now: those it asked for, and none while it runs and nobody hears it.
  public func wanted(by id: String) -> Set<String>? { slot(id)?.wanted }

  /// The instance of an adapter while it runs.
  func adapter(_ id: String) -> Adapter? { slot(id)?.adapter }

  func slot(_ id: String) -> AdapterSlot? { slots.withLock { $0.first { $0.spec.id == id } } }

  private func sweep() {
    let now = services.clock.monotonic()
    for slot in slots.withLock({ $0 }) { slot.current?.expire(now: now) }
  }

  private static func each(
    _ slots: [AdapterSlot], inTurn: Bool = false, _ body: @escaping @Sendable (AdapterSlot) async -> AdapterFailure?
  ) async -> [AdapterFailure] {
    await withTaskGroup(of: (Int, AdapterFailure?).self) { group in
      var failures: [(Int, AdapterFailure)] = []
      for (index, slot) in slots.enumerated() {
        group.addTask { (index, await body(slot)) }
        if inTurn, case (let index, let failure?)? = await group.next() { failures.append((index, failure)) }
      }
      for await (index, failure) in group { if let failure { failures.append((index, failure)) } }
      return failures.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }
}

/// Ticks every few milliseconds while it runs.
final class Sweeper: Sendable {
  private let queue = DispatchQueue(label: "adapter.deadlines")
  private let timer = Mutex<DispatchBox?>(nil)

  // A dispatch source may be used from any thread.
  private struct DispatchBox: @unchecked Sendable {
    let source: any DispatchSourceTimer
  }

  func start(_ tick: @escaping @Sendable () -> Void) {
    let source = DispatchSource.makeTimerSource(queue: queue)
    source.schedule(deadline: .now() + .milliseconds(20), repeating: .milliseconds(20), leeway: .milliseconds(5))
    source.setEventHandler(handler: tick)
    let old = timer.withLock { timer in
      defer { timer = DispatchBox(source: source) }
      return timer
    }
    old?.source.cancel()
    source.resume()
  }

  func stop() { timer.withLock { $0.take() }?.source.cancel() }

  deinit { stop() }
}
