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
        InputDomain.DragInterceptedEvent.method,
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

    /// Before a new drag.
    mutating func forgetDrag() { dragged = nil }

    mutating func load(_ tree: PageDomain.FrameTree) {
        mainFrame = tree.frame.id
        frames.load(tree)
        if document.commits == 0 { document.load(tree.frame) }
    }

    mutating func apply(_ event: CDPEventMessage) -> Effect? {
        switch event.method {
        case InspectorDomain.TargetCrashedEvent.method:
            isCrashed = true
            crashes += 1
            isDialogOpen = false
            pendingURL = nil
            contexts.clear()
            return .crashed
        case InspectorDomain.TargetReloadedAfterCrashEvent.method: isCrashed = false
        case RuntimeDomain.ExecutionContextsClearedEvent.method: contexts.clear()
        case RuntimeDomain.ExecutionContextCreatedEvent.method:
            if let event = event.as(RuntimeDomain.ExecutionContextCreatedEvent.self) { contexts.created(event.context) }
        case RuntimeDomain.ExecutionContextDestroyedEvent.method:
            if let event = event.as(RuntimeDomain.ExecutionContextDestroyedEvent.self) {
                contexts.destroyed(event.executionContextUniqueID)
            }
        case InputDomain.DragInterceptedEvent.method:
            dragged = event.as(InputDomain.DragInterceptedEvent.self)?.data
        case PageDomain.JavascriptDialogOpeningEvent.method:
            guard let event = event.as(PageDomain.JavascriptDialogOpeningEvent.self) else { break }
            isDialogOpen = true
            return .handleDialog(kind: event.type.rawValue, message: event.message, defaultPrompt: event.defaultPrompt)
        case PageDomain.JavascriptDialogClosedEvent.method: isDialogOpen = false
        default: applyFrame(event)
        }
        return nil
    }

    private mutating func applyFrame(_ message: CDPEventMessage) {
        if let event = message.as(PageDomain.LifecycleEventEvent.self) {
            if event.frameID == mainFrame { document.reached(event.name, loader: event.loaderID) }
        } else if let event = message.as(PageDomain.FrameNavigatedEvent.self) {
            frames.navigated(event.frame)
            guard event.frame.parentID == nil else { return }
            mainFrame = event.frame.id
            document.committed(event.frame)
            isCrashed = false
            pendingURL = nil
        } else if let event = message.as(PageDomain.NavigatedWithinDocumentEvent.self) {
            frames.setURL(event.url, of: event.frameID)
            guard event.frameID == mainFrame else { return }
            document.moved(to: event.url)
            pendingURL = nil
        } else if let event = message.as(PageDomain.FrameRequestedNavigationEvent.self) {
            if event.frameID == mainFrame, event.disposition == .currentTab { pendingURL = event.url }
        } else if let event = message.as(PageDomain.FrameStartedNavigatingEvent.self) {
            if event.frameID == mainFrame { pendingURL = event.url }
        } else if let event = message.as(PageDomain.FrameStoppedLoadingEvent.self) {
            if event.frameID == mainFrame { pendingURL = nil }
        } else if let event = message.as(PageDomain.FrameAttachedEvent.self) {
            frames.attached(event.frameID, to: event.parentFrameID)
        } else if let event = message.as(PageDomain.FrameDetachedEvent.self) {
            frames.detached(event.frameID)
        }
    }

    /// A navigation starts a new renderer; the event that says so may come after the first ones of the new document.
    mutating func expectRecovery() {
        isCrashed = false
    }

    /// The context our calls into the main frame run in; nil between two documents.
    var agentContext: ExecutionContextID? {
        mainFrame.flatMap { contexts.id(of: $0, .agent) }
    }

    /// The page's own context of the main frame.
    var pageContext: ExecutionContextID? {
        mainFrame.flatMap { contexts.id(of: $0, .page) }
    }
}
