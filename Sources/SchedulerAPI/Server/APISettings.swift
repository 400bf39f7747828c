package import HTTPServer
package import Security
package import Storage

/// Limits and addresses of the API.
package struct APISettings: Sendable {
    /// Version of the program, for `/health`.
    package var version = "dev"
    /// Bytes of a JSON or YAML body.
    package var bodyLimit = 8 << 20
    /// Bytes of such bodies in memory at once, the first 64 KiB of each not counted; a tenant gets no more of them than it
    /// leaves free.
    package var bodyBudget = 256 << 20
    /// Bytes of a file sent in; the scheduler has its own limit beside it.
    package var fileLimit = 1 << 30
    /// Longest `?wait=`.
    package var waitLimit = Duration.seconds(60)
    /// Origins of pages that may read answers and open WebSockets, beside the API's own: `https://desk.example`.
    package var allowedOrigins: Set<String> = []
    /// How often one caller may come; nil for as often as it likes.
    package var rateLimit: RateLimit?
    /// How often one address may come, whoever calls; nil for as often as it likes.
    package var rateLimitByAddress: RateLimit?
    /// How often one address may come with a wrong key; nil for as often as it likes.
    package var failureLimit: RateLimit? = RateLimit(count: 30, period: .seconds(60))
    /// Requests served at once; further ones are told to come back.
    package var requestLimit = 2048
    /// Bytes that may wait for a watcher before the next event is held back.
    package var watchQueue = 256 << 10
    /// How long a watcher may take to read them.
    package var slowWatcherTimeout = Duration.seconds(10)
    /// How long one watching connection lives; the client comes back with its position.
    package var watchMaximumAge = Duration.seconds(30 * 60)
    /// How often the key of whoever watches or waits is looked at again.
    package var keyCheckInterval = Duration.seconds(5)
    /// Time between two signs of life of a watcher.
    package var pingInterval = Duration.seconds(25)

    /// Makes a backup beside the data and says where; nil when the host makes none.
    package var backup: (@Sendable () async throws -> (directory: String, content: Backup.Content))?

    /// The defaults.
    package init() {}

    /// What the listener of the API needs.
    ///
    /// - Parameter hosts: names it is reached under beside this machine's own loopback names; nil takes any `Host`.
    package func listenerSettings(hosts: Set<String>?) -> HTTPListenerSettings {
        var settings = HTTPListenerSettings()
        settings.bodyLimit = bodyLimit
        settings.bodyBudget = bodyBudget
        settings.allowedHosts = hosts.map { $0.union(["localhost", "127.0.0.1", "::1"]) }
        settings.handlerTimeout = waitLimit + .seconds(30)
        return settings
    }
}
