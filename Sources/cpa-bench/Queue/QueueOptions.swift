/// The command line of `cpa-bench queue`.
struct QueueOptions: Sendable {
    static let usage = """
        usage: cpa-bench queue FIGURE --redis URL [--jobs N] [--concurrency N] [--batch N] [--rate R] [--seconds S]
                               [--scheduler URL --key KEY] [--directory PATH]
          FIGURE: process, submit, submit-bulk, claim-cost, pickup       the queue alone
                  durable, durable-submit, durable-bulk, durable-pickup  with SQLite: every message of a worker is a commit
                  worker                                                 the whole worker, jobs of two steps that do nothing
          --jobs         how many
          --concurrency  at work at once
          --batch        jobs a claim takes at most (process, pickup), or a bulk call hands in
          --rate         jobs a second, for pickup
          --seconds      how long, for pickup
          --scheduler    the API of another process that has the jobs already, for durable
          --directory    where the database is made
        """

    var figure: String
    var redis = ""
    var jobs = 10_000
    var concurrency = 10
    var batch = 10
    var rate = 100.0
    var seconds = 5.0
    var scheduler: String?
    var key = ""
    var directory = ""

    /// - Returns: nil for anything it does not know.
    init?(_ arguments: some Collection<String>) {
        guard let figure = arguments.first, !figure.hasPrefix("-") else { return nil }
        self.figure = figure
        var rest = arguments.dropFirst()
        while let name = rest.popFirst() {
            guard let value = rest.popFirst(), set(name, value) else { return nil }
        }
        guard !redis.isEmpty, jobs > 0, concurrency > 0, batch > 0, rate > 0, seconds > 0 else { return nil }
    }

    private mutating func set(_ name: String, _ value: String) -> Bool {
        switch name {
        case "--redis": redis = value
        case "--jobs": jobs = Int(value) ?? 0
        case "--concurrency": concurrency = Int(value) ?? 0
        case "--batch": batch = Int(value) ?? 0
        case "--rate": rate = Double(value) ?? 0
        case "--seconds": seconds = Double(value) ?? 0
        case "--scheduler": scheduler = value
        case "--key": key = value
        case "--directory": directory = value
        default: return false
        }
        return true
    }
}
