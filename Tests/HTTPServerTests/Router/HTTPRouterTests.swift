import Testing

@testable import HTTPServer

@Suite struct HTTPRouterTests {
    private let router = HTTPRouter([
        HTTPRoute("GET", "/jobs/{id}") { _, _ in .text("job") },
        HTTPRoute("GET", "/jobs/latest") { _, _ in .text("latest") },
        HTTPRoute("DELETE", "/jobs/{id}") { _, _ in .text("deleted") },
        HTTPRoute("PUT", "/jobs/{id}/artifacts/{name}", bodyLimit: 7) { _, _ in .text("put") },
        HTTPRoute("GET", "/files/{path...}") { _, _ in .text("file") },
    ])

    private func parameters(_ method: String, _ path: String) throws -> (pattern: String, HTTPPathParameters)? {
        guard case .found(let route, let parameters) = try router.match(method: method, path: path) else { return nil }
        return (route.pattern, parameters)
    }

    @Test func `parameters are decoded, literals win, and rests take everything`() throws {
        #expect(try parameters("GET", "/jobs/a%20b")?.1["id"] == "a b")
        #expect(try parameters("GET", "/jobs/latest")?.pattern == "/jobs/latest")
        #expect(try parameters("HEAD", "/jobs/latest")?.pattern == "/jobs/latest")
        #expect(try parameters("PUT", "/jobs/1/artifacts/x.pdf")?.1["name"] == "x.pdf")
        #expect(try parameters("GET", "/files/a/b%20c/d.js")?.1["path"] == "a/b c/d.js")
        #expect(router.bodyLimit(method: "PUT", path: "/jobs/1/artifacts/x") == 7)
        #expect(router.bodyLimit(method: "GET", path: "/jobs/1") == nil)
    }

    @Test(arguments: ["/jobs", "/jobs/", "//jobs/1", "/jobs/1/", "/jobs/1/artifacts", "/jobs//artifacts/x", "/JOBS/1"])
    func `paths that are not in the table are unknown`(path: String) throws {
        guard case .unknownPath = try router.match(method: "GET", path: path) else {
            return #expect(Bool(false), "\(path) matched")
        }
    }

    @Test(arguments: [
        "/jobs/a%2Fb", "/jobs/%00", "/jobs/%2e%2e", "/jobs/..", "/files/a/../b", "/files/a//b", "/jobs/%ff",
    ])
    func `a parameter that is not a name is 400`(path: String) {
        #expect(throws: HTTPServerError.self) { _ = try router.match(method: "GET", path: path) }
    }

    @Test func `a wrong method is 405 with the right ones`() async throws {
        let error = await #expect(throws: HTTPServerError.self) {
            _ = try await router.respond(to: HTTPRequest(method: "POST", path: "/jobs/1"))
        }
        #expect(error?.code == .methodNotAllowed)
        #expect(error?.headers["Allow"] == "DELETE, GET, HEAD")
        // Though /jobs/{id} can be deleted: this path means something else.
        guard case .wrongMethod(let allowed) = try router.match(method: "DELETE", path: "/jobs/latest") else {
            return #expect(Bool(false), "/jobs/latest was taken for a job")
        }
        #expect(allowed == ["GET", "HEAD"])
    }
}
