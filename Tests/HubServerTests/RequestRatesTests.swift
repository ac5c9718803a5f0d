import HubServer
import NIOCore
import Testing

@Suite("Requests per client")
struct RequestRatesTests {
  @Test("two seconds' worth pass at once, the next waits, and another client is not held up by it")
  func burst() {
    let rates = RequestRates(perSecond: 5)
    let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
    #expect((0..<10).allSatisfy { _ in rates.delay(of: "192.0.2.1", now: start) == nil })
    #expect(rates.delay(of: "192.0.2.1", now: start) == .milliseconds(200))
    #expect(rates.delay(of: "192.0.2.2", now: start) == nil)
    #expect(rates.delay(of: "192.0.2.1", now: start + .milliseconds(200)) == nil)
    #expect(rates.delay(of: "192.0.2.1", now: start + .milliseconds(200)) != nil)
  }
}
