import CDP
import CDPProtocol
import EventLoops
import JSON

extension PageSession {
    /// Between two frames. Chromium draws none before the last one was acknowledged: the rate is bounded at its source.
    private static let framePause = Duration.milliseconds(200)
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
        session.post(
            PageDomain.StartScreencast(
                format: .jpeg,
                quality: Self.frameQuality,
                maxWidth: Self.frameSize.width,
                maxHeight: Self.frameSize.height
            )
        )
    }

    private func take(_ event: PageDomain.ScreencastFrameEvent, of session: CDPSession, for recorder: Recorder) {
        let frame = RecordedFrame(base64: event.data, time: .now)
        let documents = documents
        // Not structured: an event has no task. Bounded, because the next frame comes after the acknowledgement only.
        Task {
            let secrets = recorder.secrets()
            // Another document would answer for the one that is shown; it has a frame of its own soon.
            var isSafe = secrets.isEmpty
            if !isSafe, !documents.isEmpty {
                isSafe = await !showsText(of: secrets) && documents == self.documents
            }
            if isSafe { recorder.take(frame) }
            try? await loop.sleep(for: Self.framePause)
            session.post(PageDomain.ScreencastFrameAck(sessionID: event.sessionID))
        }
    }

    /// What the page consists of at the moment: each document has an agent of its own.
    private var documents: Set<String> {
        Set(state.frames.frames.keys.compactMap { agentPlace(of: $0)?.context.rawValue })
    }

    /// Whether a document of the page shows one of these texts outside of fields that hide it; also when one does not say.
    private func showsText(of secrets: [String]) async -> Bool {
        guard !secrets.isEmpty else { return false }
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
            guard let reply = try? await call.reply(), reply.result.value?["ok"]?["shown"]?.bool == false else {
                return true
            }
        }
        return false
    }
}
