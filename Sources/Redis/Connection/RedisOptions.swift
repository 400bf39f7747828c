/// The bounds and the place of a connection.
package struct RedisOptions: Sendable {
    /// What a connection is for.
    package enum Use: Hashable, Sendable {
        /// Many commands, pipelined.
        case commands
        /// Commands that block in Redis (BZPOPMIN): one at a time; a cancelled one gives the connection up.
        case blocking
    }

    /// What the connection is for.
    package var use: Use
    /// Name Redis shows in CLIENT LIST; no spaces.
    package var name: String
    /// Commands that may wait for replies or for the connection; more are refused.
    package var maximumPending: Int
    /// Pauses between attempts to connect.
    package var backOff: RedisBackOff
    /// How long an attempt may take, login included; a server that takes the connection and says nothing is given up then.
    package var attemptLimit: Duration
    /// Chance for the pauses, from 0 up to 1.
    package var random: @Sendable () -> Double

    /// Bounds for ordinary use.
    package init(
        use: Use = .commands,
        name: String = "cpa",
        maximumPending: Int = 10_000,
        backOff: RedisBackOff = RedisBackOff(),
        attemptLimit: Duration = .seconds(5),
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.use = use
        self.name = name
        self.maximumPending = maximumPending
        self.backOff = backOff
        self.attemptLimit = attemptLimit
        self.random = random
    }
}
