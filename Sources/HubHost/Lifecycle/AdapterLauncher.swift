internal import Dispatch
internal import Logging
internal import Synchronization

/// Makes instances out of specs: finds, checks and loads the plugin, and refuses what cannot work before any of it is created.
final class AdapterLauncher: Sendable {
  private let finder: PluginFinder
  private let loader: PluginLoader
  private let services: HostServices
  private let quarantine: Quarantine?
  /// The marks this process left and did not take away yet.
  private let marks = Mutex(Marks())
  private let made = Atomic<UInt64>(1)
  /// Loading reads and hashes whole files and runs constructors: not on the threads of the tasks.
  private let queue = DispatchQueue(label: "plugin.loading")

  private struct Marks {
    var left: Set<Mark> = []
    var areForgotten = false
  }

  private struct Mark: Hashable {
    var adapter, plugin: String

    init(_ spec: AdapterSpec) { (adapter, plugin) = (spec.id, spec.plugin) }
  }

  init(finder: PluginFinder, loader: PluginLoader, services: HostServices, quarantine: Quarantine?) {
    self.finder = finder
    self.loader = loader
    self.services = services
    self.quarantine = quarantine
  }

  /// - Parameter attempt: 1 for the first; a later one asks for the spec anew, because the plugin may be another by now.
  func make(_ spec: AdapterSpec, attempt: Int) async throws(AdapterFailure) -> Adapter {
    let result: Result<Adapter, AdapterFailure> = await withCheckedContinuation { continuation in
      queue.async {
        continuation.resume(
          returning: Result { try self.load(attempt > 1 ? spec.renewal?() ?? spec : spec) }
            .mapError { AdapterFailure(adapter: spec.id, step: .load, reason: "\($0)") })
      }
    }
    return try result.get()
  }

  /// The instance started, or failed and left the process standing.
  func settled(_ spec: AdapterSpec) {
    guard !CrashWatch.isCrashing else { return }
    marks.withLock { marks in
      if marks.left.remove(Mark(spec)) != nil { quarantine?.leave(spec.id, plugin: spec.plugin) }
    }
  }

  /// Takes away every mark of this process and leaves none from now on: it ends in good order.
  func forgetMarks() {
    guard !CrashWatch.isCrashing else { return }
    marks.withLock { marks in
      for mark in marks.left { quarantine?.leave(mark.adapter, plugin: mark.plugin) }
      marks = Marks(areForgotten: true)
    }
  }

  private func mark(_ spec: AdapterSpec, sha256: String) throws(PluginRefusal) {
    guard let quarantine else { return }
    let refusal = marks.withLock { marks -> PluginRefusal? in
      guard !marks.areForgotten else { return nil }
      do throws(PluginRefusal) {
        try quarantine.enter(spec.id, plugin: spec.plugin, sha256: sha256)
        marks.left.insert(Mark(spec))
        return nil
      } catch {
        return error
      }
    }
    if let refusal { throw refusal }
  }

  private func load(_ spec: AdapterSpec) throws -> Adapter {
    if let reason = spec.refusal { throw AdapterSpec.Refused(description: reason) }
    let file = try finder.open(spec.plugin)
    try mark(spec, sha256: file.sha256)
    do throws(PluginRefusal) {
      let plugin = try loader.load(file, expected: spec.sha256)
      services.logger.debug(
        "plugin loaded",
        metadata: ["plugin": "\(spec.plugin)", "sha256": "\(file.sha256)", "bundled": "\(finder.bundled.contains(file.sha256))"])
      let description = try plugin.description(named: spec.plugin, kind: spec.kind)
      let adapter = Adapter(
        spec: spec, description: description, plugin: plugin, services: services, number: made.wrappingAdd(1, ordering: .relaxed).oldValue)
      let missing = adapter.missingExtensions()
      guard missing.isEmpty else {
        throw PluginRefusal(.needs, file.path, "needs \(missing.joined(separator: ", ")), not offered or not granted in hub.yaml")
      }
      return adapter
    } catch {
      settled(spec)
      throw error
    }
  }
}
