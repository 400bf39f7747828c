import Executors
import JSON
import JobModel
import Testing

@testable import JobWorker

/// Resolves `$task.output` and nothing else, so that runs can be tested without the template language.
struct PlainResolver: StepResolver {
    var jobOutputs: JSONObject = [:]

    func task(_ task: ToDo, in scope: RunScope) throws(StepFailure) -> ToDo {
        var task = task
        if let text = task.text { task.text = try value(.string(text), in: scope).string }
        if let item = scope.item { task.fields["item"] = item.value }
        return task
    }

    func isTrue(_ condition: JSONValue, in scope: RunScope) throws(StepFailure) -> Bool {
        try value(condition, in: scope) == true
    }

    func value(_ template: JSONValue, in scope: RunScope) throws(StepFailure) -> JSONValue {
        guard let text = template.string, text.hasPrefix("$") else { return template }
        let parts = text.dropFirst().split(separator: ".").map(String.init)
        guard let found = scope.tasks[StepID(parts[0])]?[parts[1]] else {
            throw StepFailure(reason: .invalidInput, message: "nothing is called \(text)", isRetryable: false)
        }
        return found
    }

    func outputs(in scope: RunScope) throws(StepFailure) -> JSONObject {
        var outputs = JSONObject()
        for (key, template) in jobOutputs { outputs[key] = try value(template, in: scope) }
        return outputs
    }
}

/// Plays the shell of a run: keeps what was started, ends it on request, moves the clock.
struct RunHarness {
    private(set) var run: JobRun
    private(set) var reports: [StepReport] = []
    private(set) var open: [JobPlan.JournalPlace: JobRun.Start] = [:]
    private(set) var started: [JobRun.Start] = []
    private(set) var cancels = 0
    private(set) var result: JobResult?
    private var now = Moment(instant: .now, wall: 1_000_000)

    init(
        _ entries: [JobPlan.Entry],
        journal: [JobPlan.JournalPlace: JobPlan.JournalRow] = [:],
        timeout: Duration? = nil,
        outputs: JSONObject = [:]
    ) {
        let plan = JobPlan(job: JobID("j1"), entries: entries, journal: journal, timeout: timeout)
        run = JobRun(plan: plan, resolver: PlainResolver(jobOutputs: outputs))
        take(run.begin(at: now))
    }

    /// What is at work, by step id, in order.
    var atWork: [String] { open.keys.map(Self.name).sorted() }

    /// `step:status` of every report so far.
    var history: [String] { reports.map { "\(Self.name($0.place)):\($0.status.rawValue)" } }

    /// The modes a step was started with, in order.
    func modes(_ step: String) -> [JobRun.Start.Mode] { started.filter { Self.name($0.place) == step }.map(\.mode) }

    mutating func done(_ step: String, _ outputs: JSONObject = [:]) { end(step, .done(StepOutcome(outputs: outputs))) }

    mutating func fail(
        _ step: String,
        _ reason: ReasonCode = .notFound,
        isRetryable: Bool = true,
        mayHaveActed: Bool? = nil
    ) {
        let failure = StepFailure(
            reason: reason,
            message: "\(step) failed",
            isRetryable: isRetryable,
            mayHaveActed: mayHaveActed
        )
        end(step, .failed(failure))
    }

    mutating func end(_ step: String, _ end: JobRun.End) {
        guard let place = open.keys.first(where: { Self.name($0) == step }) else {
            Issue.record("The step \(step) is not at work, only \(atWork) are")
            return
        }
        open[place] = nil
        take(run.ended(place, end, at: now))
    }

    mutating func stop(_ reason: JobRun.StopReason) { take(run.stop(reason, at: now)) }

    mutating func hold(_ isHeld: Bool) { take(run.hold(isHeld, at: now)) }

    mutating func pass(_ duration: Duration) {
        now.instant += duration
        now.wall += duration.milliseconds
        if let wake = run.wakeAt, wake <= now.instant { take(run.tick(at: now)) }
    }

    private mutating func take(_ actions: [JobRun.Action]) {
        for action in actions {
            switch action {
            case .start(let start):
                #expect(open[start.place] == nil, "started twice at once")
                open[start.place] = start
                started.append(start)
            case .report(let report): reports.append(report)
            case .cancelSteps: cancels += 1
            case .finish(let result):
                #expect(self.result == nil, "finished twice")
                #expect(open.isEmpty, "finished while steps are at work")
                self.result = result
            }
        }
    }

    private static func name(_ place: JobPlan.JournalPlace) -> String {
        place.iteration == 0 ? place.step.rawValue : "\(place.step)#\(place.iteration)"
    }
}

extension JobResult {
    var outputs: JSONObject? { if case .done(let outputs) = self { outputs } else { nil } }
    var failure: JobFailure? { if case .failed(let failure) = self { failure } else { nil } }
    var isHandedBack: Bool { if case .handedBack = self { true } else { false } }
    var isAbandoned: Bool { if case .abandoned = self { true } else { false } }
}

/// An entry of a plan, with everything a test does not care about left at its default.
func entry(
    _ id: String,
    _ effectClass: EffectClass = .read,
    after dependencies: Set<Int> = [],
    page: String? = nil,
    action: Action = .readFile,
    change: (inout ToDo) -> Void = { _ in }
) -> JobPlan.Entry {
    var task = ToDo(id: StepID(id), index: 0, action: action)
    task.page = page
    change(&task)
    return JobPlan.Entry(task: task, dependencies: dependencies, effectClass: effectClass)
}

func row(_ outputs: JSONObject?, itemHash: String? = nil) -> JobPlan.JournalRow {
    JobPlan.JournalRow(outcome: outputs.map { StepOutcome(outputs: $0) }, itemHash: itemHash)
}
