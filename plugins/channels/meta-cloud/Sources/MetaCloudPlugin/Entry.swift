import HubPluginSDK
import MetaCloud

/// The symbol the hub looks up.
@c(hub_plugin_entry) public func hubPluginEntry() -> UnsafeRawPointer { HubPluginExport.table(MetaCloudChannel.self) }
