import HubModel
import HubPluginSDK

/// One canonical event. Its account is the workspace, its conversation ChatEngine's id of it.
typealias ChannelEvent = HubChannelEvent<EventKind>
