import JSON
import JobModel
import Storage

/// A LAM message of a worker, read: who sends it, under which lease, and what it says.
struct WorkerMessage: Sendable {
    /// What it says.
    enum Content: Sendable {
        case agree
        case intent(JobChange.StepReport)
        case step(JobChange.StepReport)
        case progress(StepID?, JSONObject)
        case denied(StepID?, PolicyDenial)
        case done(outputs: JSONObject)
        case failure(JobChange.Failure)
        case refuse(reason: String)
        case delegate(Delegation)

        /// Whether the worker gives the job up by it.
        var endsLease: Bool {
            switch self {
            case .failure, .refuse: true
            case .agree, .intent, .step, .progress, .denied, .done, .delegate: false
            }
        }
    }

    let id: JobID
    let tenant: TenantID?
    let fence: JobChange.Fence
    let content: Content

    /// Reads a message.
    ///
    /// - Throws: `SchedulerError` with `invalidInput`.
    init(_ message: LAMMessage) throws {
        let payload = message.payload
        guard let id = payload["job_id"]?.string else { throw Self.invalid("/payload/job_id", "is missing") }
        guard let worker = payload["worker"]?.string else { throw Self.invalid("/payload/worker", "is missing") }
        try message.checkID()
        try message.checkSender(worker: worker)
        try message.checkReceivers()
        guard let epoch = message.epoch, epoch.rawValue > 0 else {
            throw Self.invalid("/epoch", "is missing: every message of a worker names its lease")
        }
        self.id = JobID(id)
        tenant = message.context["tenant"]?.string.map { TenantID($0) }
        fence = JobChange.Fence(worker: WorkerID(worker), epoch: epoch)
        content = try Self.content(message.type, payload)
    }

    /// The job it is about.
    ///
    /// - Throws: `SchedulerError` with `notFound`.
    func job(in snapshot: any StoreSnapshot) throws -> JobRecord {
        guard let job = try snapshot.job(id), tenant == nil || job.tenant == tenant else {
            throw SchedulerError.notFound(id)
        }
        return job
    }

    private static func content(_ type: LAMMessage.MessageType, _ payload: JSONObject) throws -> Content {
        switch type {
        case .agree: return .agree
        case .inform: return try inform(payload)
        case .done: return .done(outputs: payload["outputs"]?.object ?? [:])
        case .failure: return .failure(try failure(payload))
        case .refuse: return .refuse(reason: payload["reason"]?.string ?? "drain")
        case .request where payload["kind"] == "delegate": return .delegate(try Delegation(payload))
        case .request, .propose, .confirm, .route, .discover, .offer, .assign:
            throw invalid(
                "/type",
                "'\(type.rawValue)' is nothing a worker says; it is agree, inform, done, failure, refuse, or request of "
                    + "kind delegate"
            )
        }
    }

    private static func inform(_ payload: JSONObject) throws -> Content {
        switch payload["kind"]?.string {
        case "intent": return .intent(try report(payload, status: "running"))
        case "step":
            let statuses: Set<String> = ["running", "done", "failed", "skipped", "retrying"]
            guard let status = payload["status"]?.string, statuses.contains(status) else {
                throw invalid("/payload/status", "must be running, done, failed, skipped or retrying")
            }
            return .step(try report(payload, status: status))
        case "denied":
            guard let rule = payload["rule"]?.string else { throw invalid("/payload/rule", "is missing") }
            let denial = PolicyDenial(rule: rule, message: payload["message"]?.string ?? rule)
            return .denied(payload["step_id"]?.string.map { StepID($0) }, denial)
        case "progress":
            return .progress(payload["step_id"]?.string.map { StepID($0) }, data(payload))
        default:
            throw invalid("/payload/kind", "must be intent, step, denied or progress")
        }
    }

    private static func report(_ payload: JSONObject, status: String) throws -> JobChange.StepReport {
        guard let step = payload["step_id"]?.string else { throw invalid("/payload/step_id", "is missing") }
        let iteration = payload["iteration"]?.int ?? 0
        guard iteration >= 0 else { throw invalid("/payload/iteration", "must not be negative") }
        return JobChange.StepReport(
            step: StepID(step),
            iteration: iteration,
            action: payload["action"]?.string ?? "",
            status: status,
            isInDoubt: payload["in_doubt"]?.bool,
            data: data(payload)
        )
    }

    private static func failure(_ payload: JSONObject) throws -> JobChange.Failure {
        guard let reason = payload["reason"]?.string.flatMap(ReasonCode.init(rawValue:)) else {
            throw invalid("/payload/reason", "must be a reason code (docs/scenarios.md lists them)")
        }
        return JobChange.Failure(
            reason: reason,
            message: payload["message"]?.string ?? reason.rawValue,
            step: payload["failed_step"]?.string.map { StepID($0) },
            isRetryable: payload["retryable"]?.bool ?? false
        )
    }

    /// The payload without what says where it belongs: that stands in the event's own members.
    private static func data(_ payload: JSONObject) -> JSONObject {
        var data = payload
        for key in ["job_id", "worker", "kind", "step_id"] { data[key] = nil }
        return data
    }

    private static func invalid(_ pointer: String, _ message: String) -> SchedulerError {
        .member(JSONPointer(parsing: pointer) ?? "", message)
    }
}

extension JobChange.StepReport {
    func key(_ job: JobID) -> JournalKey { JournalKey(job: job, step: step, iteration: iteration) }
}
