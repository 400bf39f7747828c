import BrowserAutomation
import JobModel

/// What is kept of a job for its trace; bounded: the oldest snapshots and pictures go first, then the oldest steps.
///
/// Pure.
struct TraceLog: Sendable {
    static let stepLimit = 1000
    /// Of style sheets, which many snapshots share.
    static let styleLimit = 4 << 20

    let limit: Int
    private(set) var steps: [TraceStep] = []
    private(set) var snapshots: [Int: PageSnapshot] = [:]
    /// Numbers of snapshots that found nothing new, by number.
    private var sameAs: [Int: Int] = [:]
    private(set) var styles: [String: String] = [:]
    private(set) var droppedSteps = 0
    private(set) var droppedSnapshots = 0
    private var lastNumber = 0
    private var heldBytes = 0
    private var styleBytes = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// Reserves a place for a snapshot that is on its way.
    mutating func nextSnapshot() -> Int {
        lastNumber += 1
        return lastNumber
    }

    mutating func add(_ snapshot: PageSnapshot, as number: Int) {
        var snapshot = snapshot
        for (name, css) in snapshot.styles where styleBytes + css.utf8.count <= Self.styleLimit {
            if styles.updateValue(css, forKey: name) == nil { styleBytes += css.utf8.count }
        }
        snapshot.styles = [:]
        heldBytes += snapshot.size
        snapshots[number] = snapshot
        shrink()
    }

    /// A snapshot that would be the same as an earlier one.
    mutating func add(sameAs earlier: Int, as number: Int) {
        sameAs[number] = sameAs[earlier] ?? earlier
    }

    /// The number a snapshot is kept under; nil when it is not there, or not any more.
    func kept(_ number: Int?) -> Int? {
        guard let number else { return nil }
        let kept = sameAs[number] ?? number
        return snapshots[kept] == nil ? nil : kept
    }

    mutating func add(_ step: TraceStep) {
        heldBytes += step.picture?.utf8.count ?? 0
        // In the order they began: a step of another page may have ended before this one.
        let place = steps.lastIndex { $0.began <= step.began }.map { $0 + 1 } ?? 0
        steps.insert(step, at: place)
        if steps.count > Self.stepLimit {
            heldBytes -= steps.removeFirst().picture?.utf8.count ?? 0
            droppedSteps += 1
        }
        shrink()
    }

    /// The newest snapshot stays, whatever it takes: it is what the job ended with.
    private mutating func shrink() {
        while heldBytes > limit {
            if let index = steps.indices.dropLast().first(where: { steps[$0].picture != nil }) {
                heldBytes -= steps[index].picture?.utf8.count ?? 0
                steps[index].picture = nil
            } else if snapshots.count > 1, let oldest = snapshots.keys.min() {
                heldBytes -= snapshots.removeValue(forKey: oldest)?.size ?? 0
                droppedSnapshots += 1
            } else {
                return
            }
        }
    }
}
