import Glibc
import NIOCore

/// The cores this process may use: fewer than the machine has when it is pinned to some, or has a share of them only.
public enum UsableCores {
  /// How many there are now.
  public static var count: Int { max(1, min(allowed ?? .max, System.coreCount)) }

  /// To how many the process is pinned (proc(5), Cpus_allowed).
  private static var allowed: Int? {
    guard let status = fopen("/proc/self/status", "r") else { return nil }
    defer { fclose(status) }
    var line = [CChar](repeating: 0, count: 4096)
    while fgets(&line, Int32(line.count), status) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      guard text.hasPrefix("Cpus_allowed:") else { continue }
      return text.dropFirst(13).compactMap(\.hexDigitValue).reduce(0) { $0 + $1.nonzeroBitCount }
    }
    return nil
  }
}
