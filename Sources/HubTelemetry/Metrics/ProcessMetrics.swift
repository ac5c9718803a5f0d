internal import Glibc
internal import Logging

/// The usual `process_…` metrics and the telemetry's own, read from /proc and the registry at each scrape.
public enum ProcessMetrics {
  /// Adds the readers to the registry.
  ///
  /// - Throws: `conflict` when one is there already.
  public static func collect(
    into registry: MetricRegistry, logs: LogOutput, version: String, startedAt: Int64
  ) throws(MetricError) {
    let list = HubMetrics.Collected.self
    try registry.collect(list.build) { [MetricSample(1, version)] }
    try registry.collect(list.processStart) { [MetricSample(Double(startedAt) / 1000)] }
    try registry.collect(list.processCPU) { [MetricSample(cpuSeconds())] }
    try registry.collect(list.processMemory) { residentBytes().map { [MetricSample($0)] } ?? [] }
    try registry.collect(list.processDescriptors) { openDescriptors().map { [MetricSample($0)] } ?? [] }
    try registry.collect(list.processDescriptorLimit) { [MetricSample(descriptorLimit())] }
    try registry.collect(list.logLines) { logs.counts.map { MetricSample(Double($0.value), $0.key.rawValue) } }
    // Weak: the registry holds this reader.
    try registry.collect(list.seriesOverflows) { [weak registry] in [MetricSample(Double(registry?.overflows ?? 0))] }
  }

  static func cpuSeconds() -> Double {
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    let times = [usage.ru_utime, usage.ru_stime]
    return times.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
  }

  /// The second field of /proc/self/statm (proc(5)), in pages.
  static func residentBytes() -> Double? {
    let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    let text = String(
      unsafeUninitializedCapacity: 256
    ) { buffer in max(0, read(descriptor, buffer.baseAddress, buffer.count)) }
    let fields = text.split(separator: " ")
    return fields.count > 1 ? Double(fields[1]).map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) } : nil
  }

  static func openDescriptors() -> Double? {
    guard let folder = opendir("/proc/self/fd") else { return nil }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    // Not counted: `.`, `..` and the descriptor of the listing itself.
    return Double(count - 3)
  }

  static func descriptorLimit() -> Double {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return Double(limit.rlim_cur)
  }
}
