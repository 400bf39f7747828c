import CDP
import CDPProtocol
package import JSON

extension PageSession {
    /// Runs an expression or a function of a scenario in the page's own world, once.
    ///
    /// - Parameter arguments: handed to the function; null when it takes none.
    package func run(
        script: String,
        _ arguments: JSONValue,
        until deadline: ContinuousClock.Instant
    ) async throws -> JSONValue {
        try await untilNoNavigation(deadline)
        if Self.isFunction(script) {
            return try await evaluateFunction(script, arguments, deadline: deadline - .now)
        }
        return try await evaluate(script, deadline: deadline - .now)
    }

    /// Runs a function of a scenario with the element a selector names as its first argument, once.
    ///
    /// The element is that of its own frame's world (DOM.resolveNode).
    package func run(
        script: String,
        _ arguments: JSONValue,
        on selector: Selector,
        until deadline: ContinuousClock.Instant
    ) async throws -> JSONValue {
        guard Self.isFunction(script) else {
            throw BrowserError(.invalidInput, "With a selector the script must be a function: (element, args) => …")
        }
        let found = try await ask("chooseElement", ["selector": selector.json], until: deadline)
        let place = try await agentPlace(of: found.frame, until: deadline)
        guard let handle = try await agentObject("cpaAgent.uploadElement()", in: found.frame, deadline: deadline - .now)
        else { throw BrowserError(.documentReplaced, "The page went to another document before the script ran") }
        let node = try await call(
            DOMDomain.DescribeNode(objectID: handle),
            on: place.session,
            deadline: deadline - .now
        ).node
        let own = try await call(
            DOMDomain.ResolveNode(backendNodeID: node.backendNodeID),
            on: place.session,
            deadline: deadline - .now
        ).object
        defer {
            for object in [handle, own.objectID].compactMap(\.self) {
                place.session.post(RuntimeDomain.ReleaseObject(objectID: object))
            }
        }
        let reply = try await call(
            RuntimeDomain.CallFunctionOn(
                functionDeclaration: "function (args) { return (\(script))(this, args); }",
                objectID: own.objectID,
                arguments: [RuntimeDomain.CallArgument(value: arguments)],
                returnByValue: true,
                userGesture: true,
                awaitPromise: true
            ),
            on: place.session,
            deadline: deadline - .now
        )
        return try Self.value(reply.result, reply.exceptionDetails)
    }

    /// Waits inside the page until a function (or expression) of a scenario becomes true, across navigations.
    package func waitFor(
        script: String,
        _ arguments: JSONValue,
        until deadline: ContinuousClock.Instant
    ) async throws {
        let condition = Self.isFunction(script) ? "(\(script))(args)" : "(\(script))"
        let waiting = """
            async ({ args, timeout }) => {
              const end = performance.now() + timeout;
              while (!(await \(condition))) {
                if (performance.now() >= end) return false;
                await new Promise((next) => setTimeout(next, 50));
              }
              return true;
            }
            """
        while true {
            try await untilNoNavigation(deadline)
            let argument: JSONValue = [
                "args": arguments, "timeout": JSONValue(max(0, (deadline - .now).wholeMilliseconds)),
            ]
            do {
                let limit = deadline - .now + agentGrace
                guard try await evaluateFunction(waiting, argument, deadline: limit) == .bool(true) else {
                    throw BrowserError(.timeout, "The function did not become true on \(url): \(script.prefix(120))")
                }
                return
            } catch let error as BrowserError where error.code == .documentReplaced {
                continue
            }
        }
    }

    private static func isFunction(_ script: String) -> Bool {
        let head = script.trimmed
        if head.hasPrefix("function") || head.hasPrefix("async ") { return true }
        guard let arrow = head.firstRange(of: "=>") else { return false }
        let parameters = head[..<arrow.lowerBound].trimmingSuffix { $0.isWhitespace }
        return parameters.hasPrefix("(")
            ? parameters.hasSuffix(")") : parameters.allSatisfy { $0.isLetter || $0 == "_" || $0 == "$" }
    }

    /// Makes it the page that has the focus of its context.
    package func bringToFront(until deadline: ContinuousClock.Instant) async throws {
        try await call(PageDomain.BringToFront(), deadline: deadline - .now)
    }

    /// Title of the document.
    package func title(until deadline: ContinuousClock.Instant) async throws -> String {
        try await ask("pageInfo", [:], until: deadline).result["title"]?.string ?? ""
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
        var rest = self
        while let last = rest.last, predicate(last) { rest.removeLast() }
        return rest
    }
}
