import CDP
import CDPProtocol
import JSON
import Testing

@testable import BrowserAutomation

@Suite struct PageStateTests {
    /// A page whose main frame is MAIN, showing the document of loader L0.
    private func page() throws -> PageState {
        var state = PageState()
        state.load(try .init(from: ["frame": frame("MAIN", loader: "L0", url: "about:blank")]))
        return state
    }

    private func frame(_ id: String, loader: String, url: String, parent: String? = nil) -> JSONValue {
        var frame: JSONValue = [
            "id": .string(id), "loaderId": .string(loader), "url": .string(url), "mimeType": "text/html",
        ]
        if let parent { frame["parentId"] = .string(parent) }
        return frame
    }

    private func event(_ method: String, _ parameters: JSONValue) -> CDPEventMessage {
        CDPEventMessage(method: method, parameters: parameters)
    }

    private func context(_ id: String, frame: String, name: String = "", isDefault: Bool) -> CDPEventMessage {
        event(
            "Runtime.executionContextCreated",
            [
                "context": [
                    "id": 1, "origin": "", "name": .string(name), "uniqueId": .string(id),
                    "auxData": ["frameId": .string(frame), "isDefault": .bool(isDefault)],
                ]
            ]
        )
    }

    @Test func `contexts are told apart by frame and world, and go with their document`() throws {
        var state = try page()
        _ = state.apply(context("page", frame: "MAIN", isDefault: true))
        _ = state.apply(context("agent", frame: "MAIN", name: "cpa", isDefault: false))
        _ = state.apply(context("child", frame: "CHILD", name: "cpa", isDefault: false))
        _ = state.apply(context("other", frame: "MAIN", name: "extension", isDefault: false))
        #expect(state.agentContext?.rawValue == "agent")
        #expect(state.pageContext?.rawValue == "page")
        _ = state.apply(
            event("Runtime.executionContextDestroyed", ["executionContextId": 1, "executionContextUniqueId": "agent"])
        )
        #expect(state.agentContext == nil)
        #expect(state.pageContext != nil)
        _ = state.apply(event("Runtime.executionContextsCleared", [:]))
        #expect(state.pageContext == nil)
    }

    @Test func `life cycle events of another loader or frame do not count`() throws {
        var state = try page()
        _ = state.apply(event("Page.frameNavigated", ["frame": frame("MAIN", loader: "L1", url: "http://a/")]))
        for (frame, loader) in [("MAIN", "L0"), ("CHILD", "L1")] {
            _ = state.apply(lifecycle("load", frame: frame, loader: loader))
        }
        #expect(state.document.lifecycle.isEmpty)
        _ = state.apply(lifecycle("load", frame: "MAIN", loader: "L1"))
        #expect(state.document.lifecycle == ["load"])
    }

    private func lifecycle(_ name: String, frame: String, loader: String) -> CDPEventMessage {
        event(
            "Page.lifecycleEvent",
            ["name": .string(name), "frameId": .string(frame), "loaderId": .string(loader), "timestamp": 1]
        )
    }

    @Test func `frames come and go with their parents' documents`() throws {
        var state = try page()
        _ = state.apply(event("Page.frameAttached", ["frameId": "A", "parentFrameId": "MAIN"]))
        _ = state.apply(event("Page.frameAttached", ["frameId": "B", "parentFrameId": "A"]))
        _ = state.apply(
            event("Page.frameNavigated", ["frame": frame("A", loader: "L2", url: "http://in/", parent: "MAIN")])
        )
        #expect(Set(state.frames.frames.keys.map(\.rawValue)) == ["MAIN", "A"])
        #expect(state.document.commits == 0)
        _ = state.apply(event("Page.frameDetached", ["frameId": "A", "reason": "remove"]))
        #expect(state.frames.frames.count == 1)
    }

    @Test func `a navigation of the main frame is pending until it commits, stops or changes only the address`() throws
    {
        let request = event(
            "Page.frameRequestedNavigation",
            ["frameId": "MAIN", "reason": "anchorClick", "url": "http://b/", "disposition": "currentTab"]
        )
        for end in [
            event("Page.frameNavigated", ["frame": frame("MAIN", loader: "L2", url: "http://b/")]),
            event("Page.frameStoppedLoading", ["frameId": "MAIN"]),
            event(
                "Page.navigatedWithinDocument",
                ["frameId": "MAIN", "url": "http://a/#b", "navigationType": "fragment"]
            ),
        ] {
            var state = try page()
            _ = state.apply(request)
            #expect(state.pendingURL == "http://b/")
            _ = state.apply(event("Page.frameStoppedLoading", ["frameId": "CHILD"]))
            #expect(state.pendingURL != nil)
            _ = state.apply(end)
            #expect(state.pendingURL == nil)
        }
    }

    @Test func `a click that opens another tab leaves nothing pending`() throws {
        var state = try page()
        _ = state.apply(
            event(
                "Page.frameRequestedNavigation",
                ["frameId": "MAIN", "reason": "anchorClick", "url": "http://b/", "disposition": "newTab"]
            )
        )
        #expect(state.pendingURL == nil)
    }

    @Test func `a crash takes the contexts, a new document brings the page back`() throws {
        var state = try page()
        _ = state.apply(context("agent", frame: "MAIN", name: "cpa", isDefault: false))
        #expect(state.apply(event("Inspector.targetCrashed", [:])) == .crashed)
        #expect(state.isCrashed)
        #expect(state.agentContext == nil)
        _ = state.apply(event("Page.frameNavigated", ["frame": frame("MAIN", loader: "L3", url: "http://c/")]))
        #expect(!state.isCrashed)
        #expect(state.crashes == 1)
    }

    @Test func `a dialog asks to be handled, an event that cannot be read changes nothing`() throws {
        var state = try page()
        let dialog = event(
            "Page.javascriptDialogOpening",
            ["url": "u", "message": "Sure?", "type": "confirm", "hasBrowserHandler": false]
        )
        #expect(state.apply(dialog) == .handleDialog(kind: "confirm", message: "Sure?", defaultPrompt: nil))
        #expect(state.isDialogOpen)
        #expect(state.apply(event("Page.frameNavigated", ["frame": 7])) == nil)
        #expect(state.document.commits == 0)
    }
}
