import CDP
import CDPProtocol
import EventLoops
import JSON

/// What a page consists of at a moment.
struct ShownDocuments: Equatable {
    /// Each document has an agent of its own: their contexts.
    var documents: Set<String> = []
    /// How many documents its main frame had; told by another event than the contexts.
    var commits = 0
}

extension PageSession {
    /// Between two frames. Chromium draws none before the last one was acknowledged: the rate is bounded at its source.
    private static let framePause = Duration.milliseconds(200)
    /// A document that paints nothing says so to nobody.
    private static let paintLimit = Duration.seconds(5)
    private static let startTries = 100
    private static let frameQuality = 50
    /// Larger pages are sent smaller, in pixels.
    private static let frameSize = (width: 1280, height: 1280)

    /// Sends a frame to the recorder whenever the page looks different, at most five a second, until the page is closed.
    ///
    /// Fields show dots from the moment a secret is entered into them; a frame of a page whose text shows a secret is dropped.
    package func startRecording(_ recorder: Recorder) {
        guard !isRecorded, isOpen else { return }
        isRecorded = true
        // A frame is kept when an agent has said that it shows no secret.
        summonAgent()
        observe(session, [PageDomain.ScreencastFrameEvent.method]) { page, event, session in
            guard let event = event.as(PageDomain.ScreencastFrameEvent.self) else { return }
            page.take(event, of: session, for: recorder)
        }
        // Not structured: the recording goes on until the page ends.
        Task {
            for _ in 0..<Self.startTries where isOpen {
                if await startScreencast(of: session, showing: ShownDocuments()) { return }
                try? await loop.sleep(for: Self.framePause)
            }
        }
    }

    /// Chromium numbers the screencasts it takes, and a frame has the number of its own.
    ///
    /// - Returns: false when Chromium refuses it: the page is on its way to another document.
    private func startScreencast(of session: CDPSession, showing documents: ShownDocuments) async -> Bool {
        screencast.number += 1
        screencast.shown = documents
        do {
            _ = try await session.start(
                PageDomain.StartScreencast(
                    format: .jpeg,
                    quality: Self.frameQuality,
                    maxWidth: Self.frameSize.width,
                    maxHeight: Self.frameSize.height
                ),
                deadline: .seconds(5)
            ).reply()
            return true
        } catch {
            // Late frames of the one before are vouched for by nobody.
            screencast.number -= 1
            screencast.shown = ShownDocuments()
            return false
        }
    }

    private func take(_ event: PageDomain.ScreencastFrameEvent, of session: CDPSession, for recorder: Recorder) {
        let frame = RecordedFrame(base64: event.data, time: .now)
        // Not structured: an event has no task. Bounded, because the next frame comes after the acknowledgement only.
        Task {
            let secrets = recorder.secrets()
            if secrets.isEmpty {
                recorder.take(frame)
            } else if event.sessionID == screencast.number {
                let showsSecret = screencast.shown == shown ? await showsText(of: secrets) : nil
                if showsSecret == nil || screencast.shown != shown {
                    // Nobody can say what this frame shows. A page that stands still sends no other by itself.
                    await renewScreencast(of: session)
                } else if showsSecret == false {
                    recorder.take(frame)
                }
            }
            try? await loop.sleep(for: Self.framePause)
            session.post(PageDomain.ScreencastFrameAck(sessionID: event.sessionID))
        }
    }

    /// Begins a screencast of the documents that are shown now.
    ///
    /// The agents of these answer for its frames, so none may show what was there before: it begins when Chromium has painted
    /// the new document, or had the time to.
    private func renewScreencast(of session: CDPSession) async {
        guard !screencast.isRenewed else { return }
        screencast.isRenewed = true
        defer { screencast.isRenewed = false }
        session.post(PageDomain.StopScreencast())
        for _ in 0..<Self.startTries where isOpen {
            let end = ContinuousClock.now + Self.paintLimit
            while shown.documents.isEmpty || !state.document.isPainted, isOpen, .now < end {
                try? await loop.sleep(for: .milliseconds(50))
            }
            if await startScreencast(of: session, showing: shown) { return }
            try? await loop.sleep(for: Self.framePause)
        }
    }

    private var shown: ShownDocuments {
        let agents = state.frames.frames.keys.compactMap { agentPlace(of: $0)?.context.rawValue }
        return ShownDocuments(documents: Set(agents), commits: state.document.commits)
    }

    /// Whether a document of the page shows one of these texts outside of fields that hide it; nil when one does not say.
    private func showsText(of secrets: [String]) async -> Bool? {
        let argument: JSONValue = ["secrets": .array(secrets.map(JSONValue.string))]
        let calls = state.frames.frames.keys.compactMap { agentPlace(of: $0) }.map { place in
            place.session.start(
                RuntimeDomain.CallFunctionOn(
                    functionDeclaration: "(name, argument) => cpaAgent.call(name, argument)",
                    arguments: [.init(value: "showsSecret"), .init(value: argument)],
                    returnByValue: true,
                    awaitPromise: true,
                    uniqueContextID: place.context.rawValue
                ),
                deadline: .seconds(1)
            )
        }
        for call in calls {
            guard let reply = try? await call.reply(), let shown = reply.result.value?["ok"]?["shown"]?.bool else {
                return nil
            }
            if shown { return true }
        }
        return false
    }
}
