import BrowserAutomation
import CDP
import CDPProtocol
import EventLoops
import HTTPClient
import HTTPServer
import Redis
import TestSupport
import Testing

/// The ground everything stands on: four C libraries and Swift's actors share one libuv loop.
@Suite(.timeLimit(.minutes(3)), .retried) struct OneLoopTests {
    @Test func `libwebsockets, hiredis and libcurl live on one loop, and of thousands of calls none is lost`()
        async throws
    {
        try await withRedis { server, loop in
            let browser = try await Browser.launch(on: loop)
            let listener = try await HTTPListener.start(on: loop, handler: Echo())
            let redis = RedisConnection(on: loop, to: try RedisAddress(url: server.url))
            let curl = CurlTransport(on: loop)
            let port = await listener.localPort

            let answered = await withTaskGroup(of: Tally.self) { group in
                for task in 0..<8 {
                    group.addTask { await ask(browser.connection.root, task) }
                    group.addTask { await ask(redis, task) }
                    group.addTask { await ask(curl, port, task) }
                }
                return await group.reduce(into: Tally()) { $0.add($1) }
            }
            #expect(answered == Tally(browser: 8 * 250, redis: 8 * 1000, http: 8 * 125))

            await curl.shutdown()
            await redis.close()
            await listener.close()
            await browser.close()
        }
    }
}

/// How many right answers came from where.
private struct Tally: Equatable {
    var browser = 0
    var redis = 0
    var http = 0

    mutating func add(_ other: Tally) {
        browser += other.browser
        redis += other.redis
        http += other.http
    }
}

private func ask(_ session: CDPSession, _ task: Int) async -> Tally {
    var tally = Tally()
    for _ in 0..<250 {
        let reply = try? await session.call(BrowserDomain.GetVersion())
        if reply?.product.contains("Chrome/") == true { tally.browser += 1 }
    }
    return tally
}

private func ask(_ redis: RedisConnection, _ task: Int) async -> Tally {
    var tally = Tally()
    for number in 0..<1000 {
        let word = "\(task)-\(number)"
        if (try? await redis.send(["ECHO", RedisArgument(word)])) == .text(word) { tally.redis += 1 }
    }
    return tally
}

private func ask(_ curl: CurlTransport, _ port: Int, _ task: Int) async -> Tally {
    var tally = Tally()
    for number in 0..<125 {
        let path = "/\(task)-\(number)"
        let request = HTTPClientRequest(method: "GET", url: "http://127.0.0.1:\(port)\(path)")
        if (try? await curl.execute(request))?.body == Array(path.utf8) { tally.http += 1 }
    }
    return tally
}

/// Answers with the path.
private struct Echo: HTTPHandler {
    func respond(to request: HTTPRequest) async throws -> HTTPResponse {
        HTTPResponse(status: 200, body: .bytes(Array(request.path.utf8)))
    }
}
