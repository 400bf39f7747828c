package import JSON
package import JobModel
package import Storage

/// What a client wants run.
package struct JobSubmission: Sendable {
    /// Holds a scenario where copies of the submission share it: each has a score of members to count references to.
    private final class Reading: Sendable {
        let scenario: Scenario

        init(_ scenario: Scenario) { self.scenario = scenario }
    }

    /// Bytes of the longest idempotency or unique key.
    package static let keyLimit = 200

    /// A scenario, as in a scenario file.
    package var scenario: JSONObject { didSet { reading = nil } }
    /// Values for its variables; they win over the scenario's own.
    package var variables: JSONObject { didSet { reading = nil } }
    /// What the scenario says with these variables, when whoever submits has read it already.
    var read: Scenario? { reading?.scenario }
    private var reading: Reading?
    /// Files uploaded before, by the name the job knows them under: their SHA-256.
    package var files: [String: String]
    /// Submitting twice with one key makes one job.
    package var idempotencyKey: String?
    /// A name no other job of the tenant may have while this one has not ended.
    package var unique: UniqueKey?
    /// Who is told when it has ended: a URL.
    package var webhook: String?
    /// The request it comes with.
    package var origin: RequestOrigin?
    /// Milliseconds since 1970 before which it does not start.
    package var notBefore: Int64?
    /// Where its parts stand in what was sent.
    package var places = SubmissionPlaces()
    /// How it came about, for the audit: nothing that names people.
    package var provenance: JSONObject = [:]

    /// A submission.
    package init(
        scenario: JSONObject,
        variables: JSONObject = [:],
        files: [String: String] = [:],
        idempotencyKey: String? = nil,
        notBefore: Int64? = nil
    ) {
        self.scenario = scenario
        self.variables = variables
        self.files = files
        self.idempotencyKey = idempotencyKey
        self.notBefore = notBefore
    }

    /// A submission of a scenario that was read.
    package init(_ scenario: Scenario) {
        self.init(scenario: scenario.json)
        reading = Reading(scenario)
    }

    /// The scenario with the variables of the submission.
    var merged: JSONObject {
        guard !variables.isEmpty else { return scenario }
        var merged = scenario
        merged["variables"] = .object((scenario["variables"]?.object ?? [:]).merging(variables))
        return merged
    }
}
