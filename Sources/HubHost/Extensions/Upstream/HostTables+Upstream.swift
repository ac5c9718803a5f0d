internal import CHubPlugin

extension HostTables {
  static let upstreamSocket = Table(
    hub_upstream_socket_1(
      open: { host, id, options in
        guard let adapter = HostHandle.adapter(host) else { return Status.closed }
        guard let options else { return Status.invalid }
        return adapter.openUpstream(id: id, options.pointee)
      },
      close: { host, id in HostHandle.adapter(host)?.extensions.upstreams.close(id) },
      emit: { host, id, namespace, name, arguments, attachments, count, token in
        guard let adapter = HostHandle.adapter(host) else { return Status.closed }
        let attachments = UnsafeBufferPointer(start: attachments, count: attachments == nil ? 0 : Int(count))
        return adapter.emitUpstream(
          id: id, namespace: namespace, name: name, arguments: arguments, attachments: attachments, token: token)
      }))
}
