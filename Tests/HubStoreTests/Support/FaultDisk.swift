import CFaultVFS
import Foundation

/// The disk under one folder, failing and forgetting on command.
// @unchecked: the C side locks.
final class FaultDisk: @unchecked Sendable {
  enum Operation: Int32 {
    case open = 0
    case write = 1
    case sync = 2
    case truncate = 3
  }

  static let ioErrorWrite: Int32 = 778
  static let ioErrorSync: Int32 = 1034
  static let full: Int32 = 13
  static let cannotOpen: Int32 = 14

  private let disk: OpaquePointer

  init(_ folder: String, record: Bool = false) { disk = fault_disk_create(folder, record ? 1 : 0) }
  deinit { fault_disk_destroy(disk) }

  func fail(_ operation: Operation, code: Int32, after: Int = 0, count: Int = -1) {
    fault_disk_fail(disk, operation.rawValue, code, after, count)
  }

  func heal() {
    for operation in [Operation.open, .write, .sync, .truncate] { fault_disk_fail(disk, operation.rawValue, 0, 0, 0) }
  }

  var logSyncs: Int { fault_disk_log_syncs(disk) }
  var length: Int { fault_disk_length(disk) }

  func rebuild(cut: Int, seed: UInt64, into target: String) -> Bool { fault_disk_rebuild(disk, cut, seed, target) == 0 }
}
