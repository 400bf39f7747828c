/// Which requests of a session run, wait or are refused, and when the session ends.
///
/// Pure. Requests on one page run in the order they came, on different pages beside each other: each names the lanes it needs,
/// and starts as soon as no earlier one that is not over shares a lane with it.
struct SessionMachine {
    typealias Instant = ContinuousClock.Instant

    enum Phase: Hashable {
        /// Connected, without a context. Can transition to `opening`, `ending`, `over`.
        case empty
        /// A context is being leased. Can transition to `open`, `empty`, `ending`, `over`.
        case opening
        /// Tasks run. Can transition to `lost`, `ending`, `over`.
        case open
        /// The browser is gone; the client may open anew. Can transition to `opening`, `ending`, `over`.
        case lost
        /// What runs may end, nothing else begins. Can transition to `over`.
        case ending(SessionEnd)
        /// Terminal.
        case over(SessionEnd)
    }

    enum Action: Hashable {
        /// Do what the request asks for.
        case start(RequestID)
        /// Stop a request that runs; its reply follows when it has ended.
        case cancel(RequestID)
        /// Answer with an error; the request is over.
        case refuse(RequestID, Refusal)
        /// Tell the client that the session is about to end.
        case announce(SessionEnd)
        /// Give everything back and close the connection; the last action.
        case close(SessionEnd)
    }

    enum Refusal: Hashable {
        case notOpen
        case alreadyOpen
        case lost
        case idInUse
        case tooManyRequests(Int)
        case tooManyPages(Int)
        case closing(SessionEnd)
        case cancelled
    }

    private struct Entry {
        let id: RequestID
        let lanes: Set<String>
        var isRunning = false
    }

    private let limits: SessionLimits
    private(set) var phase = Phase.empty
    private var entries: [Entry] = []
    /// Names of pages that tasks opened, and of popups.
    private(set) var pages: Set<String> = []
    private var idleAt: Instant
    private let oldAt: Instant
    private var endAt: Instant?

    init(_ limits: SessionLimits, at now: Instant) {
        self.limits = limits
        idleAt = now + limits.idle
        oldAt = now + limits.maximumAge
    }

    /// When `tick` must be called next; nil when the session is over.
    var wakeAt: Instant? {
        switch phase {
        case .over: nil
        case .ending: endAt
        default: entries.isEmpty ? min(idleAt, oldAt) : oldAt
        }
    }

    /// Whether a request of this id runs or waits.
    func has(_ id: RequestID) -> Bool { entries.contains { $0.id == id } }

    // MARK: Requests

    /// A context is asked for.
    mutating func open(_ id: RequestID, at now: Instant) -> [Action] {
        if let refusal = admit(id, at: now) { return [.refuse(id, refusal)] }
        guard phase == .empty || phase == .lost else { return [.refuse(id, .alreadyOpen)] }
        phase = .opening
        pages = []
        entries.append(Entry(id: id, lanes: [], isRunning: true))
        return [.start(id)]
    }

    /// The context is there, or could not be had.
    mutating func opened(_ isOpen: Bool) {
        guard phase == .opening else { return }
        phase = isOpen ? .open : .empty
    }

    /// Something is asked for that needs the context.
    ///
    /// - Parameters:
    ///   - lanes: what it must not be overtaken in, such as the names of its pages.
    ///   - page: the page it may open by naming it.
    mutating func request(_ id: RequestID, lanes: Set<String>, page: String? = nil, at now: Instant) -> [Action] {
        if let refusal = admit(id, at: now) { return [.refuse(id, refusal)] }
        switch phase {
        case .open: break
        case .lost: return [.refuse(id, .lost)]
        default: return [.refuse(id, .notOpen)]
        }
        if let page, !pages.contains(page) {
            guard pages.count < limits.pages else { return [.refuse(id, .tooManyPages(limits.pages))] }
            pages.insert(page)
        }
        entries.append(Entry(id: id, lanes: lanes))
        return startable()
    }

    /// A request is to be stopped.
    ///
    /// - Returns: nil when there is none of that id.
    mutating func cancel(_ id: RequestID, at now: Instant) -> [Action]? {
        idleAt = now + limits.idle
        guard let index = entries.firstIndex(where: { $0.id == id }) else { return nil }
        if entries[index].isRunning { return [.cancel(id)] }
        entries.remove(at: index)
        return [.refuse(id, .cancelled)] + startable()
    }

    /// A request that ran is over.
    ///
    /// - Returns: whether its reply is still wanted, and what comes next.
    mutating func ended(_ id: RequestID, at now: Instant) -> (isWanted: Bool, [Action]) {
        guard let index = entries.firstIndex(where: { $0.id == id }) else { return (false, []) }
        entries.remove(at: index)
        idleAt = now + limits.idle
        if case .ending(let end) = phase { return (true, entries.isEmpty ? over(end) : []) }
        return (true, startable())
    }

    private mutating func admit(_ id: RequestID, at now: Instant) -> Refusal? {
        idleAt = now + limits.idle
        switch phase {
        case .ending(let end), .over(let end): return .closing(end)
        default: break
        }
        if entries.contains(where: { $0.id == id }) { return .idInUse }
        return entries.count < limits.requests ? nil : .tooManyRequests(limits.requests)
    }

    private mutating func startable() -> [Action] {
        var taken: Set<String> = []
        var actions: [Action] = []
        for index in entries.indices {
            if !entries[index].isRunning, taken.isDisjoint(with: entries[index].lanes) {
                entries[index].isRunning = true
                actions.append(.start(entries[index].id))
            }
            taken.formUnion(entries[index].lanes)
        }
        return actions
    }

    // MARK: Events

    /// A page came to be by itself, or by a task that named it.
    mutating func pageOpened(_ name: String) { pages.insert(name) }

    mutating func pageClosed(_ name: String) { pages.remove(name) }

    /// The browser is gone. What runs ends by itself with an error.
    mutating func contextLost() {
        guard phase == .open || phase == .opening else { return }
        phase = .lost
        pages = []
    }

    /// The session shall end; what runs has `grace` when the reason leaves it.
    mutating func end(_ end: SessionEnd, at now: Instant) -> [Action] {
        switch phase {
        case .over: return []
        case .ending(let earlier): return end.hasGrace ? [] : over(end.isAnnounced ? earlier : end)
        default: break
        }
        let announcement: [Action] = end.isAnnounced ? [.announce(end)] : []
        guard end.hasGrace, entries.contains(where: \.isRunning) else { return announcement + over(end) }
        phase = .ending(end)
        endAt = now + limits.grace
        let waiting = entries.filter { !$0.isRunning }
        entries.removeAll { !$0.isRunning }
        return announcement + waiting.map { .refuse($0.id, .closing(end)) }
    }

    /// Some time has passed.
    mutating func tick(at now: Instant) -> [Action] {
        switch phase {
        case .over: return []
        case .ending(let end): return endAt.map { $0 <= now } == true ? over(end) : []
        default: break
        }
        if oldAt <= now { return end(.maximumAge, at: now) }
        if entries.isEmpty, idleAt <= now { return end(.idle, at: now) }
        return []
    }

    private mutating func over(_ end: SessionEnd) -> [Action] {
        phase = .over(end)
        defer { entries = [] }
        let stopped = entries.filter(\.isRunning).map { Action.cancel($0.id) }
        return stopped + entries.map { .refuse($0.id, .closing(end)) } + [.close(end)]
    }
}
