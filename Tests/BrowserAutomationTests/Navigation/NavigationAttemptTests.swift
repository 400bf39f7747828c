import CDPProtocol
import JSON
import Testing

@testable import BrowserAutomation

@Suite struct NavigationAttemptTests {
    private func frame(_ loader: String, _ url: String, unreachable: String? = nil) throws -> PageDomain.Frame {
        var value: JSONValue = [
            "id": "MAIN", "loaderId": .string(loader), "url": .string(url), "mimeType": "text/html",
        ]
        if let unreachable { value["unreachableUrl"] = .string(unreachable) }
        return try PageDomain.Frame(from: value)
    }

    private func loader(_ id: String) -> NetworkDomain.LoaderID { .init(rawValue: id) }

    private func replied(
        _ attempt: inout NavigationAttempt,
        _ loader: String?,
        error: String? = nil,
        isDownload: Bool = false,
        _ document: DocumentState
    ) -> Result<NavigationResult, BrowserError>? {
        attempt.replied(loader: loader.map(self.loader), errorText: error, isDownload: isDownload, in: document)
    }

    @Test func `the document of the reply's loader counts, when its life cycle got far enough`() throws {
        var document = DocumentState()
        var attempt = NavigationAttempt(url: "http://a/", waitUntil: .load, in: document)
        #expect(replied(&attempt, "L1", document) == nil)
        document.committed(try frame("L1", "http://a/landed"))
        #expect(attempt.verdict(document) == nil)
        document.reached("DOMContentLoaded", loader: loader("L1"))
        #expect(attempt.verdict(document) == nil)
        document.reached("load", loader: loader("L1"))
        #expect(attempt.verdict(document) == .success(.init(kind: .document, url: "http://a/landed")))
        #expect(attempt.verdict(document) == nil)
    }

    @Test func `a commit that came before the reply counts too`() throws {
        var document = DocumentState()
        var attempt = NavigationAttempt(url: "http://a/", waitUntil: .commit, in: document)
        document.committed(try frame("L1", "http://a/"))
        #expect(attempt.verdict(document) == nil)
        #expect(replied(&attempt, "L1", document) == .success(.init(kind: .document, url: "http://a/")))
    }

    @Test func `an older navigation that commits first does not interrupt, a newer one does`() throws {
        var document = DocumentState()
        var attempt = NavigationAttempt(url: "http://a/", waitUntil: .commit, in: document)
        document.committed(try frame("OLD", "http://old/"))
        #expect(replied(&attempt, "L1", document) == nil)
        document.committed(try frame("NEWER", "http://else/"))
        guard case .failure(let error)? = attempt.verdict(document) else {
            Issue.record("the interruption went unnoticed")
            return
        }
        #expect(error.message.contains("http://else/"))
    }

    @Test func `a document that moves on by itself is followed`() throws {
        var document = DocumentState()
        var attempt = NavigationAttempt(url: "http://a/", waitUntil: .load, in: document)
        _ = replied(&attempt, "L1", document)
        document.committed(try frame("L1", "http://a/"))
        #expect(attempt.verdict(document) == nil)
        document.committed(try frame("L2", "http://b/"))
        document.reached("load", loader: loader("L2"))
        #expect(attempt.verdict(document) == .success(.init(kind: .document, url: "http://b/")))
    }

    @Test func `two commits between two looks still show that the first was ours`() throws {
        var document = DocumentState()
        var attempt = NavigationAttempt(url: "http://a/", waitUntil: .commit, in: document)
        _ = replied(&attempt, "L1", document)
        document.committed(try frame("L1", "http://a/"))
        document.committed(try frame("L2", "http://b/"))
        #expect(attempt.verdict(document) == .success(.init(kind: .document, url: "http://b/")))
    }

    @Test func `without a loader the address within the document must change`() {
        var document = DocumentState()
        var attempt = NavigationAttempt(url: "http://a/#x", waitUntil: .load, in: document)
        #expect(replied(&attempt, nil, document) == nil)
        document.moved(to: "http://a/#x")
        #expect(attempt.verdict(document) == .success(.init(kind: .sameDocument, url: "http://a/#x")))
    }

    @Test func `errors and downloads end it with the reply`() {
        let document = DocumentState()
        var refused = NavigationAttempt(url: "http://a/", waitUntil: .load, in: document)
        guard case .failure(let error)? = replied(&refused, "L1", error: "net::ERR_CONNECTION_REFUSED", document) else {
            Issue.record("the error was not taken")
            return
        }
        #expect(error.code == .navigationFailed)
        #expect(error.message.contains("nothing listens"))
        var file = NavigationAttempt(url: "http://a/f", waitUntil: .load, in: document)
        let outcome = replied(&file, nil, error: "net::ERR_ABORTED", isDownload: true, document)
        #expect(outcome == .success(.init(kind: .download, url: "http://a/f")))
    }

    @Test func `the error page of an earlier navigation does not interrupt`() throws {
        var document = DocumentState()
        var attempt = NavigationAttempt(url: "http://a/", waitUntil: .commit, in: document)
        _ = replied(&attempt, "L1", document)
        document.committed(try frame("ERR", "chrome-error://chromewebdata/", unreachable: "http://gone/"))
        #expect(attempt.verdict(document) == nil)
        document.committed(try frame("L1", "http://a/"))
        #expect(attempt.verdict(document) == .success(.init(kind: .document, url: "http://a/")))
    }

    @Test func `reload and history take the next document, or the next address within it`() throws {
        var document = DocumentState()
        var reload = NavigationAttempt(url: "reload", waitUntil: .commit, isHistory: true, in: document)
        var back = reload
        #expect(reload.verdict(document) == nil)
        document.committed(try frame("L9", "http://a/"))
        #expect(reload.verdict(document) == .success(.init(kind: .document, url: "http://a/")))
        var moved = DocumentState()
        moved.moved(to: "http://a/#1")
        #expect(back.verdict(moved) == .success(.init(kind: .sameDocument, url: "http://a/#1")))
    }

    @Test(arguments: ["net::ERR_SOMETHING_NEW", "odd"])
    func `an error without words of ours is passed on as it is`(_ text: String) {
        #expect(NetworkErrorWords.sentence(text, url: "http://a/") == "Cannot open http://a/: \(text)")
    }
}
