/// What a fake Graph API is to be.
package struct GraphOptions: Sendable {
  /// A number of the business.
  package struct Number: Sendable, Equatable {
    /// Its `phone_number_id`.
    package var id: String
    /// As it is displayed.
    package var phone: String
    /// The business account it belongs to.
    package var waba: String

    package init(id: String, phone: String = "5511940001000", waba: String = "203948571209384") {
      self.id = id
      self.phone = phone
      self.waba = waba
    }
  }

  /// The first is the one that customers write to unless they say another.
  package var numbers: [Number]
  /// Where webhooks go; nil sends none.
  package var webhook: String?
  package var appSecret: [UInt8]
  package var verifyToken: String
  /// Tokens that are let in; empty lets any in.
  package var accessTokens: [String] = []
  /// Messages per second of one number, in and out; 0 is no limit.
  package var throughput = 80
  /// Messages to one customer before it is one in six seconds; 0 is no limit.
  package var pairBurst = 45
  /// Whether anything but templates fails for customers who haven't written for 24 hours.
  package var hasWindow = true
  /// Milliseconds between `sent`, `delivered` and `read`.
  package var statusDelay: Int64 = 200
  /// Where ids begin; nil takes the system's random numbers.
  package var seed: UInt64?

  package init(numbers: [Number], webhook: String?, appSecret: [UInt8], verifyToken: String) {
    self.numbers = numbers
    self.webhook = webhook
    self.appSecret = appSecret
    self.verifyToken = verifyToken
  }
}
