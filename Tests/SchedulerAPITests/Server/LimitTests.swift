import EventLoops
import Foundation
import JSON
import JobModel
import Security
import TestSupport
import Testing

@testable import HTTPServer
@testable import SchedulerAPI

@Suite struct LimitTests {
    @Test func `a caller has its own limit, told with every answer`() async throws {
        try await Stage.with({ $0.rateLimit = RateLimit(count: 2, period: .seconds(600)) }) { stage in
            let first = try await stage.call("GET", "/jobs")
            #expect(first.status == 200)
            #expect(first.field("RateLimit-Policy") == "\"default\";q=2;w=600")
            #expect(first.field("RateLimit")?.hasPrefix("\"default\";r=1;t=") == true)
            #expect(try await stage.call("GET", "/jobs").status == 200)
            let refused = try await stage.call("GET", "/jobs")
            #expect(refused.status == 429 && refused.json["code"] == "rate_limited")
            #expect(Int(refused.field("Retry-After") ?? "").map { (1...300).contains($0) } == true)
            #expect(refused.field("RateLimit")?.contains("r=0") == true)
            let other = try await stage.authority.createKey(name: "x", tenant: .default, role: .viewer).reveal()
            #expect(try await stage.call("GET", "/jobs", key: other).status == 200)
        }
    }

    @Test func `what is refused for its role counts like what is not`() async throws {
        try await Stage.with({ $0.rateLimit = RateLimit(count: 2, period: .seconds(600)) }) { stage in
            let viewer = try await stage.authority.createKey(name: "x", tenant: .default, role: .viewer).reveal()
            var statuses: [Int] = []
            for _ in 0..<3 {
                let answer = try await stage.call("POST", "/jobs", body: Stage.scenario(), key: viewer)
                statuses.append(answer.status)
                #expect(answer.field("RateLimit") != nil)
            }
            #expect(statuses == [403, 403, 429])
        }
    }

    @Test func `an address has its limit before anything else is looked at`() async throws {
        try await Stage.with({ $0.rateLimitByAddress = RateLimit(count: 3, period: .seconds(600)) }) { stage in
            for _ in 0..<3 { #expect(try await stage.call("GET", "/jobs", key: "wrong").status == 401) }
            let refused = try await stage.call("GET", "/jobs")
            #expect(refused.status == 429)
            #expect(try await stage.call("GET", "/nope").status == 429)
        }
    }

    @Test func `a household counts as one address, however its IPv6 address is written`() async throws {
        try await Stage.with({ $0.rateLimitByAddress = RateLimit(count: 3, period: .seconds(600)) }) { stage in
            func isLetIn(_ address: String) -> Bool {
                let request = HTTPRequest(method: "GET", path: "/", remoteAddress: address)
                return (try? stage.server.doorkeeper.checkAddress(of: request)) != nil
            }
            for address in ["2001:db8::1", "2001:db8::2:3:4:5", "2001:db8:0:0:9::"] { #expect(isLetIn(address)) }
            #expect(!isLetIn("2001:db8::7"))
            #expect(isLetIn("2001:db8:0:1::1") && isLetIn("192.0.2.1"))
        }
    }

    @Test func `policies say how often keys, tenants and addresses may come, a new file from the next request on`()
        async throws
    {
        try await withTemporaryDirectory { directory in
            let path = directory + "/policies.yaml"
            func write(_ requests: String) throws {
                let text = "default: { requests: \(requests) }\ntenants: { acme: { requests: { tenant: 3/10m } } }"
                try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
            }
            try write("{ key: 2/10m }")
            let policies = try PolicySource(path: path, base: TenantPolicy(), interval: .zero)
            let oneEach: (inout APISettings) -> Void = { $0.rateLimit = RateLimit(count: 1, period: .seconds(600)) }
            try await Stage.with(oneEach, policies: policies) { stage in
                func answers(_ count: Int, key: String? = nil) async throws -> [String] {
                    var all: [String] = []
                    for _ in 0..<count {
                        let answer = try await stage.call("GET", "/jobs", key: key ?? stage.key)
                        all.append(answer.status == 200 ? "" : answer.json["detail"]?.string ?? "\(answer.status)")
                    }
                    return all
                }
                let standard = try await answers(3)
                #expect(standard[0] == "" && standard[1] == "" && standard[2].contains("of this caller: 2/600s"))
                // Its section says nothing of keys: each may come once, as the server is set up, and all together thrice.
                for (name, refusal) in [("a", ""), ("b", ""), ("c", ""), ("d", "of this tenant: 3/600s")] {
                    let key = try await stage.authority.createKey(name: name, tenant: "acme", role: .viewer).reveal()
                    let answer = try await answers(1, key: key)[0]
                    #expect(refusal == "" ? answer == "" : answer.contains(refusal), "\(name): \(answer)")
                    #expect(try await answers(1, key: key)[0].contains("of this"), "\(name)")
                }
                try write("{ key: 9/10m, address: 1/10m }")
                // A file counts when it looks the same twice.
                _ = policies.current
                let fresh = try await stage.authority.createKey(name: "e", tenant: .default, role: .viewer).reveal()
                let renewed = try await answers(2, key: fresh)
                #expect(renewed[0] == "" && renewed[1].contains("from this address: 1/600s"), "\(renewed)")
            }
        }
    }

    @Test func `who guesses keys is stopped, and who has one from the same address is not`() async throws {
        try await Stage.with({ $0.failureLimit = RateLimit(count: 5, period: .seconds(600)) }) { stage in
            let fresh = try await stage.authority.createKey(name: "x", tenant: .default, role: .viewer).reveal()
            #expect(try await stage.call("GET", "/jobs").status == 200)
            var statuses: [Int] = []
            for _ in 0..<20 {
                statuses.append(try await stage.call("GET", "/jobs", key: APIKey.generate().reveal()).status)
            }
            #expect(statuses == Array(repeating: 401, count: 5) + Array(repeating: 429, count: 15))
            #expect(try await stage.call("GET", "/jobs").status == 200)
            // One that was never seen might be a guess.
            #expect(try await stage.call("GET", "/jobs", key: fresh).status == 429)
            #expect(try await stage.call("GET", "/livez", key: String?.none).status == 200)
        }
    }

    @Test func `more requests at once than the server takes are told to come back`() async throws {
        try await Stage.with({ $0.requestLimit = 1 }) { stage in
            let waiting = try await RawClient(on: stage.loop, port: stage.port)
            let body = Stage.scenario()
            await waiting.send(
                "POST /jobs?wait=30s HTTP/1.1\r\nHost: localhost\r\nX-API-Key: \(stage.key)\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
            while stage.server.requestsAtWork == 0 { try await stage.loop.sleep(for: .milliseconds(2)) }
            let refused = try await stage.call("GET", "/jobs")
            #expect(refused.status == 503 && refused.json["code"] == "overloaded")
            #expect(refused.field("Retry-After") == "1")
            #expect(try await stage.call("GET", "/livez").status == 200)
            await waiting.close()
            while stage.server.requestsAtWork > 0 { try await stage.loop.sleep(for: .milliseconds(2)) }
            #expect(try await stage.call("GET", "/jobs").status == 200)
        }
    }

    @Test func `a tenant whose bodies take all the memory it may have leaves room for those of others`() async throws {
        try await Stage.with({ $0.bodyBudget = 400_000 }) { stage in
            let acme = try await stage.authority.createKey(name: "a", tenant: "acme", role: .operator).reveal()
            let body = Stage.scenario() + String(repeating: " ", count: 100_000)
            let holder = try await RawClient(on: stage.loop, port: stage.port)
            await holder.send(
                "POST /jobs HTTP/1.1\r\nHost: localhost\r\nX-API-Key: \(stage.key)\r\nContent-Length: 300000\r\n\r\n"
                    + String(repeating: " ", count: 65_536 + 190_000)
            )
            while stage.listener.bodies.count < 190_000 { try await stage.loop.sleep(for: .milliseconds(2)) }
            let refused = try await stage.call("POST", "/jobs", body: body)
            #expect(refused.status == 503 && refused.json["code"] == "overloaded")
            #expect(refused.field("Retry-After") == "1")
            #expect(try await stage.call("POST", "/jobs", body: Stage.scenario()).status == 202)
            #expect(try await stage.call("POST", "/jobs", body: body, key: acme).status == 202)
            await holder.close()
            while stage.listener.bodies.count > 0 { try await stage.loop.sleep(for: .milliseconds(2)) }
            #expect(try await stage.call("POST", "/jobs", body: body).status == 202)
        }
    }

    @Test func `JSON that is nested without end is refused, and the server goes on`() async throws {
        try await Stage.with { stage in
            for bomb in [
                String(repeating: "[", count: 200_000), String(repeating: #"{"a":"#, count: 100_000),
                #"{"tasks": "# + String(repeating: "[", count: 65) + String(repeating: "]", count: 65) + "}",
            ] {
                for path in ["/jobs", "/lam/message", "/jobs/bulk", "/keys"] {
                    let answer = try await stage.call("POST", path, body: bomb)
                    #expect(answer.status == 400, "\(path) \(answer.status)")
                }
            }
            #expect(try await stage.call("GET", "/jobs").json["jobs"] == [])
        }
    }
}
