extension HubOutcome {
  /// What a request without an answer says of the message it was to send, the same for every provider.
  ///
  /// | the request | outcome |
  /// | --- | --- |
  /// | may have left | `unknown`, code `no_answer`; `retry` where the provider is idempotent |
  /// | did not leave: no connection, not in time, the adapter's end | `retry`, code `unreachable` |
  /// | did not leave: the hub has too much under way | `retry`, code `busy` |
  /// | `egress` or the guard denies it | `rejected`, code `denied`: it would be at every attempt |
  /// | makes no sense, or its upload is gone | `rejected`, code `invalid` |
  /// | the hub makes no requests for this adapter | `down`, code `unsupported` |
  ///
  /// - Parameter isIdempotent: whether the provider takes the same message once, however often it is asked to: then a lost answer costs nothing.
  public init(_ failure: HubHTTPFailure, isIdempotent: Bool = false) {
    let text = failure.description
    guard failure.wasWritten == false else {
      self = isIdempotent ? .retry(code: "no_answer", text: text) : .unknown(code: "no_answer", text: text)
      return
    }
    self =
      switch failure.code {
      case .denied: .rejected(code: "denied", text: text)
      case .invalid, .notFound: .rejected(code: "invalid", text: text)
      case .unsupported: .down(code: "unsupported", text: text)
      case .busy: .retry(code: "busy", text: text)
      case .failed, .timeout, .closed: .retry(code: "unreachable", text: text)
      }
  }
}
