import CHubPlugin
import HubTesting
import Testing

@testable import HubHost

@Suite("hub_plugin.h")
struct HeaderTests {
  @Test(
    "compiles without a warning",
    arguments: [
      ["/usr/bin/gcc", "-x", "c", "-std=c11"], ["/usr/bin/g++", "-x", "c++", "-std=c++17"],
    ])
  func compiles(compiler: [String]) async throws {
    let workspace = try Workspace()
    let source = try workspace.write(
      "#include <hub_plugin.h>\nHUB_PLUGIN_NOTE(0)\nHUB_PLUGIN_EXPORT const hub_plugin *hub_plugin_entry(void) { return 0; }\n",
      to: "header.txt")
    let result = try await ChildRun.of(
      compiler + [
        "-Wall", "-Wextra", "-Werror", "-pedantic-errors", "-fPIC", "-c", "-I", CPlugin.include, source, "-o", workspace.path + "/header.o",
      ])
    #expect(result.status == 0, "\(result.errors)")
  }

  @Test("the structs have the sizes that are frozen for major 1")
  func sizes() {
    #expect(HUB_ABI_MAJOR == 1)
    #expect(MemoryLayout<hub_str>.size == 16)
    #expect(MemoryLayout<hub_pair>.size == 32)
    #expect(MemoryLayout<hub_event>.size == 112)
    #expect(MemoryLayout<hub_host_api>.size == 48)
    #expect(MemoryLayout<hub_instance_api>.size == 72)
    #expect(MemoryLayout<hub_descriptor>.size == 56)
    #expect(MemoryLayout<hub_plugin>.size == 32)
    #expect(MemoryLayout<hub_metric_1>.size == 16)
    #expect(MemoryLayout<hub_timer_1>.size == 16)
    #expect(MemoryLayout<hub_secret_1>.size == 8)
    #expect(MemoryLayout<hub_identity>.size == 64)
    #expect(MemoryLayout<hub_http_message>.size == 104)
    #expect(MemoryLayout<hub_http_route_1>.size == 16)
    #expect(MemoryLayout<hub_http_route_instance_1>.size == 8)
    #expect(MemoryLayout<hub_connect_1>.size == 72)
    #expect(MemoryLayout<hub_emit_1>.size == 80)
    #expect(MemoryLayout<hub_namespace_1>.size == 64)
    #expect(MemoryLayout<hub_namespace_instance_1>.size == 24)
    #expect(MemoryLayout<hub_query_1>.size == 8)
    #expect(MemoryLayout<hub_stats_1>.size == 8)
    #expect(MemoryLayout<hub_kinds_1>.size == 16)
    #expect(MemoryLayout<hub_log_level_1>.size == 8)
    #expect(MemoryLayout<hub_interest_1>.size == 24)
    #expect(MemoryLayout<hub_upstream_namespace_1>.size == 48)
    #expect(MemoryLayout<hub_upstream_options_1>.size == 104)
    #expect(MemoryLayout<hub_upstream_change_1>.size == 88)
    #expect(MemoryLayout<hub_upstream_event_1>.size == 80)
    #expect(MemoryLayout<hub_upstream_socket_1>.size == 24)
    #expect(MemoryLayout<hub_upstream_socket_instance_1>.size == 16)
    #expect(MemoryLayout<hub_body_part_1>.size == 24)
    #expect(MemoryLayout<hub_http_request_1>.size == 104)
    #expect(MemoryLayout<hub_http_client_1>.size == 8)
    #expect(MemoryLayout<hub_http_client_instance_1>.size == 16)
    #expect(MemoryLayout<hub_kv_1>.size == 24)
    #expect(MemoryLayout<hub_media_1>.size == 16)
    #expect(MemoryLayout<hub_media_instance_1>.size == 8)
  }
}
