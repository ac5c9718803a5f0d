internal import Glibc

/// The bytes that uploads take and how many arrive at once, all together and those of each tenant: one tenant leaves half to the others.
struct UploadRoom: Sendable {
  /// Uploads that may arrive at once. A slow one is a connection, a file and a thread for as long as it likes; what providers deliver comes
  /// over the same listener.
  static let places = 64

  let limit: Int
  private var bytes = 0
  private var bytesOfTenants: [String: Int] = [:]
  private var arriving = 0
  private var arrivingOfTenants: [String: Int] = [:]

  init(limit: Int) { self.limit = limit }

  /// What keeps so many more bytes of a tenant from being taken; nil: nothing does.
  func refusal(of tenant: String, more count: Int) -> MediaFolder.Failure? {
    if bytes + count > limit { return MediaFolder.Failure(ENOSPC) }
    if bytesOfTenants[tenant, default: 0] + count > limit / 2 { return .tenantRoom }
    return nil
  }

  mutating func take(_ count: Int, of tenant: String) {
    bytes += count
    bytesOfTenants[tenant, default: 0] += count
  }

  mutating func giveBack(_ count: Int, of tenant: String) {
    bytes -= count
    let left = bytesOfTenants[tenant, default: 0] - count
    bytesOfTenants[tenant] = left > 0 ? left : nil
  }

  /// One more arrives; false when too many do.
  mutating func enter(_ tenant: String) -> Bool {
    guard arriving < Self.places, arrivingOfTenants[tenant, default: 0] < Self.places / 2 else { return false }
    arriving += 1
    arrivingOfTenants[tenant, default: 0] += 1
    return true
  }

  /// One arrives no more.
  mutating func leave(_ tenant: String) {
    arriving -= 1
    let left = arrivingOfTenants[tenant, default: 0] - 1
    arrivingOfTenants[tenant] = left > 0 ? left : nil
  }
}
