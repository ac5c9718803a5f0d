package import CHubPlugin

/// Why a call across the plugin boundary did not succeed.
public struct HubError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The ABI's status words.
  public enum Code: Int32, Sendable {
    case failed = 1
    case invalid = 2
    case unsupported = 3
    case closed = 4
    case denied = 5
    case busy = 6
    case timeout = 7
    case notFound = 8
  }

  /// The kind of failure.
  public let code: Code
  /// One line for a person.
  public let message: String

  /// A failure with its reason.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The failure behind a status; a status of a newer hub counts as `failed`.
  package init(status: hub_status, _ message: String) {
    self.init(Code(rawValue: status) ?? .failed, message)
  }

  /// The reason.
  public var description: String { message.isEmpty ? "\(code)" : message }
}

extension Error {
  var hubStatus: hub_status { (self as? HubError)?.code.rawValue ?? HubError.Code.failed.rawValue }
}
