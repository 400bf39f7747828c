import JSON
import JobModel
import JobScheduler

/// Reads the body of `POST /jobs`: a scenario, or an envelope around one.
///
/// The envelope is `{"scenario": {…}, "variables": {…}, "files": {"name": "<sha256>"}, "not_before": "<time>"}`.
struct SubmissionReader {
    private let call: APICall

    init(_ call: APICall) { self.call = call }

    func read() async throws -> JobSubmission {
        try call.checkType(["application/json", "application/yaml", "application/x-yaml", "text/yaml"])
        let bytes = try await call.body()
        // A scenario has tasks; nothing else tells the two apart, and a broken one should be judged as a scenario.
        if let envelope = (try? JSONValue(parsing: bytes))?.object, envelope["scenario"] != nil,
            envelope["tasks"] == nil
        {
            return try submission(envelope)
        }
        return JobSubmission(scenario: try Scenario(parsing: bytes, file: nil).json)
    }

    private func submission(_ envelope: JSONObject) throws -> JobSubmission {
        let known: Set = ["scenario", "variables", "files", "not_before"]
        for (name, _) in envelope where !known.contains(name) {
            throw Problem.member(JSONPointer([name]), "is not known here\(Suggestion.phrase(for: name, among: known))")
        }
        guard let scenario = envelope["scenario"]?.object else {
            throw Problem.member("/scenario", "must be an object")
        }
        let variables = try object("variables", of: envelope)
        var submission: JobSubmission
        do {
            let text = scenario.serialized()
            submission = JobSubmission(scenario: try Scenario(parsing: text, file: nil, variables: variables).json)
        } catch {
            throw InvalidInput(problems: error.problems.map(inEnvelope))
        }
        for (name, hash) in try object("files", of: envelope) {
            guard let hash = hash.string, hash.utf8.count == 64 else {
                throw Problem.member(JSONPointer(["files", name]), "must be the SHA-256 that POST /artifacts answered")
            }
            submission.files[name] = hash
        }
        if let value = envelope["not_before"], !value.isNull {
            guard let time = value.string.flatMap(RFC3339.parse) else {
                throw Problem.member("/not_before", "must be a time such as 2026-03-01T08:30:00Z")
            }
            submission.notBefore = time
        }
        return submission
    }

    private func object(_ name: String, of envelope: JSONObject) throws -> JSONObject {
        guard let value = envelope[name], !value.isNull else { return [:] }
        guard let object = value.object else { throw Problem.member(JSONPointer([name]), "must be an object") }
        return object
    }

    /// A problem of the scenario, as the client wrote it: one level deeper, and without the line of our own copy.
    private func inEnvelope(_ problem: InvalidInput.Problem) -> InvalidInput.Problem {
        InvalidInput.Problem(
            pointer: JSONPointer(["scenario"] + problem.pointer.components),
            position: nil,
            message: problem.message
        )
    }
}
