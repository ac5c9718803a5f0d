public import RealtimeServer
internal import Synchronization

/// The HTTP routes that adapters opened. A path belongs to one adapter; a path that ends in `/*` answers for everything below it.
public final class PluginRoutes: HTTPRouting {
  private struct Entry {
    var owner: String
    /// By method; `*` stands for every method.
    var routes: [String: HTTPRoute]
  }

  /// Why a route was not added.
  enum Conflict: Error, Hashable {
    /// The path is another adapter's.
    case owned(by: String)
    /// The adapter has this method and path already.
    case repeated
  }

  private struct Table {
    var exact: [String: Entry] = [:]
    /// By the path up to and with its last slash.
    var prefixes: [String: Entry] = [:]
  }

  private let table = Mutex(Table())

  /// No routes yet.
  public init() {}

  /// The route of a request; the longest prefix wins when no path is equal.
  public func match(method: String, path: String) -> HTTPRouteMatch {
    guard let entry = table.withLock({ Self.entry(for: path, in: $0) }) else { return .notFound }
    if let route = entry.routes[method] ?? entry.routes["*"] { return .route(route) }
    if method == "HEAD", let route = entry.routes["GET"] { return .route(route) }
    return .methodNotAllowed(allow: entry.routes.keys.sorted())
  }

  func add(_ route: HTTPRoute, method: String, path: String, owner: String) throws(Conflict) {
    let conflict: Conflict? = table.withLock { table in
      let isPrefix = path.hasSuffix("/*")
      let key = isPrefix ? String(path.dropLast()) : path
      var entry = (isPrefix ? table.prefixes[key] : table.exact[key]) ?? Entry(owner: owner, routes: [:])
      guard entry.owner == owner else { return .owned(by: entry.owner) }
      guard entry.routes.updateValue(route, forKey: method) == nil else { return .repeated }
      if isPrefix { table.prefixes[key] = entry } else { table.exact[key] = entry }
      return nil
    }
    if let conflict { throw conflict }
  }

  /// Takes away every route of an adapter.
  func remove(owner: String) {
    table.withLock { table in
      table.exact = table.exact.filter { $0.value.owner != owner }
      table.prefixes = table.prefixes.filter { $0.value.owner != owner }
    }
  }

  private static func entry(for path: String, in table: Table) -> Entry? {
    if let entry = table.exact[path] { return entry }
    guard !table.prefixes.isEmpty else { return nil }
    var rest = path[...]
    while let slash = rest.lastIndex(of: "/") {
      if let entry = table.prefixes[String(rest[...slash])] { return entry }
      rest = rest[..<slash]
    }
    return nil
  }
}
