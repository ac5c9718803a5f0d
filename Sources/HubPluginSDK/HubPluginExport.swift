package import CHubPlugin
import CHubSDK
import OrderedJSON
import Synchronization

/// What `hub_plugin_entry` returns.
///
/// ```swift
/// @c(hub_plugin_entry) public func hubPluginEntry() -> UnsafeRawPointer { HubPluginExport.table(MyChannel.self) }
/// ```
public enum HubPluginExport {
  /// The plugin's table, made at the first call. The adapters' types are fixed by then.
  public static func table(_ adapters: any HubAdapter.Type...) -> UnsafeRawPointer {
    _ = hub_sdk_note()
    return exported.withLock { exported in
      if exported == nil { exported = Exported(adapters) }
      return exported?.table ?? UnsafeRawPointer(AdapterTables.instance)
    }
  }

  // C's describe and create carry no context, so what they speak of has to live at file level: set once by the entry function.
  fileprivate static let exported = Mutex<Exported?>(nil)
}

private struct Exported: @unchecked Sendable {  // written once under the mutex; the memory it points to is never changed or freed
  let adapters: [any HubAdapter.Type]
  let descriptors: [UnsafePointer<hub_descriptor>]
  let table: UnsafeRawPointer

  init(_ adapters: [any HubAdapter.Type]) {
    self.adapters = adapters
    descriptors = adapters.map { AdapterTables.permanent($0.descriptor.raw) }
    table = UnsafeRawPointer(
      AdapterTables.permanent(
        hub_plugin(
          magic: UInt32(HUB_ABI_MAGIC), major: UInt16(HUB_ABI_MAJOR), minor: UInt16(HUB_ABI_MINOR),
          struct_size: UInt32(MemoryLayout<hub_plugin>.size), count: UInt32(adapters.count), describe: describe, create: create)))
  }
}

private let describe: @convention(c) (UInt32) -> UnsafePointer<hub_descriptor>? = { index in
  HubPluginExport.exported.withLock { exported in
    guard let exported, exported.descriptors.indices.contains(Int(index)) else { return nil }
    return exported.descriptors[Int(index)]
  }
}

private let create:
  @convention(c) (
    UInt32, hub_str, hub_str, UnsafePointer<hub_host_api>?, OpaquePointer?, hub_token,
    UnsafeMutablePointer<UnsafePointer<hub_instance_api>?>?, UnsafeMutablePointer<OpaquePointer?>?
  ) -> hub_status = { index, name, config, api, host, why, instanceAPI, instance in
    guard let api, let host else { return HubError.Code.invalid.rawValue }
    let type = HubPluginExport.exported.withLock { exported in
      exported.flatMap { $0.adapters.indices.contains(Int(index)) ? $0.adapters[Int(index)] : nil }
    }
    guard let type else {
      "the plugin has no adapter \(index)".withHubStr { api.pointee.complete(host, why, HubError.Code.invalid.rawValue, $0) }
      return HubError.Code.invalid.rawValue
    }
    return HubPluginExport.create(type, name: name, config: config, api: api, host: host, why: why, instanceAPI, instance)
  }

extension HubPluginExport {
  /// Makes one instance of a type, as the exported table's `create` does. A process has one exported table, so that tests of several
  /// plugins in one process come here.
  package static func create(
    _ type: any HubAdapter.Type, name: hub_str, config: hub_str, api: UnsafePointer<hub_host_api>, host: OpaquePointer, why: hub_token,
    _ instanceAPI: UnsafeMutablePointer<UnsafePointer<hub_instance_api>?>?, _ instance: UnsafeMutablePointer<OpaquePointer?>?
  ) -> hub_status {
    do {
      let services = HubServices(api: api, host: host)
      let adapter = try type.init(name: name.string, config: try JSONValue(parsing: config.bytes), services: services)
      if let kinds = adapter.kinds { services.deliver(only: kinds) }
      let box = AdapterBox(adapter: adapter, services: services, name: name.string)
      instanceAPI?.pointee = AdapterTables.instance
      instance?.pointee = OpaquePointer(Unmanaged.passRetained(box).toOpaque())
      return .ok
    } catch {
      "\(error)".withHubStr { api.pointee.complete(host, why, error.hubStatus, $0) }
      return error.hubStatus
    }
  }
}

extension HubDescriptor {
  fileprivate var raw: hub_descriptor {
    hub_descriptor(
      struct_size: UInt32(MemoryLayout<hub_descriptor>.size), kind: kind.rawValue, flags: serial ? UInt32(HUB_F_SERIAL) : 0,
      reserved: 0, name: Self.permanentText(name), version: Self.permanentText(version), summary: Self.permanentText(summary),
      config_schema: Self.permanentText(configSchema), needs: Self.permanentText(needs.joined(separator: " ")))
  }

  /// A NUL-terminated copy that lives as long as the process, as the ABI asks of descriptors.
  private static func permanentText(_ text: String) -> UnsafePointer<CChar> {
    let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: text.utf8.count + 1)
    _ = copy.initialize(from: text.utf8CString)
    // Never nil: at least the NUL was allocated.
    return UnsafePointer(copy.baseAddress.unsafelyUnwrapped)
  }
}
