import CDP
package import CDPProtocol
package import JSON

extension PageSession {
    /// Functions that change nothing a user could: they give the page no right to open windows, and save Chromium from
    /// telling its browser process about a gesture.
    private static let readingFunctions: Set<String> = [
        "prepare", "finish", "entered", "settle", "extract", "expect", "waitFor", "pageInfo",
        "boxForShot", "still", "unstill", "dragBegan", "overlayGone", "through", "passed",
    ]

    /// Calls a function of the in-page agent in a frame's document and waits for what its promise brings.
    ///
    /// The call crosses as names and values only; no script is sent.
    /// - Parameters:
    ///   - function: first argument of `cpaAgent.call`.
    ///   - argument: second one.
    ///   - frame: nil for the main one.
    ///   - deadline: for finding a document and for the answer.
    /// - Throws: `BrowserError`: `documentReplaced`, `pageCrashed`, `dialogOpen`, `timeout`, `pageClosed`, `protocolError`.
    package func callAgent(
        _ function: String,
        _ argument: JSONValue,
        in frame: PageDomain.FrameID? = nil,
        deadline: Duration
    ) async throws -> JSONValue {
        let end = ContinuousClock.now.advanced(by: deadline + agentGrace)
        try reportDialog()
        let place = try await agentPlace(of: frame, until: end)
        let call = startAgentCall(function, argument, at: place, deadline: end - .now)
        return try await finishAgentCall(call)
    }

    /// Starts an agent call in this turn of the loop; `finishAgentCall` waits for it.
    ///
    /// For pipelining input and its confirmation in one write.
    package func startAgentCall(
        _ function: String,
        _ argument: JSONValue,
        at place: AgentPlace,
        deadline: Duration
    ) -> AgentCall {
        let call = place.session.start(
            RuntimeDomain.CallFunctionOn(
                functionDeclaration: "(name, argument) => cpaAgent.call(name, argument)",
                arguments: [RuntimeDomain.CallArgument(value: .string(function)), .init(value: argument)],
                returnByValue: true,
                userGesture: Self.readingFunctions.contains(function) ? nil : true,
                awaitPromise: true,
                uniqueContextID: place.context.rawValue
            ),
            deadline: deadline
        )
        let number = nextNumber()
        agentCalls[number] = call
        return AgentCall(number: number, call: call, isOfPage: place.session.id == session.id)
    }

    /// An agent call on its way.
    package struct AgentCall: Sendable {
        let number: Int
        let call: CDPCall<RuntimeDomain.CallFunctionOn>
        /// Whether it went to the page's own session: the session of a frame may end or crash and the page goes on.
        let isOfPage: Bool
    }

    /// What a started agent call brings.
    package func finishAgentCall(_ call: AgentCall) async throws -> JSONValue {
        try await Self.value(of: finish(call))
    }

    /// Forgets a started agent call; what it brings is of no use any more.
    func drop(_ call: AgentCall) {
        agentCalls[call.number] = nil
    }

    private func finish(_ call: AgentCall) async throws -> RuntimeDomain.CallFunctionOn.Reply {
        defer { agentCalls[call.number] = nil }
        do {
            let reply = try await call.call.reply()
            if call.isOfPage { isUnresponsive = false }
            return reply
        } catch let error as CDPError where error.code == .refused && Self.meansNewDocument(error.message) {
            throw BrowserError(.documentReplaced, "The page went to another document during the call")
        } catch let error as CDPError where error.code == .detached && !call.isOfPage {
            throw BrowserError(.documentReplaced, "The frame left its process during the call")
        } catch let error as CDPError where error.code == .crashed && !call.isOfPage {
            throw BrowserError(.pageCrashed, "A frame of the page at \(url) crashed; reload the page")
        } catch {
            if call.isOfPage, (error as? CDPError)?.code == .timedOut { isUnresponsive = true }
            throw failure(error)
        }
    }

    /// Chromium has no code for it; these are its words (v8_inspector, content/browser/devtools).
    private static func meansNewDocument(_ message: String) -> Bool {
        [
            "Cannot find context", "Execution context was destroyed", "Inspected target navigated or closed",
            "uniqueContextId not found", "Promise was collected", "Execution context is not available",
        ].contains { message.contains($0) }
    }

    private static func value(of reply: RuntimeDomain.CallFunctionOn.Reply) throws -> JSONValue {
        try value(reply.result, reply.exceptionDetails)
    }

    static func value(
        _ object: RuntimeDomain.RemoteObject,
        _ exception: RuntimeDomain.ExceptionDetails?
    ) throws -> JSONValue {
        if let exception {
            let words = exception.exception?.description ?? exception.exception?.value?.string ?? exception.text
            throw BrowserError(.protocolError, "The script failed in the page: \(words)")
        }
        return object.value ?? object.unserializableValue.map(JSONValue.string) ?? .null
    }

    /// The agent of a frame (nil: the main one), as soon as there is one.
    package func agentPlace(
        of frame: PageDomain.FrameID? = nil,
        until deadline: ContinuousClock.Instant
    ) async throws -> AgentPlace {
        if let place = agentPlace(of: frame) { return place }
        if frame == nil || frame == state.mainFrame { summonAgent() }
        return try await wait(
            until: deadline,
            for: frame == nil ? "the page to have a document" : "the frame to have a document"
        ) {
            page in
            if let error = page.loss(of: frame) { return .failure(error) }
            return page.agentPlace(of: frame).map { .success($0) }
        }
    }

    /// The agent, then what it is to know of this page's options.
    func agentScripts(for reach: AgentReach) -> [PageDomain.AddScriptToEvaluateOnNewDocument] {
        Self.scripts([AgentScript.source], for: reach) + optionScripts(for: reach)
    }

    /// What the agent is to know of this page's options.
    func optionScripts(for reach: AgentReach) -> [PageDomain.AddScriptToEvaluateOnNewDocument] {
        let testID = options.testIDAttribute.map { "cpaAgent.useTestID(\(JSONValue.string($0).text()))" }
        return Self.scripts([testID].compactMap { $0 }, for: reach)
    }

    /// Scripts of the agent's world; none when Chromium is not to be told of the agent yet.
    private static func scripts(
        _ sources: [String],
        for reach: AgentReach
    ) -> [PageDomain.AddScriptToEvaluateOnNewDocument] {
        guard reach != .none else { return [] }
        return sources.map { source in
            PageDomain.AddScriptToEvaluateOnNewDocument(
                source: source,
                worldName: ExecutionContexts.agentWorldName,
                runImmediately: reach == .all ? true : nil
            )
        }
    }

    /// Before the page is sent to another document: that one is to have the agent.
    func announceAgent() {
        guard agentReach == .none else { return }
        extendAgent(to: .documentsToCome)
    }

    /// Puts the agent into the empty document a page of ours began with, when somebody acts there after all.
    ///
    /// Documents to come run it twice when they were announced, and the second time finds the first.
    func summonAgent() {
        guard agentReach != .all, state.document.url == "about:blank", state.pendingURL == nil else { return }
        extendAgent(to: .all)
    }

    private func extendAgent(to reach: AgentReach) {
        agentReach = reach
        for script in agentScripts(for: reach) { session.post(script) }
    }

    /// Why the document of a frame does not come by itself.
    private func loss(of frame: PageDomain.FrameID?) -> BrowserError? {
        if state.isCrashed {
            return BrowserError(.pageCrashed, "The page at \(url) crashed; open an address again")
        }
        guard let frame, frame != state.mainFrame else { return nil }
        guard let known = state.frames.frames[frame] else {
            return BrowserError(.documentReplaced, "The frame was removed from the page")
        }
        guard known.isCrashed else { return nil }
        return BrowserError(.pageCrashed, "The frame at \(known.url) crashed; reload the page")
    }

    private func pageContext(until deadline: ContinuousClock.Instant) async throws -> ExecutionContextID {
        // A script may open other documents, in frames too.
        summonAgent()
        return try await wait(until: deadline, for: "the page to have a document") { page in
            if let error = page.loss(of: nil) { return .failure(error) }
            return page.state.pageContext.map { .success($0) }
        }
    }

    // MARK: The page's own world

    /// Evaluates an expression in the page's own world; a promise is awaited.
    ///
    /// For scenarios that are allowed to; never repeated.
    package func evaluate(_ expression: String, deadline: Duration) async throws -> JSONValue {
        try reportDialog()
        let end = ContinuousClock.now.advanced(by: deadline)
        let context = try await pageContext(until: end)
        let reply = try await callReportingNewDocument(
            RuntimeDomain.Evaluate(
                expression: expression,
                returnByValue: true,
                userGesture: true,
                awaitPromise: true,
                uniqueContextID: context.rawValue
            ),
            deadline: end - .now
        )
        return try Self.value(reply.result, reply.exceptionDetails)
    }

    /// Calls a function, given as its source, with one value in the page's own world; a promise is awaited.
    package func evaluateFunction(
        _ declaration: String,
        _ argument: JSONValue,
        deadline: Duration
    ) async throws -> JSONValue {
        try reportDialog()
        let end = ContinuousClock.now.advanced(by: deadline)
        let context = try await pageContext(until: end)
        let reply = try await callReportingNewDocument(
            RuntimeDomain.CallFunctionOn(
                functionDeclaration: declaration,
                arguments: [RuntimeDomain.CallArgument(value: argument)],
                returnByValue: true,
                userGesture: true,
                awaitPromise: true,
                uniqueContextID: context.rawValue
            ),
            deadline: end - .now
        )
        return try Self.value(of: reply)
    }

    /// A handle on what an expression in the agent's world gives, for commands that take an object; release it.
    package func agentObject(
        _ expression: String,
        in frame: PageDomain.FrameID? = nil,
        deadline: Duration
    ) async throws -> RuntimeDomain.RemoteObjectID? {
        let end = ContinuousClock.now.advanced(by: deadline)
        let place = try await agentPlace(of: frame, until: end)
        let reply = try await callReportingNewDocument(
            RuntimeDomain.Evaluate(expression: expression, awaitPromise: true, uniqueContextID: place.context.rawValue),
            on: place.session,
            deadline: end - .now
        )
        if reply.exceptionDetails != nil { _ = try Self.value(reply.result, reply.exceptionDetails) }
        return reply.result.objectID
    }

    private func callReportingNewDocument<Command: CDPCommand>(
        _ command: Command,
        on session: CDPSession? = nil,
        deadline: Duration
    ) async throws -> Command.Reply {
        do {
            return try await (session ?? self.session).start(command, deadline: deadline).reply()
        } catch let error as CDPError where error.code == .refused && Self.meansNewDocument(error.message) {
            throw BrowserError(.documentReplaced, "The page went to another document during the call")
        } catch {
            throw failure(error)
        }
    }
}
