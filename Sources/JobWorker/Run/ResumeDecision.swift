import Executors
import JSON
import JobModel

/// What of an earlier attempt is used again, decided once before the run begins.
///
/// Effects that are done are never repeated. Page steps are repeated with their page session from its start, unless no page
/// step is left to do: then nobody needs the session. A page whose `once` step is done cannot start from its beginning; it goes
/// on at a later task with `resume_at`, or a human must decide. What an effect that has begun was decided by (an extracted
/// table, a read mail) is used as it was, so that its items keep their numbers.
struct ResumeDecision {
    /// Steps that are not run; their recorded outputs are taken.
    private(set) var reused: Set<JobPlan.JournalPlace> = []
    /// Where a page starts, by position of the task: a template of its URL.
    private(set) var resumeAt: [Int: JSONValue] = [:]
    /// Tasks before that place which had not succeeded; they count as skipped.
    private(set) var bypassed: Set<Int> = []
    /// Why the job cannot go on.
    private(set) var lost: JobFailure?

    private let plan: JobPlan

    init(_ plan: JobPlan) {
        self.plan = plan
        guard !plan.journal.isEmpty else { return }
        for (position, entry) in plan.entries.enumerated() where entry.effectClass == .effect {
            reuse(position)
        }
        let pages = Dictionary(grouping: plan.entries.indices.filter { plan.entries[$0].task.page != nil }) {
            position in
            plan.entries[position].task.page
        }
        let fallbacks = Set(
            plan.entries.compactMap { entry in
                if case .fallback(let step) = entry.task.onError { step } else { nil }
            }
        )
        let isSessionNeeded = pages.values.joined().contains { position in
            !isComplete(position) && !fallbacks.contains(plan.entries[position].task.id)
        }
        for (_, positions) in pages.sorted(by: { ($0.value.first ?? 0) < ($1.value.first ?? 0) }) {
            if isSessionNeeded { resume(positions) } else { positions.forEach { reuse($0) } }
        }
        reuseWhatEffectsDependOn()
    }

    private mutating func reuse(_ position: Int) {
        let id = plan.entries[position].task.id
        for (place, row) in plan.journal where place.step == id && row.outcome != nil { reused.insert(place) }
    }

    /// Whether nothing of a task is left to do; of a `for_each` nobody knows before its list is there.
    private func isComplete(_ position: Int) -> Bool {
        let task = plan.entries[position].task
        guard task.forEach == nil, let row = plan.journal[JobPlan.JournalPlace(task.id)] else { return false }
        return row.outcome != nil && !row.isRedacted
    }

    /// Decides where one page starts again.
    private mutating func resume(_ positions: [Int]) {
        let isDone = { [plan] (position: Int) in
            let entry = plan.entries[position]
            return entry.effectClass == .effect
                && plan.journal.contains { $0.key.step == entry.task.id && $0.value.outcome != nil }
        }
        guard let once = positions.last(where: isDone) else { return }
        let rest = positions.filter { $0 > once }
        guard isComplete(once), let next = rest.first(where: { !isComplete($0) }) else {
            if isComplete(once) { positions.forEach { reuse($0) } } else { lose(once) }
            return
        }
        let offers = rest.filter { $0 <= next && plan.entries[$0].task.fields["resume_at"] != nil }
        guard let place = offers.last, let url = plan.entries[place].task.fields["resume_at"] else {
            lose(once)
            return
        }
        resumeAt[place] = url
        for position in positions where position < place {
            if isComplete(position) { reuse(position) } else { bypassed.insert(position) }
        }
    }

    private mutating func lose(_ position: Int) {
        let id = plan.entries[position].task.id
        lost = JobFailure(
            reason: .pageSessionLost,
            message: "The step '\(id)' is marked 'once' and is done, but its page session was lost and cannot be "
                + "repeated. Resolve the job: done ends it without running what is left (finish that by hand first), redo "
                + "does '\(id)' a second time and goes on, fail gives it up. A 'resume_at' URL at a later task of the page "
                + "avoids this.",
            step: id,
            isRetryable: false
        )
    }

    private mutating func reuseWhatEffectsDependOn() {
        let begun = plan.entries.indices.filter { position in
            let entry = plan.entries[position]
            return entry.effectClass == .effect && plan.journal.keys.contains { $0.step == entry.task.id }
        }
        var open = begun
        var seen = Set(begun)
        while let position = open.popLast() {
            for before in plan.entries[position].dependencies where seen.insert(before).inserted { open.append(before) }
        }
        for position in seen where isPinned(position) { reuse(position) }
    }

    /// Reading steps that gave values; waits and checks are repeated, a page needs them to keep pace.
    private func isPinned(_ position: Int) -> Bool {
        let entry = plan.entries[position]
        guard entry.effectClass == .read, isComplete(position) else { return false }
        switch entry.task.action {
        case .extract, .readMail, .searchMail, .waitForMail, .downloadAttachments, .listMailFolders, .traceMail,
            .readFile, .hashFile:
            return true
        default: return false
        }
    }
}
