import CDPProtocol
import JSON
import Testing

@testable import BrowserAutomation

/// Frames that change their process, in every order the sessions may tell of it.
@Suite struct FrameTreeTests {
    private let main = PageDomain.FrameID(rawValue: "MAIN")
    private let child = PageDomain.FrameID(rawValue: "CHILD")
    private let remote = FrameOwner.session(.init(rawValue: "S1"))

    private func frame(
        _ id: PageDomain.FrameID,
        _ url: String,
        parent: PageDomain.FrameID? = nil,
        loader: String = "L"
    ) throws -> PageDomain.Frame {
        var json: JSONValue = [
            "id": .string(id.rawValue), "loaderId": .string(loader), "url": .string(url), "mimeType": "text/html",
        ]
        if let parent { json["parentId"] = .string(parent.rawValue) }
        return try .init(from: json)
    }

    /// A page with one frame of its own process.
    private func tree() throws -> FrameTree {
        var tree = FrameTree()
        tree.navigated(try frame(main, "http://a/"), by: .page)
        tree.attached(child, to: main, by: .page)
        return tree
    }

    @Test func `a document is left when its frame has another one, or is gone`() throws {
        var tree = FrameTree()
        func hasLeft(_ loader: String) -> Bool { tree.hasLeft(.init(rawValue: loader)) }
        tree.navigated(try frame(main, "http://a/", loader: "first"), by: .page)
        tree.attached(child, to: main, by: .page)
        tree.navigated(try frame(child, "http://a/inner", parent: main, loader: "inner"), by: .page)
        // Told of again, as with a frame tree that is read.
        tree.navigated(try frame(child, "http://a/inner", parent: main, loader: "inner"), by: .page)
        #expect(!hasLeft("first") && !hasLeft("inner"))
        tree.moved(child, below: main, url: "", to: remote)
        tree.navigated(try frame(child, "http://b/", parent: main, loader: "remote"), by: remote)
        #expect(!hasLeft("first") && hasLeft("inner") && !hasLeft("remote"))
        tree.navigated(try frame(main, "http://a/2", loader: "second"), by: .page)
        #expect(hasLeft("first") && hasLeft("remote") && !hasLeft("second"))
        for number in 0..<200 { tree.navigated(try frame(main, "http://a/", loader: "\(number)"), by: .page) }
        #expect(hasLeft("198") && !hasLeft("first"), "they are bounded")
    }

    @Test func `a frame goes to another process before or after its parent lets it go`() throws {
        for leavesFirst in [true, false] {
            var tree = try tree()
            if leavesFirst { tree.left(child, by: .page) }
            tree.moved(child, below: main, url: "", to: remote)
            #expect(tree.navigated(try frame(child, "http://b/", parent: main), by: remote))
            if !leavesFirst { tree.left(child, by: .page) }
            #expect(tree.frames[child]?.owner == remote)
            #expect(tree.frames[child]?.url == "http://b/")
            #expect(tree.frames[child]?.parent == main)
        }
    }

    @Test func `a frame comes back before or after its session ends`() throws {
        for endsFirst in [true, false] {
            var tree = try tree()
            tree.moved(child, below: main, url: "http://b/", to: remote)
            if endsFirst { #expect(tree.ended(remote) == [child]) }
            tree.attached(child, to: main, by: .page)
            if !endsFirst { #expect(tree.ended(remote).isEmpty) }
            tree.removeOrphan(child)
            #expect(tree.frames[child]?.owner == .page)
            #expect(tree.navigated(try frame(child, "http://a/2", parent: main), by: .page))
        }
    }

    @Test func `a frame whose session ends and that nobody takes is gone`() throws {
        var tree = try tree()
        tree.moved(child, below: main, url: "http://b/", to: remote)
        #expect(tree.ended(remote) == [child])
        #expect(tree.frames[child]?.owner == nil)
        tree.removeOrphan(child)
        #expect(tree.frames.count == 1)
    }

    @Test func `what a session says of a frame it lost is dropped`() throws {
        var tree = try tree()
        tree.moved(child, below: main, url: "http://b/", to: remote)
        #expect(!tree.navigated(try frame(child, "http://stale/", parent: main), by: .page))
        tree.setURL("http://stale/", of: child, by: .page)
        tree.left(child, by: .page)
        #expect(tree.frames[child]?.url == "http://b/")
        #expect(tree.frames[child]?.owner == remote)
    }

    @Test func `the parent's session removes a frame of another process with all that is inside`() throws {
        var tree = try tree()
        tree.moved(child, below: main, url: "http://b/", to: remote)
        let (inner, innermost) = (PageDomain.FrameID(rawValue: "INNER"), PageDomain.FrameID(rawValue: "INNERMOST"))
        tree.attached(inner, to: child, by: remote)
        tree.moved(innermost, below: inner, url: "", to: .session(.init(rawValue: "S2")))
        tree.detached(child, by: .session(.init(rawValue: "S2")))
        #expect(tree.frames.count == 4)
        tree.detached(child, by: .page)
        #expect(tree.frames.count == 1)
    }

    @Test func `a crash marks the frames of its process until it has a new one`() throws {
        var tree = try tree()
        tree.moved(child, below: main, url: "http://b/", to: remote)
        tree.crashed(remote)
        #expect(tree.frames[child]?.isCrashed == true)
        #expect(tree.frames[main]?.isCrashed == false)
        tree.navigated(try frame(child, "http://b/2", parent: main), by: remote)
        #expect(tree.frames[child]?.isCrashed == false)
    }

    @Test func `contexts belong to the session that announced them`() throws {
        var contexts = ExecutionContexts()
        let context = try RuntimeDomain.ExecutionContextDescription(
            from: [
                "id": 1, "origin": "http://b", "name": "cpa", "uniqueId": "U",
                "auxData": ["frameId": "CHILD", "isDefault": false],
            ]
        )
        contexts.created(context, by: remote)
        #expect(contexts.context(of: child, .agent, by: .page) == nil)
        #expect(contexts.context(of: child, .agent, by: remote)?.origin == "http://b")
        contexts.clear(.page)
        #expect(contexts.context(of: child, .agent, by: remote) != nil)
        contexts.clear(remote)
        #expect(contexts.context(of: child, .agent, by: remote) == nil)
    }
}
