import CHubPlugin
public import OrderedJSON
import Synchronization

/// What the hub does for an adapter. Callable from any thread; after the adapter's end every call does nothing or answers `closed`.
public final class HubServices: Sendable {
  // The table and the handle stay valid for ever by the ABI's lifetime rule, and the host takes calls on any thread.
  nonisolated(unsafe) let api: UnsafePointer<hub_host_api>
  nonisolated(unsafe) let host: OpaquePointer
  let pending = PendingOperations()
  let outbound = PendingRequests()
  /// The tables given so far, by the place of their id in memory. What was granted once stays so, by the same rule.
  private let tables = Mutex<[UInt: TablePointer]>([:])

  // As `api`.
  private struct TablePointer: @unchecked Sendable {
    let pointer: UnsafeRawPointer
  }

  init(api: UnsafePointer<hub_host_api>, host: OpaquePointer) {
    self.api = api
    self.host = host
  }

  func table<Table>(_ id: StaticString, as type: Table.Type) throws -> UnsafePointer<Table> {
    let place = UInt(bitPattern: id.utf8Start)
    if let known = tables.withLock({ $0[place] }) { return known.pointer.assumingMemoryBound(to: type) }
    let pointer = id.withUTF8Buffer { utf8 in
      utf8.withMemoryRebound(to: CChar.self) { $0.baseAddress.flatMap { api.pointee.extension(host, $0) } }
    }
    guard let pointer else { throw HubError(.unsupported, "\(id) is not offered or not granted in hub.yaml") }
    let table = TablePointer(pointer: pointer)
    tables.withLock { $0[place] = table }
    return pointer.assumingMemoryBound(to: type)
  }

  /// Starts a host operation that answers through `completed`, as an async call.
  func answer(_ operation: (hub_token) throws -> Void) async throws -> [UInt8] {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<[UInt8], any Error>) in
      let token = pending.add { status, body in
        continuation.resume(
          with: status == hub_status.ok ? .success(body.array) : .failure(HubError(status: status, body.string)))
      }
      do { try operation(token) } catch {
        if pending.take(token) != nil { continuation.resume(throwing: error) }
      }
    }
  }
}

extension HubServices {
  /// How loud a log line is.
  public enum LogLevel: Int32, Sendable {
    case debug = 1
    case info = 2
    case warning = 3
    case error = 4
  }

  /// Writes a log line: a constant message, the data as fields. They are not asked for where the operator wants no line of that level.
  public func log(_ level: LogLevel, _ message: String, _ fields: @autoclosure () -> JSONObject = [:]) {
    if let table = try? table("hub.log-level/1", as: hub_log_level_1.self), level.rawValue < table.pointee.least(host) { return }
    var json: [UInt8] = []
    fields().write(to: &json)
    message.withHubStr { message in json.withHubStr { api.pointee.log(host, level.rawValue, message, $0) } }
  }

  /// How the adapter is.
  public enum Health: Int32, Sendable {
    case starting = 0
    case ok = 1
    case degraded = 2
    case down = 3
  }

  /// Reports the adapter's health, shown in `hub status` and readiness.
  public func health(_ state: Health, _ detail: String = "") {
    detail.withHubStr { api.pointee.health(host, state.rawValue, $0) }
  }
}

extension hub_status {
  /// `HUB_OK` in the type the calls return it in.
  static let ok = hub_status(HUB_OK)
}
