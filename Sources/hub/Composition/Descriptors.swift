import Glibc

/// The process's descriptors: what may be open, and what of it connections may have.
enum Descriptors {
  /// Kept for everything that is no client: the journal, event loops, plugins, the admin listener, upstream sockets.
  static let reserve = 64

  /// As many connections as wanted (0: any number), or as the system lets the process have after its own limit was raised. Connections
  /// over this number are refused in words; without it they would wait for a descriptor that never comes.
  static func connections(wanted: Int) -> Int {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(resource, &limit) == 0 else { return wanted }
    let needed = rlim_t(wanted > 0 ? wanted + reserve : 1 << 20)
    if limit.rlim_cur < needed, limit.rlim_cur < limit.rlim_max {
      let soft = limit.rlim_cur
      limit.rlim_cur = min(needed, limit.rlim_max)
      if setrlimit(resource, &limit) != 0 { limit.rlim_cur = soft }
    }
    let possible = max(1, Int(min(limit.rlim_cur, 1 << 20)) - reserve)
    return wanted > 0 ? min(wanted, possible) : possible
  }
}
