import ChatEngine
import HubPluginSDK

/// The symbol the hub looks up.
@c(hub_plugin_entry) public func hubPluginEntry() -> UnsafeRawPointer { HubPluginExport.table(ChatEngineChannel.self) }
