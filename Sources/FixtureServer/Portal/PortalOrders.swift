import JSON

/// How often each thing was ordered: what a step that must happen once is counted by.
///
/// At most 100,000 keys; an order under a further one is refused.
struct PortalOrders: Sendable {
    private static let limit = 100_000

    private var counts: [String: Int64] = [:]

    /// Counts an order.
    ///
    /// - Returns: false when there is no room for another key.
    mutating func place(_ key: String) -> Bool {
        guard counts[key] != nil || counts.count < Self.limit else { return false }
        counts[key, default: 0] += 1
        return true
    }

    /// Whether anything was ordered under the key.
    func has(_ key: String) -> Bool { counts[key] != nil }

    /// Orders by key.
    var json: JSONObject {
        counts.sorted { $0.key < $1.key }.reduce(into: JSONObject()) { $0[$1.key] = .integer($1.value) }
    }
}
