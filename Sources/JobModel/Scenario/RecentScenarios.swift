import JSON
import Synchronization

/// The scenarios read last: most jobs say the same as one before, but for the values of their variables.
///
/// Reading one takes ten times as long as finding it here. Kept are `limit` to twice as many, the oldest go first.
final class RecentScenarios: Sendable {
    /// What scenarios that are read alike have in common: all but the values of variables, which no check looks at.
    struct Key: Hashable {
        // No text: those are equal too when they only look alike.
        private let bytes: [UInt8]

        /// - Returns: nil for a scenario that is too large to be kept.
        init?(_ json: JSONObject) {
            var json = json
            if let variables = json["variables"]?.object, !variables.isEmpty {
                json["variables"] = .object(JSONObject(variables.keys.map { ($0, .null) }))
            }
            bytes = json.serialized()
            guard bytes.count <= RecentScenarios.sizeLimit else { return nil }
        }

        func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }
    }

    private struct Generations {
        var young: [Key: Scenario] = [:]
        var old: [Key: Scenario] = [:]

        mutating func note(_ scenario: Scenario, under key: Key) {
            if young.count >= RecentScenarios.limit {
                old = young
                young = [:]
            }
            young[key] = scenario
        }
    }

    static let limit = 64
    /// Bytes of the largest that is kept.
    static let sizeLimit = 32_768

    /// Those of this process.
    static let shared = RecentScenarios()

    private let generations = Mutex(Generations())

    /// What an object says, if one with that key was read before.
    func scenario(_ json: JSONObject, under key: Key) -> Scenario? {
        let known = generations.withLock { generations -> Scenario? in
            if let known = generations.young[key] { return known }
            guard let known = generations.old[key] else { return nil }
            generations.note(known, under: key)
            return known
        }
        guard var known else { return nil }
        known.variables = json["variables"]?.object ?? [:]
        known.json = json
        return known
    }

    /// Keeps a scenario, without the values of its variables.
    func note(_ scenario: Scenario, under key: Key) {
        var scenario = scenario
        scenario.variables = [:]
        scenario.json = [:]
        generations.withLock { $0.note(scenario, under: key) }
    }
}
