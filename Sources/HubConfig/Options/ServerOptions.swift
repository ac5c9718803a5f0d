/// The public listener.
public struct ServerOptions: Sendable {
  /// Where it listens.
  public var listen = ListenAddress.tcp(host: "127.0.0.1", port: 3333)
  /// TLS, when the hub terminates it itself.
  public var tls: TLSOptions?
  /// Which pages of other origins may connect.
  public var cors = CORSOptions()
  /// Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.
  public var trustedProxies: [IPRange] = []
  /// How long a stopping hub spreads the disconnection of its clients.
  public var drain = Duration.seconds(10)

  /// The defaults.
  public init() {}
}

extension ServerOptions: ConfigSection {
  static var keys: [Key<Self>] {
    [
      Key("listen", \.listen, .listen, "host:port, unix:/path, or systemd for socket activation."),
      Key("tls", \.tls, .section, "Certificate and key, when no proxy in front terminates TLS."),
      Key("cors", \.cors, .section, "Which pages of other origins may connect."),
      Key(
        "trusted_proxies", \.trustedProxies, .list(of: .ipRange),
        "Addresses and ranges of proxies whose X-Forwarded-For and -Proto are believed."),
      Key("drain", \.drain, .duration(.zero ... .seconds(600)), "How long stopping spreads the disconnection of clients."),
    ]
  }
}

/// TLS on the public listener.
public struct TLSOptions: Sendable {
  /// The file of the certificate chain (PEM).
  public var certificate = ""
  /// The private key (PEM).
  public var key = SecretReference.unset

  /// Nothing.
  public init() {}
}

extension TLSOptions: ConfigSection {
  static var keys: [Key<Self>] {
    [
      Key("certificate", \.certificate, .path, "File of the certificate chain, PEM.", required: true),
      Key("key", \.key, .secret, "The private key, PEM.", required: true),
    ]
  }
}

/// Which pages of other origins may connect.
public struct CORSOptions: Sendable {
  /// Exact origins; empty is the same origin only.
  public var origins: [String] = []
  /// Whether browsers may send cookies along.
  public var credentials = false

  /// The defaults.
  public init() {}
}

extension CORSOptions: ConfigSection {
  static var keys: [Key<Self>] {
    [
      Key("origins", \.origins, .list(of: .origin), "Exact origins such as https://app.example; empty is the same origin only."),
      Key("credentials", \.credentials, .bool, "Whether browsers may send cookies along; not together with *."),
    ]
  }
}

/// The admin listener.
public struct AdminOptions: Sendable {
  /// Where it listens.
  public var listen = ListenAddress.tcp(host: "127.0.0.1", port: 3334)
  /// What its callers show; needed when other machines can reach it.
  public var token: SecretReference?

  /// The defaults.
  public init() {}
}

extension AdminOptions: ConfigSection {
  static var keys: [Key<Self>] {
    [
      Key("listen", \.listen, .listen, "host:port or unix:/path; loopback or unix only unless a token is set."),
      Key("token", \.token, .secret, "Bearer token that callers show."),
    ]
  }
}
