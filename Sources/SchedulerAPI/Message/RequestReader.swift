import JSON
import JobModel
import JobScheduler
import Planning

/// Reads what a LAM `request` of a client asks for: a scenario, a capability, an intent, or a sentence.
struct RequestReader {
    let message: LAMMessage
    let intents: IntentCatalogue

    /// The job it asks for; nil when it says nothing that could be one.
    ///
    /// - Throws: `InvalidInput` or `Problem` that name the member of the message.
    func submission() async throws -> JobSubmission? {
        let payload = message.payload
        if payload["scenario"] != nil { return try scenario(payload) }
        if let value = payload["capability"] {
            guard let capability = value.string else { throw Problem.member("/payload/capability", "must be text") }
            return try delegation(capability, payload)
        }
        guard message.intent != nil || message.task != nil else { return nil }
        return try await planned(payload)
    }

    private func scenario(_ payload: JSONObject) throws -> JobSubmission {
        var envelope = JSONObject()
        for name in ["scenario", "variables", "files", "not_before", "unique_key", "on_conflict"] {
            envelope[name] = payload[name]
        }
        do {
            var submission = try SubmissionReader.submission(of: .object(envelope))
            submission.places.scenario = "/payload/scenario"
            submission.places.envelope = "/payload"
            submission.places.variables = submission.places.variables.mapValues {
                JSONPointer(["payload"] + $0.components)
            }
            return submission
        } catch let error as InvalidInput { throw Self.inPayload(error) }
    }

    /// One task for an agent.
    private func delegation(_ capability: String, _ payload: JSONObject) throws -> JobSubmission {
        var task: JSONObject = ["id": "task", "action": "delegate", "capability": .string(capability)]
        for name in ["input", "agent", "idempotent", "timeout"] { task[name] = payload[name] }
        let scenario: JSONObject = [
            "name": .string(capability), "tasks": [.object(task)], "outputs": ["result": "{{ tasks.task.result }}"],
        ]
        do {
            var submission = JobSubmission(try Scenario(json: scenario))
            submission.places = SubmissionPlaces(scenario: "/payload", isSent: false)
            return submission
        } catch {
            throw InvalidInput(
                problems: error.problems.map { problem in
                    .init(
                        pointer: JSONPointer(["payload"] + problem.pointer.components.dropFirst(2)),
                        message: problem.message
                    )
                }
            )
        }
    }

    /// What the intent, or else the sentence, comes to.
    private func planned(_ payload: JSONObject) async throws -> JobSubmission {
        let registry = intents.registry
        var slots = JSONObject()
        var provenance: JSONObject = [:]
        let intent: Intent
        if let named = message.intent.flatMap(registry.intent) {
            intent = named
            provenance["router"] = "name"
        } else {
            guard let sentence = message.task else {
                throw Problem(unknown: .string(message.intent ?? ""), at: "/intent", among: registry)
            }
            let decision = try await intents.decide(sentence)
            guard let best = decision.best, let found = registry.intent(best.intent) else {
                throw Problem(meaningless: decision, at: "/task", among: registry)
            }
            intent = found
            for (name, value) in best.slots { slots[name] = .string(value) }
            provenance["router"] = .string(decision.router)
        }
        slots = slots.merging(payload["slots"]?.object ?? [:])
        do {
            let order = try intent.order(slots: slots, variables: payload["variables"]?.object ?? [:])
            let json: JSONObject = ["scenario": .object(order.scenario), "variables": .object(order.variables)]
            var submission = try SubmissionReader.submission(of: .object(json))
            provenance["intent"] = .string(intent.name)
            submission.provenance = provenance
            submission.places = SubmissionPlaces(
                scenario: provenance["router"] == "name" ? "/intent" : "/task",
                isSent: false,
                variables: SubmissionPlaces.names(in: payload, at: "/payload")
            )
            return submission
        } catch let error as InvalidInput { throw Self.inPayload(error) }
    }

    private static func inPayload(_ error: InvalidInput) -> InvalidInput {
        InvalidInput(
            problems: error.problems.map {
                .init(pointer: JSONPointer(["payload"] + $0.pointer.components), message: $0.message)
            }
        )
    }
}
