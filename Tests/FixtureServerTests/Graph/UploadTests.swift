import HTTPServer
import JSON
import Testing

@testable import FixtureServer

@Suite struct UploadTests {
    private static let size = 3 << 20

    private static func session(_ desk: GraphDesk, size: Int = Self.size) async throws -> (draft: String, url: String) {
        let draft = try await desk.draft("large")
        let path = "\(GraphDesk.mailbox)/messages/\(draft.id)/attachments"
        let item = #"{"AttachmentItem":{"attachmentType":"file","name":"a.bin","size":\#(size)}}"#
        let answer = try await desk.send("POST", path + "/createUploadSession", item)
        try #require(answer.status == 201)
        #expect(answer.json["nextExpectedRanges"] == ["0-"])
        let url = try #require(answer.json["uploadUrl"]?.string)
        let start = try #require(url.firstRange(of: "/api/"))
        return (path, String(url[start.lowerBound...]))
    }

    private static func put(
        _ desk: GraphDesk,
        _ url: String,
        _ range: Range<Int>,
        of size: Int = Self.size,
        authorization: String? = nil
    ) async throws -> GraphDesk.Answer {
        let bytes = range.map { UInt8(truncatingIfNeeded: $0 / 7) }
        return try await desk.send(
            "PUT",
            url,
            bytes: bytes,
            headers: [
                "Content-Range": "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)",
                "Content-Type": "application/octet-stream",
            ],
            authorization: authorization
        )
    }

    @Test func `pieces go up in order, what is next is told, and the file is whole`() async throws {
        try await GraphDesk.run { desk in
            let (path, url) = try await Self.session(desk)
            let first = try await Self.put(desk, url, 0..<2_000_000)
            #expect(first.status == 200)
            #expect(first.json["nextExpectedRanges"] == ["2000000"])
            #expect(first.json["ExpirationDateTime"] != nil)
            let gap = try await Self.put(desk, url, 2_000_001..<Self.size)
            #expect(gap.status == 416)
            let state = try await desk.send("GET", url, authorization: .some(nil))
            #expect(state.json["nextExpectedRanges"] == ["2000000"])
            let last = try await Self.put(desk, url, 2_000_000..<Self.size)
            #expect(last.status == 201)
            #expect(last.bytes.isEmpty)
            let files = try await desk.send("GET", path + "?$select=name,size")
            #expect(files.json["value"]?.array?.count == 1)
            // Larger than its bytes, as the service has it.
            #expect(files.json["value"]?[0]?["size"]?.int ?? 0 > Self.size)
            let id = files.json["value"]?[0]?["id"]?.string ?? ""
            #expect(try await desk.send("GET", "\(path)/\(id)/$value").bytes.count == Self.size)
            #expect(try await Self.put(desk, url, 0..<10).code == "ErrorItemNotFound")
        }
    }

    @Test func `a token at the upload URL, a small file, and a range that does not fit are refused`() async throws {
        try await GraphDesk.run { desk in
            let (path, url) = try await Self.session(desk)
            let withToken = try await Self.put(desk, url, 0..<10, authorization: "Bearer \(desk.token)")
            #expect(withToken.status == 401)
            #expect(withToken.code == "InvalidAudienceForResource")
            #expect(try await Self.put(desk, url, 0..<10, of: 11).code == "ErrorInvalidContentRange")
            let small = #"{"AttachmentItem":{"attachmentType":"file","name":"a","size":100}}"#
            let answer = try await desk.send("POST", path + "/createUploadSession", small)
            #expect(answer.code == "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize")
        }
    }

    @Test func `a session that has ended or expired is gone`() async throws {
        try await GraphDesk.run { desk in
            let (_, url) = try await Self.session(desk)
            #expect(try await desk.send("DELETE", url, authorization: .some(nil)).status == 204)
            #expect(try await Self.put(desk, url, 0..<10).status == 404)
            let (_, second) = try await Self.session(desk)
            desk.clock.advance(seconds: 3600)
            #expect(try await Self.put(desk, second, 0..<10).status == 404)
        }
    }

    @Test func `half a piece stays when the connection breaks within it`() async throws {
        try await GraphDesk.run { desk in
            let (_, url) = try await Self.session(desk)
            await desk.graph.add(FaultRule(.half, pathContains: "AttachmentSessions"))
            await #expect(throws: GraphDesk.Cut.self) { try await Self.put(desk, url, 0..<1_000_000) }
            let state = try await desk.send("GET", url, authorization: .some(nil))
            #expect(state.json["nextExpectedRanges"] == ["500000"])
            #expect(try await Self.put(desk, url, 500_000..<Self.size).status == 201)
        }
    }

    @Test func `the upload host is another origin, and neither serves what is the other's`() async throws {
        try await GraphDesk.run { desk in
            await desk.graph.setUploadOrigin("https://127.0.0.1:4711")
            let draft = try await desk.draft("large")
            let item = #"{"attachmentItem":{"attachmentType":"file","name":"a.bin","size":\#(Self.size)}}"#
            let path = "\(GraphDesk.mailbox)/messages/\(draft.id)/attachments/createUploadSession"
            let url = try #require(try await desk.send("POST", path, item).json["uploadUrl"]?.string)
            #expect(url.hasPrefix("https://127.0.0.1:4711/api/gv1.0/users("))
            let target = String(url.dropFirst("https://127.0.0.1:4711".count))
            #expect(try await desk.send("GET", target).status == 404)
            let halves = target.split(separator: "?")
            let request = HTTPRequest(method: "GET", path: String(halves[0]), query: String(halves[1]))
            #expect(try await desk.graph.respond(toUpload: request).status == 200)
            let stray = HTTPRequest(method: "GET", path: "/v1.0/users/buero@kanzlei.example/messages")
            #expect(try await desk.graph.respond(toUpload: stray).status == 404)
        }
    }
}
