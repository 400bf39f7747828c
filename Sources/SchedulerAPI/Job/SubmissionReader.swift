import JSON
import JobModel
import JobScheduler

/// Reads the body of `POST /jobs`: a scenario, or an envelope around one.
///
/// The envelope is `{"scenario": {…}, "variables": {…}, "files": {"name": "<sha256>"}, "not_before": "<time>",
/// "idempotency_key": "…", "unique_key": "…", "on_conflict": "reject"}`.
struct SubmissionReader {
    private let call: APICall

    init(_ call: APICall) { self.call = call }

    func read() async throws -> JobSubmission {
        try call.checkType(["application/json", "application/yaml", "application/x-yaml", "text/yaml"])
        let bytes = try await call.body()
        // A scenario has tasks; nothing else tells the two apart, and a broken one should be judged as a scenario.
        guard let document = try? JSONDocument(parsing: bytes), document.value.object != nil else {
            return JobSubmission(try Scenario(parsing: bytes, file: nil))
        }
        if Self.isEnvelope(document.value) { return try Self.submission(of: document.value) }
        return JobSubmission(try Scenario(document: document))
    }

    private static func isEnvelope(_ value: JSONValue) -> Bool { value["scenario"] != nil && value["tasks"] == nil }

    /// Reads a scenario or an envelope that was parsed before, one of many.
    static func submission(of value: JSONValue) throws -> JobSubmission {
        guard isEnvelope(value), let envelope = value.object else {
            return JobSubmission(try Scenario(document: JSONDocument(value: value)))
        }
        try envelope.refuseMembers(except: [
            "scenario", "variables", "files", "not_before", "idempotency_key", "unique_key", "on_conflict",
            "webhook",
        ])
        guard let scenario = envelope["scenario"]?.object else {
            throw wrong("/scenario", "must be an object")
        }
        let variables = try object("variables", of: envelope)
        try checkNames(of: variables, in: scenario)
        var submission: JobSubmission
        do {
            submission = JobSubmission(try Scenario(json: scenario, variables: variables))
        } catch {
            throw InvalidInput(problems: error.problems.map(inEnvelope))
        }
        submission.places = SubmissionPlaces(
            scenario: "/scenario",
            variables: variables.reduce(into: [:]) { $0[$1.0] = JSONPointer(["variables", $1.0]) }
        )
        for (name, hash) in try object("files", of: envelope) {
            guard let hash = hash.string, hash.utf8.count == 64 else {
                throw wrong(JSONPointer(["files", name]), "must be the SHA-256 that POST /artifacts answered")
            }
            if let problem = ArtifactName.problem(with: name) {
                throw wrong(JSONPointer(["files", name]), "the name of the file \(problem)")
            }
            submission.files[name] = hash
        }
        if let value = envelope["not_before"], !value.isNull {
            guard let time = value.string.flatMap(RFC3339.parse) else {
                throw wrong(
                    "/not_before",
                    "must be a time such as 2026-03-01T08:30:00Z, \(envelope.said("not_before"))"
                )
            }
            submission.notBefore = time
        }
        submission.idempotencyKey = try key("idempotency_key", of: envelope)
        submission.unique = try unique(envelope)
        submission.webhook = try text("webhook", of: envelope)
        return submission
    }

    /// Values of variables that the scenario does not have, each at its place.
    private static func checkNames(of variables: JSONObject, in scenario: JSONObject) throws {
        let declared = scenario["variables"]?.object?.keys ?? []
        let problems = variables.keys.filter { !declared.contains($0) }.map { name in
            let suggestion = Suggestion.phrase(for: name, among: declared)
            let remedy = suggestion.isEmpty ? "; declare it under 'variables' of the scenario" : suggestion
            return InvalidInput.Problem(
                pointer: JSONPointer(["variables", name]),
                message: "the scenario has no variable '\(name.prefix(60))'\(remedy)"
            )
        }
        if !problems.isEmpty { throw InvalidInput(problems: Array(problems.prefix(InvalidInput.limit))) }
    }

    private static func unique(_ envelope: JSONObject) throws -> UniqueKey? {
        let words = UniqueKey.Conflict.allCases.map(\.rawValue)
        let word = try text("on_conflict", of: envelope)
        guard let key = try key("unique_key", of: envelope) else {
            if word != nil { throw wrong("/on_conflict", "goes with 'unique_key', which is missing") }
            return nil
        }
        guard let conflict = UniqueKey.Conflict(rawValue: word ?? "reject") else {
            throw wrong(
                "/on_conflict",
                "must be one of \(words.joined(separator: ", ")), \(envelope.said("on_conflict"))"
            )
        }
        return UniqueKey(key, conflict: conflict)
    }

    private static func text(_ name: String, of envelope: JSONObject) throws -> String? {
        guard let value = envelope[name], !value.isNull else { return nil }
        guard let text = value.string else { throw wrong(JSONPointer([name]), "must be text") }
        return text
    }

    private static func key(_ name: String, of envelope: JSONObject) throws -> String? {
        guard let key = try text(name, of: envelope) else { return nil }
        let limit = JobSubmission.keyLimit
        let isVisible = key.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard (1...limit).contains(key.utf8.count), isVisible else {
            let message = "must have 1 to \(limit) bytes and no control characters, \(envelope.said(name))"
            throw wrong(JSONPointer([name]), message)
        }
        return key
    }

    private static func object(_ name: String, of envelope: JSONObject) throws -> JSONObject {
        guard let value = envelope[name], !value.isNull else { return [:] }
        guard let object = value.object else { throw wrong(JSONPointer([name]), "must be an object") }
        return object
    }

    private static func wrong(_ pointer: JSONPointer, _ message: String) -> InvalidInput {
        InvalidInput(problems: [.init(pointer: pointer, message: message)])
    }

    /// A problem of the scenario, as the client wrote it: one level deeper.
    private static func inEnvelope(_ problem: InvalidInput.Problem) -> InvalidInput.Problem {
        InvalidInput.Problem(
            pointer: JSONPointer(["scenario"] + problem.pointer.components),
            position: nil,
            message: problem.message
        )
    }
}
