import HubModel
import HubPluginSDK

/// One canonical event. Its account is the instance's name, its conversation the chat: a phone's digits, a LID with `@lid`, a group's JID.
typealias ChannelEvent = HubChannelEvent<EventKind>
