internal import CHubPlugin

extension HostTables {
  static let httpClient = Table(
    hub_http_client_1(send: { host, request, token in
      guard let adapter = HostHandle.adapter(host) else { return Status.closed }
      guard let request else { return Status.invalid }
      return adapter.sendOutbound(request.pointee, token: token)
    }))
}
