package import CDP
import CDPProtocol
import JSON

extension PageSession {
    /// Everything a session of this page is told while its target is paused: the page itself, and each frame that gets a
    /// process of its own.
    ///
    /// What holds for the whole page belongs here, or frames of other sites behave differently.
    func briefing(for owner: FrameOwner) -> [any CDPCommand] {
        var commands: [any CDPCommand] = [
            PageDomain.Enable(),
            PageDomain.SetLifecycleEventsEnabled(enabled: true),
            RuntimeDomain.Enable(),
            EmulationDomain.SetFocusEmulationEnabled(enabled: true),
            // Workers that no filter names would stay paused for ever: they are taken, and let go at once.
            TargetDomain.SetAutoAttach(
                autoAttach: true,
                waitForDebuggerOnStart: true,
                flatten: true,
                filter: [.init(type: "iframe"), .init(type: "worker")]
            ),
        ]
        commands += options.commands(replacing: nil, browserUserAgent: browserUserAgent, for: owner)
        return commands
    }

    /// The page's session and those of its frames.
    package var sessions: [CDPSession] { [session] + frameSessions.values.map(\.session) }

    func session(of owner: FrameOwner) -> CDPSession? {
        switch owner {
        case .page: session
        case .session(let id): frameSessions[id]?.session
        }
    }

    /// The agent of a frame, nil for the main one; nil between two documents.
    func agentPlace(of frame: PageDomain.FrameID?) -> AgentPlace? {
        guard let found = state.context(of: frame, .agent), let session = session(of: found.owner) else { return nil }
        return AgentPlace(session: session, context: found.context.id, contextNumber: found.context.number)
    }

    // MARK: Processes of frames

    /// `Target.attachedToTarget` on one of the page's sessions: its target is paused.
    func adopt(
        _ id: TargetDomain.SessionID,
        _ target: TargetDomain.TargetID,
        isFrame: Bool,
        from parent: FrameOwner
    ) {
        let child = CDPSession(connection: session.connection, id: id)
        guard isFrame else {
            child.post(RuntimeDomain.RunIfWaitingForDebugger())
            self.session(of: parent)?.post(TargetDomain.DetachFromTarget(sessionID: id))
            return
        }
        let frame = PageDomain.FrameID(rawValue: target.rawValue)
        let entry = FrameSession(child, id: id, frame: frame, parent: parent, page: self)
        frameSessions[id] = entry
        session.connection.assumeIsolated { $0.handle(id, by: entry) }
        for command in briefing(for: entry.owner) { child.post(command) }
        for script in agentScripts(for: .all) { child.post(script) }
        attachObservers(to: child)
        child.post(RuntimeDomain.RunIfWaitingForDebugger())
    }

    /// The frame is gone, or it came back into its parent's process; `Page.frameAttached`, which tells the two apart, may be
    /// behind this.
    func frameSessionEnded(_ ended: FrameSession) {
        guard let id = ended.session.id, frameSessions.removeValue(forKey: id) != nil else { return }
        let orphans = state.ended(ended.owner)
        didChange()
        guard !orphans.isEmpty, let parent = session(of: ended.parent), isOpen else { return }
        let roundTrip = parent.start(PageDomain.Enable(), deadline: .seconds(10))
        // Not structured: nobody waits for it, and it ends by its deadline.
        Task {
            _ = try? await roundTrip.reply()
            removeOrphans(orphans)
        }
    }

    private func removeOrphans(_ frames: [PageDomain.FrameID]) {
        for frame in frames { state.removeOrphan(frame) }
        didChange()
    }
}
