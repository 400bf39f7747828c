import CDPProtocol

/// One `Page.navigate` from its reply to the state that was asked for.
///
/// Pure: asked after every event of the page, gives its verdict once. The document is known by its loader id.
struct NavigationAttempt {
    private enum State {
        /// The reply of the command is not there. Can transition to document, sameDocument, over.
        case requested
        /// This loader's document must commit. Can transition to committed, over.
        case document(NetworkDomain.LoaderID)
        /// The address within the document must change.
        case sameDocument
        /// Whatever document commits next: reload, back and forward do not say its loader beforehand.
        case next
        /// It committed; its life cycle must get far enough. If it moves on by itself, the newer document counts.
        case committed
        case over
    }

    private var state: State
    private let url: String
    private let waitUntil: WaitUntil
    /// Commits that were there when the browser took the command over: they do not interrupt it.
    private var commitsBefore: Int
    private let changesBefore: Int

    /// - Parameter isHistory: reload, back or forward.
    init(url: String, waitUntil: WaitUntil, isHistory: Bool = false, in document: DocumentState) {
        self.url = url
        self.waitUntil = waitUntil
        state = isHistory ? .next : .requested
        commitsBefore = document.commits
        changesBefore = document.sameDocumentChanges
    }

    /// The reply of `Page.navigate`.
    mutating func replied(
        loader: NetworkDomain.LoaderID?,
        errorText: String?,
        isDownload: Bool,
        in document: DocumentState
    ) -> Result<NavigationResult, BrowserError>? {
        if isDownload {
            state = .over
            return .success(NavigationResult(kind: .download, url: url))
        }
        if let errorText, !errorText.isEmpty {
            state = .over
            return .failure(BrowserError(.navigationFailed, NetworkErrorWords.sentence(errorText, url: url)))
        }
        guard let loader else {
            state = .sameDocument
            return verdict(document)
        }
        state = document.committed(loader, since: commitsBefore) ? .committed : .document(loader)
        commitsBefore = document.commits
        return verdict(document)
    }

    /// Whether it is done, as the page stands now.
    mutating func verdict(_ document: DocumentState) -> Result<NavigationResult, BrowserError>? {
        switch state {
        case .requested, .over: return nil
        case .document(let loader):
            if document.committed(loader, since: commitsBefore) {
                state = .committed
                return verdict(document)
            }
            guard document.commits > commitsBefore, !document.isErrorPage else { return nil }
            state = .over
            return .failure(
                BrowserError(
                    .navigationFailed,
                    "Opening \(url) was interrupted: the page went to \(document.url) by itself"
                )
            )
        case .sameDocument:
            guard document.sameDocumentChanges > changesBefore else { return nil }
            state = .over
            return .success(NavigationResult(kind: .sameDocument, url: document.url))
        case .next:
            if document.sameDocumentChanges > changesBefore {
                state = .sameDocument
            } else if document.commits > commitsBefore {
                state = .committed
            } else {
                return nil
            }
            return verdict(document)
        case .committed:
            if let name = waitUntil.lifecycleName, !document.lifecycle.contains(name) { return nil }
            state = .over
            guard !document.isErrorPage else {
                return .failure(
                    BrowserError(.navigationFailed, "Cannot open \(document.url): Chromium shows an error page")
                )
            }
            return .success(NavigationResult(kind: .document, url: document.url))
        }
    }
}

/// The main frame's document, as its events tell.
struct DocumentState {
    private static let historyLimit = 8

    private(set) var loader: NetworkDomain.LoaderID?
    private(set) var url = "about:blank"
    /// Whether it is Chromium's own page about a failure.
    private(set) var isErrorPage = false
    /// Names of `Page.lifecycleEvent` that this document had.
    private(set) var lifecycle: Set<String> = []
    /// Whether it is on the screen; one that is empty counts when its network rests.
    var isPainted: Bool { !lifecycle.isDisjoint(with: ["firstPaint", "networkIdle"]) }
    /// How many documents there were.
    private(set) var commits = 0
    /// How many times the address changed within a document.
    private(set) var sameDocumentChanges = 0
    /// The loaders of the latest commits: two may come between two looks.
    private var recent: [(commit: Int, loader: NetworkDomain.LoaderID)] = []

    mutating func load(_ frame: PageDomain.Frame) {
        loader = frame.loaderID
        url = frame.url
    }

    mutating func committed(_ frame: PageDomain.Frame) {
        loader = frame.loaderID
        url = frame.unreachableURL.flatMap { $0.isEmpty ? nil : $0 } ?? frame.url
        isErrorPage = frame.unreachableURL.map { !$0.isEmpty } ?? false
        lifecycle = []
        commits += 1
        recent.append((commits, frame.loaderID))
        if recent.count > Self.historyLimit { recent.removeFirst() }
    }

    mutating func moved(to url: String) {
        self.url = url
        sameDocumentChanges += 1
    }

    /// Events of another loader belong to the initial empty document or to one that is gone.
    mutating func reached(_ name: String, loader: NetworkDomain.LoaderID) {
        if loader == self.loader { lifecycle.insert(name) }
    }

    func committed(_ loader: NetworkDomain.LoaderID, since commits: Int) -> Bool {
        recent.contains { $0.loader == loader && $0.commit > commits }
    }
}
