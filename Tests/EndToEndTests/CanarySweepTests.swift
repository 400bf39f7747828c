import EventLoops
import FixtureServer
import FoundationEssentials
import HTTPClient
import HTTPServer
import JSON
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

extension EndToEnd {
    /// Secrets, used everywhere a scenario can use one, and looked for everywhere cpa leaves something.
    @Suite(.timeLimit(.minutes(3))) struct CanarySweepTests {
        /// With characters that every encoding writes differently.
        private static let canary = "CANARY-9f3e \"quoted\" <tag>&ä/+=?"
        /// Another, for where only plain words fit: headers and addresses.
        private static let token = "TOKEN-7c1d-58aa-4be0"
        /// What is no secret goes the same ways.
        static let decoy = "DECOY-2b6f-91c3-0d44"

        /// A job, and what is looked for when it is over.
        struct Course: Sendable {
            /// Values by name, as `cpa secrets` keeps them.
            var secrets: [String: String]
            /// What must be nowhere: secrets, and what the scenario makes of them.
            var hidden: [String]
            /// What of it must have come to the page, as it comes there.
            var sent: [String]
            /// What must be in every kind of place.
            var shown = CanarySweepTests.decoy
            /// Kinds of places of this job alone.
            var places: [String] = []
            /// With the address of the page.
            var scenario: @Sendable (_ url: String) -> JSONObject
        }

        @Test func `a secret is nowhere but where the scenario sent it`() async throws {
            try await sweep(
                Course(
                    secrets: ["canary": Self.canary, "token": Self.token],
                    hidden: [Self.canary, Self.token],
                    sent: ["CANARY-9f3e", Self.token],
                    scenario: Self.scenario
                )
            )
        }

        /// Runs the job with everything around it, and looks through all that is left.
        func sweep(_ course: Course) async throws {
            try await withTemporaryDirectory { redisDirectory in
                let loop = EventLoop(name: "sweep")
                let redis = RedisServer(on: loop, directory: redisDirectory, isDurable: true)
                try await redis.start()
                let fixtures = try await Fixtures.start(on: loop)
                let result: Result<Void, any Error>
                do {
                    result = .success(
                        try await Desk.with { try await sweep(course, at: $0, redis, redisDirectory, fixtures) }
                    )
                } catch {
                    result = .failure(error)
                }
                await fixtures.close()
                await redis.stop()
                await loop.shutdown()
                try result.get()
            }
        }

        private func sweep(
            _ course: Course,
            at desk: Desk,
            _ redis: RedisServer,
            _ redisDirectory: String,
            _ fixtures: Fixtures
        ) async throws {
            var desk = desk
            desk.environment["CPA_REDIS_URL"] = redis.url
            desk.environment["CPA_GRAPH_TENANT"] = fixtures.application.tenant
            desk.environment["CPA_GRAPH_CLIENT_ID"] = fixtures.application.clientID
            desk.environment["CPA_GRAPH_CLIENT_SECRET"] = fixtures.application.clientSecret
            desk.environment["CPA_GRAPH_LOGIN_URL"] = fixtures.graphURL
            desk.environment["CPA_GRAPH_URL"] = fixtures.graphURL + "/v1.0"
            desk.environment["CPA_LOG_LEVEL"] = "trace"
            let page = EchoPage()
            let site = try await HTTPListener.start(on: desk.loop, handler: page)
            let place = "127.0.0.1:\(await site.localPort)"
            desk.environment["CPA_WEBHOOK_ALLOW"] = place
            for (name, secret) in course.secrets {
                let kept = try await keep(secret, as: name, at: desk)
                try #require(kept.exit == .exited(code: 0), "\(kept.errors)")
            }
            try await desk.serve(logTo: desk.directory + "/log") { server in
                let scenario = JSONValue.object(course.scenario("http://\(place)"))
                let answer = try await server.call(
                    "POST",
                    "/jobs",
                    ["scenario": scenario, "webhook": .string("http://\(place)/hook")]
                )
                let job = try #require(answer.json["id"]?.string, "\(answer.json.text())")
                let client = try await server.watch(job)
                let stream = await client.receive(within: .seconds(60)) { Watched($0).types.contains("end") }
                await client.close()
                #expect(
                    Watched(stream).state == "failed",
                    "the last step fails on purpose, with the secret in its reason"
                )
                let called = await page.webhook(within: .seconds(20))
                var places: [(String, [UInt8])] = [("watch", stream), ("webhook", Array(called.utf8))]
                for path in [
                    "/jobs/\(job)", "/jobs/\(job)/events", "/audit/\(job)", "/jobs", "/audit", "/metrics", "/health",
                    "/webhooks",
                ] {
                    places.append((path, Array(try await server.call("GET", path).json.text().utf8)))
                }
                places += try await artifacts(of: job, server)
                for directory in [desk.directory, redisDirectory] + browserDirectories() {
                    places += files(below: directory)
                }
                places += await processes(of: server.program.process.processID)
                places += await mails(fixtures)
                for needle in course.hidden {
                    for (place, form) in Self.hits(of: needle, in: places) {
                        Issue.record("\(place) shows '\(needle.prefix(12))', \(form)")
                    }
                }
                // The controls: the page had them, and what is no secret is found in every kind of place.
                for text in course.sent { #expect(page.saw(text), "the page was not sent \(text)") }
                let plain = Set(Self.hits(of: course.shown, in: places).map(\.place))
                for name in course.places + [
                    "watch", "webhook", "/jobs/", "/events", "/audit/", "cpa.db", "trace.html", ".har", "mail",
                ] {
                    #expect(plain.contains { $0.contains(name) }, "what is no secret was not found in \(name)")
                }
                let names = places.map(\.0).joined(separator: "\n")
                for name in ["/log", "appendonly", "Default", "cmdline", "environ"] {
                    #expect(names.contains(name), "\(name) was not looked through")
                }
            }
            await site.close()
        }

        @Test func `the search finds every form of a text`() {
            for (form, bytes) in Self.forms(of: Self.canary) {
                let place = Array("before ".utf8) + bytes + Array(" after".utf8)
                #expect(Self.hits(of: Self.canary, in: [("planted", place)]).contains { $0.form == form }, "\(form)")
            }
            #expect(Self.hits(of: Self.canary, in: [("clean", Array(Self.decoy.utf8))]).isEmpty)
        }

        /// The value is kept by `cpa secrets`, and its file is gone before anything is looked through.
        private func keep(_ secret: String, as name: String, at desk: Desk) async throws -> FinishedProgram {
            let value = try desk.write(secret + "\n", as: "value")
            let kept = try await desk.run("cpa", ["secrets", "set", name], shell: "exec < \(value)")
            try FileManager.default.removeItem(atPath: value)
            return kept
        }

        /// The job's files as the API gives them.
        private func artifacts(of job: String, _ server: RunningServer) async throws -> [(String, [UInt8])] {
            let list = try await server.call("GET", "/jobs/\(job)/artifacts").json["artifacts"]?.array ?? []
            var files: [(String, [UInt8])] = []
            for name in list.compactMap({ $0["name"]?.string }) {
                let answer = try await server.desk.transport.execute(
                    HTTPClientRequest(
                        method: "GET",
                        url: "\(server.url)/jobs/\(job)/artifacts/\(name)",
                        headers: [(name: "X-API-Key", value: server.key)]
                    )
                )
                files.append((name, answer.body))
            }
            return files
        }

        /// What was sent, without its text: the one place the scenario sends the secret to.
        private func mails(_ fixtures: Fixtures) async -> [(String, [UInt8])] {
            await fixtures.graph.messages(of: "buero@kanzlei.example", in: "sentitems").map { message in
                var message = message
                message["body"] = nil
                message["bodyPreview"] = nil
                return ("mail", Array(message.text().utf8))
            }
        }

        private static func scenario(_ url: String) -> JSONObject {
            let secret = "{{ secrets.canary }}"
            return [
                "name": .string(decoy),
                "browser": [
                    "trace": "on", "har": "canary.har", "headers": ["X-Canary": "{{ secrets.token }}"], "network": true,
                ],
                "tasks": [
                    ["action": "goto", "url": .string("\(url)/?plain=\(decoy)&q={{ secrets.token }}")],
                    ["action": "fill", "selector": "#plain", "text": .string(decoy)],
                    ["action": "fill", "selector": "#field", "text": .string(secret)],
                    ["action": "fill", "selector": "#password", "text": .string(secret)],
                    ["action": "click", "selector": "#send"],
                    ["action": "wait_for", "selector": "#echo"],
                    ["action": "extract", "selector": "#echo", "id": "seen"],
                    ["action": "extract", "selector": "#plain", "id": "plain"],
                    ["action": "screenshot", "name": "page"],
                    [
                        "action": "send_mail", "mailbox": "buero@kanzlei.example", "to": ["anna@kunde.example"],
                        "subject": .string(decoy), "text": .string(secret),
                    ],
                    ["action": "expect", "selector": "#echo", "equals": .string("not \(secret)"), "timeout": 1],
                ],
                "outputs": ["seen": "{{ tasks.seen.text }}"],
            ]
        }

        private static func hits(of text: String, in places: [(String, [UInt8])]) -> [(place: String, form: String)] {
            let forms = forms(of: text)
            return places.flatMap { place, bytes in
                forms.filter { contains(bytes, $0.bytes) }.map { (place, $0.form) }
            }
        }

        private static func contains(_ bytes: [UInt8], _ needle: [UInt8]) -> Bool {
            bytes.withUnsafeBytes { bytes in
                // An array's own search takes minutes for a browser's profile.
                var rest = bytes[...]
                while rest.count >= needle.count, let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress,
                    let found = memchr(start, Int32(needle[0]), rest.count - needle.count + 1)
                {
                    if memcmp(found, needle, needle.count) == 0 { return true }
                    rest = rest.dropFirst(found - UnsafeMutableRawPointer(mutating: start) + 1)
                }
                return false
            }
        }

        /// How a text could look.
        private static func forms(of text: String) -> [(form: String, bytes: [UInt8])] {
            let bytes = Array(text.utf8)
            let quoted = JSONValue.string(text).text().dropFirst().dropLast()
            let hex = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            func percent(_ space: String, keeping kept: String = "-._~") -> String {
                bytes.map { byte in
                    let character = Character(UnicodeScalar(byte))
                    if byte < 0x80, character.isLetter || character.isNumber || kept.contains(character) {
                        return String(character)
                    }
                    return byte == 32 ? space : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
                }.joined()
            }
            let html = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            var forms: [(String, String)] = [
                ("plain", text), ("in JSON", String(quoted)), ("in a URL", percent("%20")), ("in a form", percent("+")),
                ("in a fragment", percent("%20", keeping: "-._~!$&'()*+,/:;=?@")),
                ("in a component", percent("%20", keeping: "-._~!'()*")),
                ("in hexadecimal", hex), ("in HTML", html.replacing("\"", with: "&quot;")),
                ("in part", String(text.prefix(11))),
            ]
            for offset in 0..<3 {
                let data = Data([UInt8](repeating: 65, count: offset) + bytes).base64EncodedString()
                forms.append(("in base64 at \(offset)", String(data.dropFirst(4).dropLast(4))))
            }
            return forms.map { ($0, Array($1.utf8)) }
        }

        // MARK: Places

        private func files(below directory: String) -> [(String, [UInt8])] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
            return names.flatMap { name -> [(String, [UInt8])] in
                let path = "\(directory)/\(name)"
                var isDirectory = false
                guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { return [] }
                if isDirectory { return files(below: path) }
                return FileManager.default.contents(atPath: path).map { [(path, Array($0))] } ?? []
            }
        }

        /// Directories of the browsers that run now; those of other tests among them.
        private func browserDirectories() -> [String] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: "/tmp")) ?? []
            return names.filter { $0.hasPrefix("cpa-") && $0.count == 10 }.map { "/tmp/\($0)" }
        }

        /// Command lines and environments of the service and everything it has started.
        private func processes(of root: Int32) -> [(String, [UInt8])] {
            var parents: [Int: Int] = [:]
            for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
                guard let id = Int(name), let status = text("/proc/\(id)/stat") else { continue }
                let fields = status.split(separator: ")").last?.split(separator: " ") ?? []
                if fields.count > 1, let parent = Int(fields[1]) { parents[id] = parent }
            }
            var family: Set<Int> = [Int(root)]
            for _ in 0..<8 { family.formUnion(parents.filter { family.contains($0.value) }.keys) }
            return family.flatMap { id in
                ["cmdline", "environ"].compactMap { name in
                    text("/proc/\(id)/\(name)").map { ("/proc/\(id)/\(name)", Array($0.utf8)) }
                }
            }
        }

        /// Files of the kernel have no length beforehand.
        private func text(_ path: String) -> String? {
            let file = open(path, O_RDONLY)
            guard file >= 0 else { return nil }
            defer { close(file) }
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while case let count = read(file, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}

/// A page that shows, logs and keeps what it was sent, as careless pages do; and the receiver of webhooks.
private final class EchoPage: HTTPHandler {
    private let seen = Mutex("")
    private let (calls, call) = AsyncStream<String>.makeStream()

    /// Whether a form, an address or a header came with this text, encoded as each is.
    func saw(_ text: String) -> Bool { seen.withLock { $0.contains(text) } }

    /// What the first webhook said.
    func webhook(within limit: Duration) async -> String {
        await withTaskGroup(of: String.self) { group in
            group.addTask { [calls] in await calls.first { _ in true } ?? "" }
            group.addTask {
                try? await Task.sleep(for: limit)
                return ""
            }
            let first = await group.next() ?? ""
            group.cancelAll()
            return first
        }
    }

    func respond(to request: HTTPRequest) async throws -> HTTPResponse {
        let body = String(decoding: try await request.body.collect(upTo: 65_536), as: UTF8.self)
        guard request.path != "/hook" else {
            call.yield(body)
            return HTTPResponse(status: 204)
        }
        seen.withLock { $0 += "\(request.query ?? "") \(request.headers["x-canary"] ?? "") \(body)\n" }
        guard request.method == "POST" else {
            return .html(
                """
                <title>form</title><form method=post action="/sent"><input id=field name=field>
                <input id=plain name=plain><input id=password name=password type=password><button id=send>Send</button></form>
                """
            )
        }
        return .html(
            """
            <title>sent</title><p id=echo></p><p id=plain></p><script>
            const form = new URLSearchParams(\(JSONValue.string(body).text().replacing("<", with: "\\u003c")))
            const sent = form.get("field")
            document.title = sent; document.getElementById("echo").textContent = sent
            document.getElementById("plain").textContent = form.get("plain")
            document.cookie = "sent=" + encodeURIComponent(sent)
            console.log("got", sent); console.error(sent)
            location.hash = encodeURIComponent(sent); location.hash = sent
            </script>
            """
        )
    }
}
