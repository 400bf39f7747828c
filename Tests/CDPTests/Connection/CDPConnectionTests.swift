import CDPProtocol
import EventLoops
import JSON
import Synchronization
import Testing

@testable import CDP

/// The browser's end of a connection, played by the test.
private final class FakeTransport: CDPTransport {
    private let sent = Mutex<[JSONValue]>([])
    private let (messages, feed) = AsyncStream.makeStream(of: JSONValue.self)
    private let isBroken: Bool

    init(isBroken: Bool = false) {
        self.isBroken = isBroken
    }

    func send(_ message: [UInt8]) throws {
        if isBroken { throw CDPError(.disconnected, "broken pipe") }
        let value = try JSONValue(parsing: message)
        sent.withLock { $0.append(value) }
        feed.yield(value)
    }

    func close() {}
    func shutdown() async {}
    var all: [JSONValue] { sent.withLock { $0 } }

    func next() async -> JSONValue {
        for await message in messages { return message }
        return .null
    }
}

/// Remembers what it was told.
private final class Recorder: CDPEventHandler {
    let subscriptions: Set<String>
    private let events = Mutex<[CDPEventMessage]>([])
    private let ends = Mutex<[CDPError]>([])
    init(_ subscriptions: Set<String>) { self.subscriptions = subscriptions }
    func didReceive(_ event: CDPEventMessage) { events.withLock { $0.append(event) } }
    func sessionDidEnd(_ error: CDPError) { ends.withLock { $0.append(error) } }
    var methods: [String] { events.withLock { $0.map(\.method) } }
    var endCodes: [CDPError.Code] { ends.withLock { $0.map(\.code) } }
}

@Suite(.timeLimit(.minutes(1))) struct CDPConnectionTests {
    private func withConnection(
        _ transport: FakeTransport = FakeTransport(),
        _ body: (CDPConnection, FakeTransport) async throws -> Void
    ) async throws {
        let loop = EventLoop(name: "cdp")
        let connection = CDPConnection(on: loop)
        await connection.open(transport)
        try await body(connection, transport)
        await connection.close()
        await loop.shutdown()
    }

    private func deliver(_ text: String, to connection: CDPConnection) async {
        await connection.didReceive(Array(text.utf8))
    }

    @Test func `a command leaves with id, method, parameters and session, and its reply is decoded`() async throws {
        try await withConnection { connection, browser in
            let session = CDPSession(connection: connection, id: TargetDomain.SessionID(rawValue: "S1"))
            let call = Task { try await session.call(PageDomain.Navigate(url: "http://a/")) }
            let sent = await browser.next()
            #expect(sent == ["id": 1, "method": "Page.navigate", "params": ["url": "http://a/"], "sessionId": "S1"])
            await deliver(
                #"{"id":1,"result":{"frameId":"F","loaderId":"L","news":true},"sessionId":"S1"}"#,
                to: connection
            )
            let reply = try await call.value
            #expect(reply.frameID.rawValue == "F")
            #expect(reply.loaderID?.rawValue == "L")
        }
    }

    @Test func `several commands started in one turn leave in order without waiting`() async throws {
        try await withConnection { connection, browser in
            let session = CDPSession(connection: connection, id: .init(rawValue: "S"))
            let calls = await Self.burst(session, on: connection)
            #expect(
                browser.all.map { $0["method"] } == [
                    "Page.enable", "Runtime.enable", "Runtime.runIfWaitingForDebugger",
                ]
            )
            await deliver(#"{"id":2,"result":{}}"#, to: connection)
            await deliver(#"{"id":1,"result":{}}"#, to: connection)
            try await calls.0.reply()
            try await calls.1.reply()
        }
    }

    private static func burst(
        _ session: CDPSession,
        on connection: isolated CDPConnection
    ) -> (CDPCall<PageDomain.Enable>, CDPCall<RuntimeDomain.Enable>) {
        let calls = (session.start(PageDomain.Enable()), session.start(RuntimeDomain.Enable()))
        session.post(RuntimeDomain.RunIfWaitingForDebugger())
        return calls
    }

    @Test func `an error reply carries the browser's words and code`() async throws {
        try await withConnection { connection, browser in
            let call = Task { try await connection.root.call(BrowserDomain.GetVersion()) }
            _ = await browser.next()
            await deliver(#"{"id":1,"error":{"code":-32000,"message":"No \"such\" thing"}}"#, to: connection)
            let error = await #expect(throws: CDPError.self) { try await call.value }
            #expect(error?.code == .refused)
            #expect(error?.protocolCode == -32000)
            #expect(error?.message == #"Browser.getVersion: No "such" thing"#)
        }
    }

    @Test func `a reply that lacks a promised member names it`() async throws {
        try await withConnection { connection, browser in
            let call = Task { try await connection.root.call(PageDomain.GetFrameTree()) }
            _ = await browser.next()
            await deliver(#"{"id":1,"result":{"frameTree":{"frame":{"id":"F"}}}}"#, to: connection)
            let error = await #expect(throws: CDPError.self) { try await call.value }
            #expect(error?.code == .malformed)
            #expect(error?.message.contains("frameTree.frame.") == true, "\(error?.message ?? "")")
        }
    }

    @Test func `a call without reply ends at its deadline`() async throws {
        try await withConnection { connection, _ in
            let error = await #expect(throws: CDPError.self) {
                try await connection.root.call(BrowserDomain.GetVersion(), deadline: .milliseconds(20))
            }
            #expect(error?.code == .timedOut)
        }
    }

    @Test func `a shorter deadline is kept behind a longer one`() async throws {
        try await withConnection { connection, browser in
            let long = Task { try await connection.root.call(BrowserDomain.GetVersion(), deadline: .seconds(60)) }
            _ = await browser.next()
            await #expect(throws: CDPError.self) {
                try await connection.root.call(BrowserDomain.GetVersion(), deadline: .milliseconds(20))
            }
            long.cancel()
            await #expect(throws: CancellationError.self) { try await long.value }
        }
    }

    @Test func `cancelling the task ends the call at once, before and while it waits`() async throws {
        try await withConnection { connection, browser in
            let call = Task { try await connection.root.call(BrowserDomain.GetVersion(), deadline: .seconds(60)) }
            _ = await browser.next()
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
            let early = Task {
                try? await connection.loop.sleep(for: .seconds(60))
                return try await connection.root.call(BrowserDomain.GetVersion(), deadline: .seconds(60))
            }
            early.cancel()
            await #expect(throws: CancellationError.self) { try await early.value }
        }
    }

    @Test func `events go to the handler of their session, wanted ones only`() async throws {
        try await withConnection { connection, _ in
            let page = Recorder(["Page.frameNavigated"])
            let root = Recorder(["Target.attachedToTarget"])
            await connection.handle(.init(rawValue: "S"), by: page)
            await connection.handleRoot(by: root)
            await deliver(#"{"method":"Page.frameNavigated","params":{},"sessionId":"S"}"#, to: connection)
            await deliver(#"{"method":"Page.frameNavigated","params":{},"sessionId":"UNKNOWN"}"#, to: connection)
            await deliver(#"{"method":"Network.dataReceived","params":{},"sessionId":"S"}"#, to: connection)
            await deliver(#"{"method":"Target.attachedToTarget","params":{}}"#, to: connection)
            await deliver("no json at all", to: connection)
            #expect(page.methods == ["Page.frameNavigated"])
            #expect(root.methods == ["Target.attachedToTarget"])
        }
    }

    @Test func `a crash and a detach fail the session's calls though nothing subscribed to them`() async throws {
        try await withConnection { connection, browser in
            let page = Recorder([])
            await connection.handle(.init(rawValue: "S"), by: page)
            let session = CDPSession(connection: connection, id: .init(rawValue: "S"))
            let crashed = Task { try await session.call(RuntimeDomain.Enable()) }
            _ = await browser.next()
            await deliver(#"{"method":"Inspector.targetCrashed","params":{},"sessionId":"S"}"#, to: connection)
            #expect(await #expect(throws: CDPError.self) { try await crashed.value }?.code == .crashed)

            await deliver(
                #"{"method":"Inspector.targetReloadedAfterCrash","params":{},"sessionId":"S"}"#,
                to: connection
            )
            let closed = Task { try await session.call(RuntimeDomain.Enable()) }
            _ = await browser.next()
            await deliver(#"{"method":"Target.detachedFromTarget","params":{"sessionId":"S"}}"#, to: connection)
            #expect(await #expect(throws: CDPError.self) { try await closed.value }?.code == .detached)
            #expect(page.endCodes == [.detached])
        }
    }

    @Test func `a renderer that is gone without a reason is a crash, any other detach is not`() async throws {
        try await withConnection { connection, browser in
            let page = Recorder(["Inspector.targetCrashed", "Inspector.detached"])
            await connection.handle(.init(rawValue: "S"), by: page)
            let session = CDPSession(connection: connection, id: .init(rawValue: "S"))
            let call = Task { try await session.call(RuntimeDomain.Enable()) }
            _ = await browser.next()
            for reason in ["target_closed", "Render process gone."] {
                await deliver(
                    #"{"method":"Inspector.detached","params":{"reason":"\#(reason)"},"sessionId":"S"}"#,
                    to: connection
                )
            }
            #expect(await #expect(throws: CDPError.self) { try await call.value }?.code == .crashed)
            #expect(page.methods == ["Inspector.detached", "Inspector.targetCrashed"])
        }
    }

    @Test func `a lost connection fails calls and ends sessions once; a failed write counts as lost`() async throws {
        try await withConnection { connection, browser in
            let page = Recorder([])
            await connection.handle(.init(rawValue: "S"), by: page)
            let call = Task { try await connection.root.call(BrowserDomain.GetVersion()) }
            _ = await browser.next()
            await connection.didClose(reason: "reset by peer")
            await connection.didClose(reason: "again")
            let error = await #expect(throws: CDPError.self) { try await call.value }
            #expect(error?.code == .disconnected)
            #expect(error?.message.contains("reset by peer") == true)
            #expect(page.endCodes == [.disconnected])
        }
        try await withConnection(FakeTransport(isBroken: true)) { connection, _ in
            let error = await #expect(throws: CDPError.self) {
                try await connection.root.call(BrowserDomain.GetVersion())
            }
            #expect(error?.code == .disconnected)
        }
    }
}
