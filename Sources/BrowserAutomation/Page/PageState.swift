import CDP
import CDPProtocol

/// What is known of a page, from its events alone.
///
/// Pure: takes events in order, says what the session has to do about them.
struct PageState {
    enum Effect: Equatable {
        case handleDialog(kind: String, message: String, defaultPrompt: String?)
        case fileChooserOpened
        case crashed
        /// A frame got a process of its own, or a worker started; it is paused.
        case targetAttached(TargetDomain.SessionID, TargetDomain.TargetID, isFrame: Bool)
    }

    static let subscriptions: Set<String> = [
        PageDomain.FrameAttachedEvent.method, PageDomain.FrameDetachedEvent.method,
        PageDomain.FrameNavigatedEvent.method, PageDomain.NavigatedWithinDocumentEvent.method,
        PageDomain.LifecycleEventEvent.method, PageDomain.FrameRequestedNavigationEvent.method,
        PageDomain.FrameStartedNavigatingEvent.method, PageDomain.FrameStoppedLoadingEvent.method,
        PageDomain.JavascriptDialogOpeningEvent.method, PageDomain.JavascriptDialogClosedEvent.method,
        RuntimeDomain.ExecutionContextCreatedEvent.method, RuntimeDomain.ExecutionContextDestroyedEvent.method,
        RuntimeDomain.ExecutionContextsClearedEvent.method,
        InspectorDomain.TargetCrashedEvent.method, InspectorDomain.TargetReloadedAfterCrashEvent.method,
        InputDomain.DragInterceptedEvent.method, TargetDomain.AttachedToTargetEvent.method,
        PageDomain.FileChooserOpenedEvent.method,
    ]

    /// Known once the frame tree is read.
    private(set) var mainFrame: PageDomain.FrameID?
    private(set) var frames = FrameTree()
    private(set) var contexts = ExecutionContexts()
    private(set) var document = DocumentState()
    private(set) var isCrashed = false
    /// How often the renderer was lost.
    private(set) var crashes = 0
    private(set) var isDialogOpen = false
    /// Where the main frame is on its way to, from the request until it commits or stops.
    private(set) var pendingURL: String?

    /// What the page let the pointer take, while drags are intercepted.
    private(set) var dragged: InputDomain.DragData?

    /// The file chooser the page opened last, while choosers are intercepted.
    private(set) var fileChooser: PageDomain.FileChooserOpenedEvent?

    /// Before a click that opens one.
    mutating func forgetFileChooser() { fileChooser = nil }

    /// Before a new drag.
    mutating func forgetDrag() { dragged = nil }

    mutating func load(_ tree: PageDomain.FrameTree) {
        mainFrame = tree.frame.id
        frames.load(tree, by: .page)
        if document.commits == 0 { document.load(tree.frame) }
    }

    /// Takes an event of the page's session, or of a frame's.
    mutating func apply(_ event: CDPEventMessage, from owner: FrameOwner = .page) -> Effect? {
        switch event.method {
        case InspectorDomain.TargetCrashedEvent.method: return crashed(owner)
        case InspectorDomain.TargetReloadedAfterCrashEvent.method:
            frames.recovered(owner)
            if owner == .page { isCrashed = false }
        case TargetDomain.AttachedToTargetEvent.method:
            guard let event = event.as(TargetDomain.AttachedToTargetEvent.self) else { break }
            let target = event.targetInfo
            let isFrame = target.type == "iframe"
            if isFrame {
                let frame = PageDomain.FrameID(rawValue: target.targetID.rawValue)
                frames.moved(frame, below: target.parentFrameID, url: target.url, to: .session(event.sessionID))
            }
            return .targetAttached(event.sessionID, target.targetID, isFrame: isFrame)
        case RuntimeDomain.ExecutionContextsClearedEvent.method: contexts.clear(owner)
        case RuntimeDomain.ExecutionContextCreatedEvent.method:
            if let event = event.as(RuntimeDomain.ExecutionContextCreatedEvent.self) {
                contexts.created(event.context, by: owner)
            }
        case RuntimeDomain.ExecutionContextDestroyedEvent.method:
            if let event = event.as(RuntimeDomain.ExecutionContextDestroyedEvent.self) {
                contexts.destroyed(event.executionContextUniqueID)
            }
        case InputDomain.DragInterceptedEvent.method:
            dragged = event.as(InputDomain.DragInterceptedEvent.self)?.data
        case PageDomain.FileChooserOpenedEvent.method:
            fileChooser = event.as(PageDomain.FileChooserOpenedEvent.self)
        case PageDomain.JavascriptDialogOpeningEvent.method:
            guard let event = event.as(PageDomain.JavascriptDialogOpeningEvent.self) else { break }
            isDialogOpen = true
            return .handleDialog(kind: event.type.rawValue, message: event.message, defaultPrompt: event.defaultPrompt)
        case PageDomain.JavascriptDialogClosedEvent.method: isDialogOpen = false
        default:
            applyToFrames(event, owner)
            if owner == .page { applyToDocument(event) }
        }
        return nil
    }

    /// The page is lost with its own renderer only.
    private mutating func crashed(_ owner: FrameOwner) -> Effect? {
        contexts.clear(owner)
        frames.crashed(owner)
        guard owner == .page else { return nil }
        isCrashed = true
        crashes += 1
        isDialogOpen = false
        pendingURL = nil
        return .crashed
    }

    /// The session of a frame is over: its frames that nobody took over yet.
    mutating func ended(_ owner: FrameOwner) -> [PageDomain.FrameID] {
        contexts.clear(owner)
        return frames.ended(owner)
    }

    /// Nobody took the frame over: it is gone.
    mutating func removeOrphan(_ frame: PageDomain.FrameID) { frames.removeOrphan(frame) }

    private mutating func applyToFrames(_ message: CDPEventMessage, _ owner: FrameOwner) {
        if let event = message.as(PageDomain.FrameNavigatedEvent.self) {
            frames.navigated(event.frame, by: owner)
        } else if let event = message.as(PageDomain.NavigatedWithinDocumentEvent.self) {
            frames.setURL(event.url, of: event.frameID, by: owner)
        } else if let event = message.as(PageDomain.FrameAttachedEvent.self) {
            frames.attached(event.frameID, to: event.parentFrameID, by: owner)
        } else if let event = message.as(PageDomain.FrameDetachedEvent.self) {
            if event.reason == .swap {
                frames.left(event.frameID, by: owner)
            } else {
                frames.detached(event.frameID, by: owner)
            }
        }
    }

    private mutating func applyToDocument(_ message: CDPEventMessage) {
        if let event = message.as(PageDomain.LifecycleEventEvent.self) {
            if event.frameID == mainFrame { document.reached(event.name, loader: event.loaderID) }
        } else if let event = message.as(PageDomain.FrameNavigatedEvent.self) {
            guard event.frame.parentID == nil else { return }
            mainFrame = event.frame.id
            document.committed(event.frame)
            isCrashed = false
            pendingURL = nil
        } else if let event = message.as(PageDomain.NavigatedWithinDocumentEvent.self) {
            guard event.frameID == mainFrame else { return }
            document.moved(to: event.url)
            pendingURL = nil
        } else if let event = message.as(PageDomain.FrameRequestedNavigationEvent.self) {
            if event.frameID == mainFrame, event.disposition == .currentTab { pendingURL = event.url }
        } else if let event = message.as(PageDomain.FrameStartedNavigatingEvent.self) {
            if event.frameID == mainFrame { pendingURL = event.url }
        } else if let event = message.as(PageDomain.FrameStoppedLoadingEvent.self) {
            if event.frameID == mainFrame { pendingURL = nil }
        }
    }

    /// The page refused to be left.
    mutating func stayed() { pendingURL = nil }

    /// A navigation starts a new renderer; the event that says so may come after the first ones of the new document.
    mutating func expectRecovery() {
        isCrashed = false
    }

    /// The navigation brought no document: the page is as dead as it was.
    mutating func recoveryFailed() {
        isCrashed = true
    }

    /// Where scripts of a world run in a frame (nil: the main one), and who speaks for it; nil between two documents.
    func context(
        of frame: PageDomain.FrameID?,
        _ world: ExecutionContexts.World
    ) -> (context: ExecutionContexts.Context, owner: FrameOwner)? {
        guard let frame = frame ?? mainFrame, let owner = frames.frames[frame]?.owner else { return nil }
        return contexts.context(of: frame, world, by: owner).map { ($0, owner) }
    }

    /// The context our calls into the main frame run in; nil between two documents.
    var agentContext: ExecutionContextID? { context(of: nil, .agent)?.context.id }

    /// The page's own context of the main frame.
    var pageContext: ExecutionContextID? { context(of: nil, .page)?.context.id }
}
