import Cryptography
import HTTPServer
import JSON
import JobModel
import JobScheduler
import Security

/// Files in and out.
enum ArtifactRoutes {
    static let all: [APIRoute] = [
        APIRoute(
            "POST",
            "/artifacts",
            "Keeps a file for a job submitted later; its sha256 names it",
            .needs(.operator, .jobsWrite),
            parameters: [.query("name", .text(1...200), "What the file is called", isRequired: true)],
            input: .file,
            answers: [.json(201, .ref("Artifact"), "It is kept")],
            problems: [507],
            body: upload
        ),
        APIRoute(
            "GET",
            "/jobs/{id}/artifacts",
            "Lists the files of a job",
            .needs(.viewer, .jobsRead),
            answers: [.json(.object(["artifacts": .array(.ref("Artifact"))]), "All of them")],
            body: list
        ),
        APIRoute(
            "GET",
            "/jobs/{id}/artifacts/{name}",
            "A file of a job, whole or in part",
            .needs(.viewer, .jobsRead, or: [.work]),
            parameters: [
                .query("sha256", .sha256, "Only when it is this one"),
                .query("epoch", .count, "Of the lease, when a worker asks"),
                .query("worker", .text(1...200), "Who has the lease, when a worker asks"), .ifNoneMatch, .range,
                .ifRange,
            ],
            answers: APIAnswer.file,
            problems: [409, 416],
            body: download
        ),
        APIRoute(
            "PUT",
            "/jobs/{id}/artifacts/{name}",
            "Stores a file a worker made under its lease",
            .needs(.operator, .work),
            parameters: [
                .query("sha256", .sha256, "Of the bytes that come", isRequired: true),
                .query("epoch", .count, "Of the lease", isRequired: true),
                .query("worker", .text(1...200), "Who has the lease", isRequired: true),
            ],
            input: .file,
            answers: [.empty(204, "It is stored")],
            problems: [409, 507],
            body: put
        ),
    ]

    private static func upload(_ call: APICall) async throws -> HTTPResponse {
        guard let name = try call.request.queryItem("name") else {
            throw Problem.parameter("name", "is missing; give the file's name, as ?name=invoice.pdf")
        }
        if let problem = ArtifactName.problem(with: name) {
            throw Problem.parameter("name", "is '\(name.prefix(60))', which \(problem)")
        }
        let type = call.request.headers["content-type"] ?? MediaType.unknown
        if let problem = MediaType.problem(with: type) {
            throw Problem.parameter(
                "Content-Type",
                "is '\(type.prefix(60))', which \(problem); name the type of the file, such as text/csv, or leave it out"
            )
        }
        try call.requireBody()
        let body = call.request.body
        let artifact = try await call.scheduler.upload(
            name: name,
            contentType: type,
            body: { try await body.read() },
            as: call.caller
        )
        return call.answer(artifact.json, status: 201)
    }

    private static func list(_ call: APICall) async throws -> HTTPResponse {
        let detail = try await call.scheduler.job(call.job, for: call.caller)
        return call.answer(["artifacts": .array(detail.artifacts.map { .object($0.json) })])
    }

    private static func download(_ call: APICall) async throws -> HTTPResponse {
        let (artifact, path) = try await call.scheduler.artifact(
            call.parameters["name"],
            of: call.job,
            for: try await reader(call)
        )
        if let wanted = try call.request.queryItem("sha256"), wanted != artifact.sha256 {
            throw Problem(
                status: 404,
                code: "not_found",
                detail: "'\(artifact.name)' of job \(call.job) has SHA-256 \(artifact.sha256), not \(wanted.prefix(64))"
            )
        }
        return try answer(artifact, at: path, to: call)
    }

    /// Who reads a file: the caller, or a worker that names its lease and so needs no other right, for the job's tenant.
    private static func reader(_ call: APICall) async throws -> Principal {
        let epoch = try call.query("epoch", "the lease's number") { Int64($0).map { Epoch($0) } }
        let worker = try call.query("worker", "the worker's id") { $0.isEmpty ? nil : WorkerID($0) }
        guard let epoch, let worker, call.caller.refusal(role: .operator, scope: .work) == nil else {
            guard let refusal = call.caller.refusal(role: .viewer, scope: .jobsRead) else { return call.caller }
            let missing = epoch == nil ? "epoch" : "worker"
            throw Problem.parameter(missing, "is missing: a worker names its lease. \(refusal)")
        }
        return try await call.scheduler.holder(of: call.job, epoch: epoch, worker: worker, as: call.caller)
    }

    /// A file, in answer to a GET with or without a range.
    ///
    /// - Throws: `Problem` with 416 for a range behind the end.
    static func answer(_ artifact: Artifact, at path: String, to call: APICall) throws -> HTTPResponse {
        let tag = "\"\(artifact.sha256)\""
        if EntityTag.isKnown(tag, to: call.request) { return HTTPResponse(status: 304, headers: ["ETag": tag]) }
        var response = HTTPResponse.file(
            path,
            length: artifact.bytes,
            // Rows of before types were checked may hold what no header field can.
            type: MediaType.usable(artifact.contentType),
            tag: tag,
            for: call.request
        )
        guard response.status != 416 else { throw behindTheEnd(artifact, call, response.headers) }
        // What a page made a worker download must not run in the browser of whoever looks at it.
        response.headers["Content-Disposition"] = disposition(artifact.name)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return response
    }

    private static func behindTheEnd(_ artifact: Artifact, _ call: APICall, _ headers: HTTPFields) -> Problem {
        let range = call.request.headers["range"] ?? ""
        let detail =
            "is '\(range.prefix(60))', which begins behind the end: '\(artifact.name)' has \(artifact.bytes) bytes; ask for less, or "
            + "without Range for all of it"
        var problem = Problem.parameter("Range", detail)
        problem.status = 416
        problem.code = "range_not_satisfiable"
        for name in ["Content-Range", "Accept-Ranges", "ETag"] { problem.headers[name] = headers[name] }
        return problem
    }

    private static func put(_ call: APICall) async throws -> HTTPResponse {
        func required<Value>(_ name: String, _ expected: String, _ read: (String) -> Value?) throws -> Value {
            guard let value = try call.query(name, expected, read) else {
                throw Problem.parameter(name, "is missing; give \(expected)")
            }
            return value
        }
        let hash = try required("sha256", "64 hexadecimal digits") { $0.utf8.count == 64 ? $0.lowercased() : nil }
        let epoch = try required("epoch", "the lease's number") { Int64($0).map { Epoch($0) } }
        let worker = try required("worker", "the worker's id") { $0.isEmpty ? nil : WorkerID($0) }
        guard let length = call.request.body.length else {
            throw HTTPServerError(.lengthRequired, "Files of a job are sent with Content-Length")
        }
        // Another tenant's job must look like none.
        _ = try await call.scheduler.worker(at: call.job, as: call.caller)
        let body = call.request.body
        try await call.scheduler.putArtifact(
            Artifact(name: call.parameters["name"], bytes: length, sha256: hash, contentType: type(call)),
            of: call.job,
            epoch: epoch,
            worker: worker,
            body: { try await body.read() }
        )
        return HTTPResponse(status: 204)
    }

    /// A worker's file is not lost for its type.
    private static func type(_ call: APICall) -> String {
        MediaType.usable(call.request.headers["content-type"] ?? MediaType.unknown)
    }

    /// RFC 6266: a plain name for old clients, the real one in UTF-8.
    static func disposition(_ name: String) -> String {
        let plain = name.unicodeScalars.map { scalar -> Character in
            let isPlain = scalar.isASCII && scalar.value >= 0x20 && scalar != "\"" && scalar != "\\" && scalar != "%"
            return isPlain ? Character(scalar) : "_"
        }
        return "attachment; filename=\"\(String(plain))\"; filename*=UTF-8''\(PercentCoding.encode(name))"
    }
}
