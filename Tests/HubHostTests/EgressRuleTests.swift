import Testing

@testable import HubHost

@Suite("Hosts that an adapter may reach")
struct EgressRuleTests {
  @Test("egress allows what it names, and what its patterns cover")
  func egress() {
    #expect(EgressRule.everything.allows("any.example") && !EgressRule.everything.names("any.example"))
    #expect(!EgressRule([]).allows("any.example"))
    let rule = EgressRule(["Graph.Example", "*.media.example", "[::1]", "10.0.0.7"])
    for host in ["graph.example", "GRAPH.example.", "a.media.example", "a.b.media.example", "::1", "[::1]", "10.0.0.7"] {
      #expect(rule.allows(host), "\(host)")
    }
    for host in ["media.example", "xmedia.example", "evil-graph.example", "graph.example.evil", "10.0.0.70", ""] {
      #expect(!rule.allows(host), "\(host)")
    }
    #expect(rule.names("graph.example") && rule.names("::1") && !rule.names("a.media.example"))
  }
}
