internal import Glibc

/// The bytes that uploads take, all together and those of each tenant: one tenant leaves half of the room to the others.
struct UploadRoom: Sendable {
  let limit: Int
  private var bytes = 0
  private var bytesOfTenants: [String: Int] = [:]

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
}
