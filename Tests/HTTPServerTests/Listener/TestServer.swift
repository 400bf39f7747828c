import EventLoops
import HTTPServer
import TestSupport

/// A listener with a few routes and everything a test needs around it.
struct TestServer {
    let loop: EventLoop
    let listener: HTTPListener

    static func with<R>(
        _ settings: HTTPListenerSettings = HTTPListenerSettings(),
        routes: [HTTPRoute] = [],
        sharing others: [EventLoop] = [],
        _ body: (TestServer) async throws -> R
    ) async throws -> R {
        let loop = EventLoop(name: "http-test")
        var router = HTTPRouter(routes)
        router.on("GET", "/health") { _, _ in .text("ok") }
        router.on("POST", "/echo") { request, _ in
            .bytes(try await request.body.collect(upTo: 16 << 20), type: "application/octet-stream")
        }
        let listener = try await HTTPListener.start(on: loop, sharing: others, settings: settings, handler: router)
        do {
            let result = try await body(TestServer(loop: loop, listener: listener))
            await close(listener, others)
            return result
        } catch {
            await close(listener, others)
            throw error
        }
    }

    private static func close(_ listener: HTTPListener, _ others: [EventLoop]) async {
        await listener.close()
        for loop in [listener.loop] + others { await loop.shutdown() }
    }

    func client() async throws -> RawClient { try await RawClient(on: loop, port: await listener.localPort) }

    /// Sends bytes and returns what came until the server ended the connection.
    func exchange(_ text: String) async throws -> String {
        let client = try await client()
        await client.send(text)
        let answer = await client.receiveAll()
        await client.close()
        return answer
    }
}
