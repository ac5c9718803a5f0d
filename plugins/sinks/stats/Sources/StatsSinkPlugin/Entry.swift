import HubPluginSDK
import StatsSink

/// The plugin's one exported symbol.
@c(hub_plugin_entry)
public func hubPluginEntry() -> UnsafeRawPointer { HubPluginExport.table(StatsSink.self) }
