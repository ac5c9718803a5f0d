extension HubInit {
  /// The hub.yaml of the repository, which a test keeps equal to this.
  static let template = #"""
    # The hub's configuration. Every key: hub schema. What is in effect and why: hub config show. Mistakes: hub check.
    version: 1
    node: hub-1
    data: ./data                       # journal, generated secrets, admin socket; created 0700

    server:
      listen: 127.0.0.1:3333           # host:port, unix:/path, or systemd (socket activation)
      # tls: { certificate: /etc/hub/tls.pem, key: secret://credential/tls-key }
      cors: { origins: [] }            # exact origins; empty = same origin only
      trusted_proxies: []
    admin:
      listen: 127.0.0.1:3334           # /healthz /readyz /metrics, admin API; loopback or unix only unless token set

    auth:
      jwt: { algorithms: [HS256], secret: "secret://file/data/secrets/jwt" }   # also issuer, audience, claims, missing_tenant
      api_keys: {}                     # name → { key: secret://…, tenant: …, roles: [publish, send, read, stats, admin] }

    plugins:
      path: [.build/release, /usr/lib/hub/plugins]

    journal: { sync: full, retention: 90d, history: keep }   # retention: event bodies, media; history: conversations and messages
    media: { max_size: 100MiB, links: 7d, cache: 1GiB }      # also uploads, url: what links to media begin with
    realtime: { paths: [/socket.io/, /api/ws/], ping_interval: 25s, ping_timeout: 20s, max_payload: 1MB, recovery: 2m, compression: { threshold: 1KB } }
    limits:                            # all have defaults; 0 = no limit; rates per second with a burst of 2 s
      connections: 20000
      per_ip:     { connections: 500, requests: 200 }
      per_user:   { connections: 50, events: 50, sends: 20 }
      per_socket: { events: 50 }
      per_tenant: { connections: 10000, sends: 200 }

    channels:
      meta-main:
        plugin: meta-cloud
        accounts: { "118273645509812": { tenant: demo } }      # phone_number_id → tenant
        config:
          path: /webhooks/whatsapp
          verify_token: secret://file/data/secrets/meta-verify-token
          app_secret:   secret://file/data/secrets/meta-app-secret
          access_token: secret://env/META_ACCESS_TOKEN?
          graph_url: https://graph.facebook.com/v23.0
      evo:
        plugin: evolution
        enabled: false
        accounts: { loja-centro: { tenant: demo } }            # Evolution instance names
        config:
          mode: webhook             # or instance, global: by the server's socket at url, with api_key; both are for sending too
          webhook_path: /api/whatsapp/webhook
          webhook_secret: secret://file/data/secrets/evolution-webhook-secret
      crm:
        plugin: chatengine
        enabled: false
        accounts: { ws_norte: { tenant: demo, token: secret://env/CHATENGINE_TOKEN } }   # ChatEngine workspaces
        config: { url: https://chat.example, path: /api/ws, subscribe: onDemand }
    sinks:
      frontend: { plugin: socketio, config: { namespace: /,         dialect: inbox } }
      whatsapp: { plugin: socketio, config: { namespace: /whatsapp, dialect: inbox } }
      stats:    { plugin: stats,    config: { path: /api/socket/stats } }

    """#
}
