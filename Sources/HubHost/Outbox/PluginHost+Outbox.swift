public import HubStore

extension PluginHost {
  /// What brings the outbox to these channels; it begins with `start`.
  ///
  /// - Parameter unsent: how much of one channel may wait to be sent; 0: any number.
  public func sendFeed(of journal: Journal, unsent: Int) -> SendFeed {
    SendFeed(
      journal: journal,
      channels: SendFeed.Channels(
        isRunning: { [weak self] in self?.adapter($0) != nil }, rate: { [weak self] in self?.sendRate(of: $0) ?? 0 },
        send: { [weak self] channel, delivery, answer in self?.adapter(channel)?.send(delivery, answer: answer) ?? false },
        typing: { [weak self] isOn, conversation in self?.adapter(conversation.channel)?.typing(isOn, in: conversation) ?? false },
        redact: services.redact),
      signals: services.signals, metrics: services.metrics, logger: services.logger, clock: services.clock,
      unsentLimit: unsent)
  }

  /// The provider's name in a channel's events; nil when its plugin could never be loaded.
  public func provider(of id: String) -> String? {
    guard let slot = slot(id), let description = slot.description else { return nil }
    return slot.spec.provider.isEmpty ? description.provider : slot.spec.provider
  }

  private func sendRate(of id: String) -> Double {
    guard let slot = slot(id) else { return 0 }
    return slot.spec.sendRate ?? slot.description?.sendRate ?? 0
  }
}
