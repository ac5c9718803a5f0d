import HubPluginSDK
import SocketIOSink

/// The plugin's one exported symbol.
@c(hub_plugin_entry)
public func hubPluginEntry() -> UnsafeRawPointer { HubPluginExport.table(SocketIOSink.self) }
