package import JSON
import JobModel
import JobQueue
package import Storage

/// Why a job is not running, or what it does instead: everything that holds it up, the first to be removed first.
package struct Explanation: Sendable {
    /// One thing that is so.
    package struct Cause: Sendable, Hashable {
        /// A stable word; docs/api.md lists them.
        package var code: String
        /// A sentence for people, with what to do where something can be done.
        package var detail: String
        /// When it ends by itself, milliseconds since 1970.
        package var until: Int64?
    }

    /// The job.
    package var job: JobRecord
    /// At least one.
    package var causes: [Cause] = []

    /// Explains a job that does not wait.
    ///
    /// - Parameters:
    ///   - policies: a pause may hold what runs.
    ///   - tasks: its steps; only what a resolution does depends on them.
    init(_ job: JobRecord, _ policies: [PolicyRecord] = [], tasks: [TaskRecord] = []) {
        self.job = job
        switch job.state {
        case .pending, .scheduled: break
        case .running:
            addHolds(policies)
            let stopping = job.stopReason.map { "; it was asked to stop (\($0.rawValue))" } ?? ""
            add("running", "Worker \(job.worker?.rawValue ?? "?") runs it\(stopping)")
        case .waitingApproval: add("waiting_approval", "A human must approve it")
        case .needsReview:
            add("needs_review", Self.review(job, tasks))
        case .done: add("ended", "It is done")
        case .failed, .cancelled, .dead:
            let words = [job.reason?.rawValue, job.message].compactMap(\.self).joined(separator: ": ")
            let inDoubt = tasks.filter(\.isInDoubt).map(\.key.step.rawValue)
            let next =
                inDoubt.isEmpty
                ? "retry it to run it again"
                : "nobody can tell whether step \(inDoubt.sentence) happened: look, then retry it, which looks too, or leave it"
            add("ended", "It ended \(job.state.rawValue) (\(words)); \(next)")
        }
    }

    /// Explains a job that waits.
    init(waiting job: JobRecord, _ standing: DispatchStanding?, _ policies: [PolicyRecord], at now: Int64) {
        self.init(job)
        guard let standing else {
            add("not_indexed", "The dispatch index does not know it yet; the scheduler will tell it")
            return
        }
        addState(standing)
        for block in standing.blocks { add(block, policies) }
        addWorkers(standing, at: now)
        guard standing.state == .ready else { return }
        if standing.ahead > 0 {
            add("behind", "\(standing.ahead) job\(standing.ahead == 1 ? "" : "s") of its tenant come before it")
        } else if causes.isEmpty {
            add("next", "It is the next of its tenant and starts when a worker asks for a job")
        }
    }

    /// Explains a job that waits while the index does not answer, or takes no jobs.
    init(waiting job: JobRecord, indexProblem: String) {
        self.init(job)
        add(
            "index_unavailable",
            "The dispatch index does not do its work, so the job is not given out: \(indexProblem)"
        )
    }

    // MARK: Parts

    private mutating func add(_ code: String, _ detail: String, until: Int64? = nil) {
        causes.append(Cause(code: code, detail: detail, until: until))
    }

    /// What each resolution comes to; it depends on whether a step is in doubt, or was done on a page that is lost.
    private static func review(_ job: JobRecord, _ tasks: [TaskRecord]) -> String {
        let inDoubt = tasks.filter(\.isInDoubt)
        guard inDoubt.isEmpty else {
            let steps = inDoubt.map(\.key.step.rawValue).sentence
            return
                "Nobody can tell whether step \(steps) happened. Look, then resolve it with done (it did: the job goes "
                + "on after it), redo (it did not: it is done now) or fail (the job ends failed)"
        }
        let step = job.failedStep.map { "Step \($0)" } ?? "A step"
        let open = (try? job.openSteps(after: tasks)) ?? []
        let verb = open.count == 1 ? "is" : "are"
        let rest = open.isEmpty ? "" : ": \(open.sentence) \(verb) not run, do it by hand first"
        return
            "\(step) was done, and the page the job would go on with is lost. Resolve it with done (the job ends done "
            + "and runs nothing more\(rest)), redo (the step is done a second time, and the job goes on) or fail (the job ends "
            + "failed)"
    }

    /// Pauses that hold a job that runs, or send it back.
    private mutating func addHolds(_ policies: [PolicyRecord]) {
        for policy in policies where policy.tenant == nil || policy.tenant == job.tenant {
            guard let pause = policy.pause, pause.running != .goOn else { continue }
            let what = policy.tenant.map { "Tenant \($0)" } ?? "The queue"
            let effect =
                pause.running == .hold
                ? "what runs is held: no further step begins before the resume, and limits of time go on"
                : "what runs goes back and goes on after the resume"
            let code = policy.tenant == nil ? "queue_paused" : "tenant_paused"
            add(code, "\(what) is paused\(pause.words), and \(effect)")
        }
    }

    private mutating func addState(_ standing: DispatchStanding) {
        switch standing.state {
        case .ready: break
        case .delayed(let until):
            let why = job.reason.map { " (the last attempt failed: \($0.rawValue))" } ?? ""
            add("not_due", "It is not due before \(RFC3339.format(until))\(why)", until: until)
        case .leased: add("claimed", "A worker has claimed it and is about to start it")
        case .lost:
            add("lease_lost", "The worker that claimed it vanished; the scheduler is about to give it out again")
        }
    }

    private mutating func add(_ block: DispatchStanding.Block, _ policies: [PolicyRecord]) {
        func pause(of tenant: TenantID?) -> String {
            policies.first { $0.tenant == tenant }?.pause?.words ?? ""
        }
        switch block {
        case .queuePaused: add("queue_paused", "The queue is paused\(pause(of: nil)); resume it")
        case .tenantPaused: add("tenant_paused", "Tenant \(job.tenant) is paused\(pause(of: job.tenant)); resume it")
        case .concurrency(let limit):
            add("concurrency_limit", "\(limit) jobs of tenant \(job.tenant) run already, which is its limit")
        case .rate(let until):
            let time = RFC3339.format(until)
            add("rate_limit", "Tenant \(job.tenant) has used up its rate of starts until \(time)", until: until)
        }
    }

    private mutating func addWorkers(_ standing: DispatchStanding, at now: Int64) {
        guard standing.state == .ready || standing.causesWait else { return }
        let needs = job.needs.sorted().joined(separator: ", ")
        guard let last = standing.lastOffer else {
            return add("no_capable_worker", "No worker that offers \(needs) has asked for a job; start one")
        }
        let silence = (now - last) / 1_000
        guard silence >= 30 else { return }
        add(
            "no_free_worker",
            "No worker that offers \(needs) has asked for a job for \(silence) s: all are busy, or gone"
        )
    }
}

extension PolicyRecord.Pause {
    /// ` since …`, and why.
    fileprivate var words: String { " since \(RFC3339.format(since))" + (note.map { " (\($0))" } ?? "") }
}

extension DispatchStanding {
    /// Whether it waits for its time: then it is worth to know that nobody could run it.
    fileprivate var causesWait: Bool { if case .delayed = state { true } else { false } }
}

extension Explanation {
    /// The explanation as clients see it.
    package var json: JSONObject {
        [
            "id": .string(job.id.rawValue), "state": .string(job.state.rawValue),
            "causes": .array(
                causes.map { cause in
                    var json: JSONObject = ["code": .string(cause.code), "detail": .string(cause.detail)]
                    json["until"] = cause.until.map { .string(RFC3339.format($0)) }
                    return .object(json)
                }
            ),
        ]
    }
}
