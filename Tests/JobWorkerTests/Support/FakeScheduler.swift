import JSON
import JobModel
import Synchronization

@testable import JobWorker

/// A scheduler in memory for one job: the fence, the journal, and every message it took; it can be made to fail.
final class FakeScheduler: SchedulerLink {
    /// What happens to a message.
    enum Fault: Sendable {
        /// Taken and answered.
        case none
        /// Never arrived.
        case unreachable
        /// Taken, but the answer was lost.
        case answerLost
        /// Understood and refused.
        case refused(SchedulerRefusal)
    }

    private struct Watcher {
        let test: @Sendable (LAMMessage) -> Bool
        let continuation: CheckedContinuation<LAMMessage, Never>
    }

    private struct State {
        var epoch: Int64 = 0
        var taken: [LAMMessage] = []
        var ids: Set<String> = []
        var journal: [JobPlan.JournalPlace: (state: String, result: JSONObject)] = [:]
        var artifacts: [Artifact] = []
        var files: [String: [UInt8]] = [:]
        var isEnded = false
        var isFull = false
        var isStuck = false
        var attempts = 0
        var isAway = false
        var probes = 0
        var missed = 0
        var watchers: [Watcher] = []
    }

    private let scenario: JSONObject
    private let fault: @Sendable (LAMMessage) -> Fault
    private let keepsJournal: Bool
    private let state = Mutex(State())

    /// - Parameters:
    ///   - keepsJournal: off for positive controls: every worker hears that nothing was done.
    ///   - fault: asked for every message that arrives, also for repetitions.
    init(
        _ scenario: JSONObject,
        keepsJournal: Bool = true,
        fault: @escaping @Sendable (LAMMessage) -> Fault = { _ in .none }
    ) {
        self.scenario = scenario
        self.keepsJournal = keepsJournal
        self.fault = fault
    }

    /// From now on there is no room for files.
    func fill() { state.withLock { $0.isFull = true } }

    /// From now on files go on their way and never arrive; `uploading` says when the first does.
    func getStuck() { state.withLock { $0.isStuck = true } }
    let uploading = Signal()

    /// From now on nothing arrives, until it is back.
    func goAway() { state.withLock { $0.isAway = true } }
    func comeBack() { state.withLock { $0.isAway = false } }
    /// How often it was asked whether it is there.
    var probes: Int { state.withLock { $0.probes } }
    /// What did not arrive while it was away.
    var missed: Int { state.withLock { $0.missed } }

    /// Every message that was taken, once each.
    var taken: [LAMMessage] { state.withLock { $0.taken } }
    /// The files it has.
    var artifacts: [Artifact] { state.withLock { $0.artifacts } }

    /// `type` or `kind:step:status` of every message taken.
    var history: [String] {
        taken.map { message in
            let members = ["kind", "step_id", "status"].compactMap { message.payload[$0]?.string }
            return members.isEmpty ? message.type.rawValue : members.joined(separator: ":")
        }
    }

    /// Waits until a message like that was taken.
    func message(_ test: @escaping @Sendable (LAMMessage) -> Bool) async -> LAMMessage {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state in
                let known = state.taken.first(where: test)
                if known == nil { state.watchers.append(Watcher(test: test, continuation: continuation)) }
                return known
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    func probe() async throws {
        state.withLock { $0.probes += 1 }
        try arrive()
    }

    private func arrive() throws {
        let isAway = state.withLock { state in
            if state.isAway { state.missed += 1 }
            return state.isAway
        }
        if isAway { throw SchedulerUnavailable(message: "unreachable") }
    }

    func send(_ message: LAMMessage) async throws -> JSONObject {
        try arrive()
        switch fault(message) {
        case .none: return try take(message)
        case .unreachable: throw SchedulerUnavailable(message: "unreachable")
        case .answerLost:
            _ = try take(message)
            throw SchedulerUnavailable(message: "answer lost")
        case .refused(let refusal): throw refusal
        }
    }

    private func take(_ message: LAMMessage) throws -> JSONObject {
        let (answer, watchers) = try state.withLock { state -> (JSONObject, [Watcher]) in
            let answer = try Self.take(message, in: &state, scenario)
            if !keepsJournal { state.journal = [:] }
            guard state.ids.insert(message.id.rawValue).inserted else { return (answer, []) }
            state.taken.append(message)
            let ready = state.watchers.filter { $0.test(message) }
            state.watchers.removeAll { $0.test(message) }
            return (answer, ready)
        }
        for watcher in watchers { watcher.continuation.resume(returning: message) }
        return answer
    }

    private static func take(_ message: LAMMessage, in state: inout State, _ scenario: JSONObject) throws -> JSONObject
    {
        let epoch = message.epoch?.rawValue ?? 0
        if state.ids.contains(message.id.rawValue), message.type != .agree { return [:] }
        if message.type == .agree, epoch > state.epoch, !state.isEnded { state.epoch = epoch }
        guard epoch == state.epoch, !state.isEnded || message.type == .agree else {
            throw SchedulerRefusal(status: 409, reason: .staleEpoch, message: "stale")
        }
        let place = JobPlan.JournalPlace(
            StepID(message.payload["step_id"]?.string ?? ""),
            message.payload["iteration"]?.int ?? 0
        )
        switch (message.type, message.payload["kind"]?.string, message.payload["status"]?.string) {
        case (.agree, _, _): return handover(state, message, scenario)
        case (.inform, "intent", _): state.journal[place] = ("intent", message.payload)
        case (.inform, "step", "done"): state.journal[place] = ("done", message.payload)
        case (.inform, "step", "failed"), (.inform, "step", "retrying"):
            if message.payload["in_doubt"]?.bool == false { state.journal[place] = nil }
        case (.done, _, _), (.failure, _, _): state.isEnded = true
        default: break
        }
        return [:]
    }

    private static func handover(_ state: State, _ message: LAMMessage, _ scenario: JSONObject) -> JSONObject {
        [
            "job": .object([
                "id": message.payload["job_id"] ?? nil, "tenant": "default", "scenario": .object(scenario),
                "attempt": 1,
                "deadline_ms": nil, "submitted_ms": 0,
            ]),
            "journal": .array(
                state.journal.map { place, row in
                    .object([
                        "step_id": .string(place.step.rawValue), "iteration": .init(place.iteration),
                        "state": .string(row.state), "result": .object(row.result),
                    ])
                }
            ),
            "artifacts": .array(state.artifacts.map { .object($0.payload) }),
        ]
    }

    func putArtifact(
        _ artifact: Artifact,
        from path: String,
        of job: JobID,
        epoch: Epoch,
        worker: WorkerID
    ) async throws {
        if state.withLock({ $0.isStuck }) {
            await uploading.give()
            try await forever()
        }
        if state.withLock({ $0.isFull }) {
            throw SchedulerRefusal(status: 507, reason: .storageFull, message: "No space left on device")
        }
        let bytes = try readFile(path)
        try state.withLock { state in
            guard epoch.rawValue == state.epoch else {
                throw SchedulerRefusal(status: 409, reason: .staleEpoch, message: "stale")
            }
            state.artifacts.removeAll { $0.name == artifact.name }
            state.artifacts.append(artifact)
            state.files[artifact.sha256] = bytes
        }
    }

    func getArtifact(_ artifact: Artifact, of job: JobID, epoch: Epoch, worker: WorkerID, to path: String) throws {
        try writeFile(state.withLock { $0.files[artifact.sha256] ?? [] }, path)
    }
}
