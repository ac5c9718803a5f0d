import AsyncHTTPClient

extension HTTPClient.Configuration {
  /// A refused connection is an answer: it is not tried again.
  static var once: Self {
    var options = Self()
    options.connectionPool.retryConnectionEstablishment = false
    return options
  }
}
