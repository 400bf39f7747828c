/// What one mailbox may have asked of the service lately (Microsoft Graph throttling limits, Outlook).
struct ThrottleBudget: Sendable {
    private static let requestLimit = 10_000
    private static let requestWindow: Int64 = 600_000
    private static let uploadLimit = 150 << 20
    private static let uploadWindow: Int64 = 300_000
    /// Windows move in steps of this many milliseconds.
    private static let step: Int64 = 10_000

    private var requests: [Int64: Int] = [:]
    private var uploads: [Int64: Int] = [:]

    /// Counts a request; throttled ones count too.
    ///
    /// - Returns: the limit it exceeds, and seconds until there is room; nil when there is.
    mutating func take(method: String, bytes: Int, now: Int64) -> (limit: String, seconds: Int)? {
        let current = now / Self.step
        requests[current, default: 0] += 1
        requests = requests.filter { $0.key > current - Self.requestWindow / Self.step }
        uploads = uploads.filter { $0.key > current - Self.uploadWindow / Self.step }
        if requests.values.reduce(0, +) > Self.requestLimit {
            return ("Requests", Self.wait(requests, Self.requestWindow, current))
        }
        guard ["POST", "PUT", "PATCH"].contains(method) else { return nil }
        guard uploads.values.reduce(0, +) + bytes <= Self.uploadLimit else {
            return ("IncomingBytes", Self.wait(uploads, Self.uploadWindow, current))
        }
        uploads[current, default: 0] += bytes
        return nil
    }

    /// Until the oldest step leaves the window.
    private static func wait(_ steps: [Int64: Int], _ window: Int64, _ current: Int64) -> Int {
        let oldest = steps.keys.min() ?? current
        return Int(max(step, (oldest - current) * step + window) / 1000)
    }
}
