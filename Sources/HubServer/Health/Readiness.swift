public import OrderedJSON

/// Whether the hub can do its work now: a list of named checks that the composition root brings.
public struct Readiness: Sendable {
  /// One check.
  public struct Check: Sendable {
    /// The name in `/readyz`: `journal`, `adapter:meta-main`, `listener`.
    public let name: String
    let run: @Sendable () -> Result

    /// A check; `run` answers at once, from any thread, so it reads state that is kept elsewhere.
    public init(_ name: String, run: @escaping @Sendable () -> Result) {
      self.name = name
      self.run = run
    }
  }

  /// A check's answer.
  public enum Result: Sendable, Hashable {
    /// Good.
    case ready
    /// Not good, and why.
    case failing(String)
  }

  /// All answers at one moment.
  public struct Report: Sendable, Hashable {
    /// The names and answers, in the order of the checks.
    public let results: [Named]

    /// One answer with its name.
    public struct Named: Sendable, Hashable {
      /// The check's name.
      public let name: String
      /// The check's answer.
      public let result: Result
    }

    /// Whether every check is good.
    public var isReady: Bool { results.allSatisfy { $0.result == .ready } }

    /// `{"status": "ready" | "not ready", "checks": [{"name", "ok", "detail"?}]}`.
    public var json: JSONValue { ["status": .string(isReady ? "ready" : "not ready"), "checks": checks] }

    /// The checks alone.
    public var checks: JSONValue {
      .array(
        results.map { item in
          var members: JSONObject = ["name": .string(item.name), "ok": .bool(item.result == .ready)]
          if case .failing(let detail) = item.result { members["detail"] = .string(detail) }
          return .object(members)
        })
    }
  }

  private let checks: [Check]

  /// Readiness by these checks; with none the hub is ready as soon as it answers.
  public init(_ checks: [Check]) { self.checks = checks }

  /// Asks every check.
  public func report() -> Report { Report(results: checks.map { Report.Named(name: $0.name, result: $0.run()) }) }
}
