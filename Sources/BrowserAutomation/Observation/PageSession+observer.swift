import CDP
import CDPProtocol

extension PageSession {
    private static let textLimit = 2000

    /// Tells who observes the context; called after the state has taken the event.
    func tell(of message: CDPEventMessage) {
        guard let observer else { return }
        let kind: ContextEvent.Kind
        switch message.method {
        case PageDomain.FrameNavigatedEvent.method:
            guard let event = message.as(PageDomain.FrameNavigatedEvent.self), event.frame.parentID == nil else {
                return
            }
            kind = .navigated(url: url, isSameDocument: false)
        case PageDomain.NavigatedWithinDocumentEvent.method:
            guard let event = message.as(PageDomain.NavigatedWithinDocumentEvent.self), event.frameID == mainFrame
            else { return }
            kind = .navigated(url: event.url, isSameDocument: true)
        case PageDomain.JavascriptDialogOpeningEvent.method:
            guard let record = dialogRecords.last else { return }
            kind = .dialog(record)
        case InspectorDomain.TargetCrashedEvent.method: kind = .crashed
        default: return
        }
        observer.take(ContextEvent(page: self, kind: kind))
    }

    /// Tells of what the console log has just taken.
    func tellOfConsole() {
        guard let observer, let message = consoleLog.messages.last else { return }
        let text = String(message.text.prefix(Self.textLimit))
        switch message.source {
        case .exception: observer.take(ContextEvent(page: self, kind: .scriptError(text)))
        case .console, .browser:
            observer.take(ContextEvent(page: self, kind: .console(level: message.level, text: text)))
        }
    }
}
