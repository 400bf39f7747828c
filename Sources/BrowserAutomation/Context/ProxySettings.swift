/// Through which proxy the pages of a context reach the network.
package struct ProxySettings: Sendable, Hashable {
    /// `http://host:port`, `https://…`, `socks5://…`.
    package var server: String
    /// Hosts reached without it, separated by commas, as Chromium's `--proxy-bypass-list` takes them.
    package var bypass: String?
    package var username: String?
    package var password: String?

    /// A proxy.
    package init(server: String, bypass: String? = nil, username: String? = nil, password: String? = nil) {
        self.server = server
        self.bypass = bypass
        self.username = username
        self.password = password
    }

    /// Not even this machine's own addresses are reached without the proxy.
    static let bypassesNothing = "<-loopback>"

    /// Chromium would go around the proxy to this machine's own addresses; a job that names a proxy means it.
    var bypassList: String { [Self.bypassesNothing, bypass].compactMap(\.self).joined(separator: ",") }
}
