package import HTTPClient
package import JSON
package import JobModel

/// The way to a scheduler on another machine: LAM messages and files over HTTP (docs/lam.md, docs/api.md).
///
/// Tries once; `MessageSender` tries again.
package struct HTTPSchedulerLink: SchedulerLink {
    private static let messageTimeout = Duration.seconds(15)
    private static let fileTimeout = Duration.seconds(600)
    private static let answerLimit = 64 << 20

    private let transport: any HTTPTransport
    private let base: String
    private let key: String
    private let certificateAuthorities: String?

    /// A link.
    ///
    /// - Parameters:
    ///   - base: `https://scheduler:8443`, with or without a slash at its end.
    ///   - key: API key of the worker.
    ///   - certificateAuthorities: PEM file to trust instead of the system's.
    package init(transport: any HTTPTransport, base: String, key: String, certificateAuthorities: String? = nil) {
        self.transport = transport
        self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
        self.key = key
        self.certificateAuthorities = certificateAuthorities
    }

    /// `POST /lam/message`.
    package func send(_ message: LAMMessage) async throws -> JSONObject {
        var request = request("POST", "/lam/message", timeout: Self.messageTimeout)
        request.headers.append(("Content-Type", "application/json"))
        request.body = .bytes(message.json.serialized())
        let response = try await execute(request)
        guard let object = (try? JSONValue(parsing: response.body))?.object else {
            throw SchedulerUnavailable(message: "\(base) answered something that is no JSON object")
        }
        return object
    }

    /// `PUT /jobs/{id}/artifacts/{name}?sha256=…&epoch=…&worker=…`.
    package func putArtifact(
        _ artifact: Artifact,
        from path: String,
        of job: JobID,
        epoch: Epoch,
        worker: WorkerID
    ) async throws {
        let query = "?sha256=\(artifact.sha256)&epoch=\(epoch)&worker=\(Self.encoded(worker.rawValue))"
        var request = request("PUT", Self.place(artifact, job) + query, timeout: Self.fileTimeout)
        request.headers.append(("Content-Type", artifact.contentType))
        request.body = .file(path: path, range: 0..<artifact.bytes)
        _ = try await execute(request)
    }

    /// `GET /jobs/{id}/artifacts/{name}`, by hash.
    package func getArtifact(_ artifact: Artifact, of job: JobID, to path: String) async throws {
        let place = Self.place(artifact, job) + "?sha256=\(artifact.sha256)"
        var request = request("GET", place, timeout: Self.fileTimeout)
        request.sink = .file(path: path, limit: artifact.bytes)
        _ = try await execute(request)
    }

    // MARK: Parts

    private func request(_ method: String, _ path: String, timeout: Duration) -> HTTPClientRequest {
        HTTPClientRequest(
            method: method,
            url: base + path,
            headers: [("X-API-Key", key), ("Accept", "application/json, application/problem+json")],
            sink: .memory(limit: Self.answerLimit),
            timeout: timeout,
            certificateAuthorities: certificateAuthorities
        )
    }

    private func execute(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        let response: HTTPClientResponse
        do {
            response = try await transport.execute(request)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw SchedulerUnavailable(message: "\(request.method) \(base): \(error)")
        }
        switch response.status {
        case 200..<300: return response
        case 408, 425, 429, 500..<507, 508...:
            throw SchedulerUnavailable(
                message: "\(request.method) \(base): status \(response.status)",
                retryAfter: Self.retryAfter(response)
            )
        default: throw Self.refusal(response, of: request)
        }
    }

    /// Reads problem+json (RFC 9457); `reason` is our reason code, `detail` the sentence.
    private static func refusal(_ response: HTTPClientResponse, of request: HTTPClientRequest) -> SchedulerRefusal {
        let problem = try? JSONValue(parsing: response.body)
        let word = problem?["reason"]?.string
        let detail = problem?["detail"]?.string ?? problem?["title"]?.string
        let reason: ReasonCode =
            switch (word.flatMap(ReasonCode.init(rawValue:)), response.status) {
            case (let known?, _): known
            case (nil, 401), (nil, 403): .policyDenied
            case (nil, 507): .storageFull
            default: .invalidInput
            }
        return SchedulerRefusal(
            status: response.status,
            reason: reason,
            message: detail ?? "The scheduler answered \(request.method) with status \(response.status)"
        )
    }

    /// Seconds; a date is not asked of us by our own scheduler.
    private static func retryAfter(_ response: HTTPClientResponse) -> Duration? {
        let header = response.headers.first { $0.name.lowercased() == "retry-after" }
        return header.flatMap { Int($0.value) }.map { .seconds(min(max($0, 0), 60)) }
    }

    private static func place(_ artifact: Artifact, _ job: JobID) -> String {
        "/jobs/\(encoded(job.rawValue))/artifacts/\(encoded(artifact.name))"
    }

    /// Percent-encodes all but unreserved characters (RFC 3986 §2.3).
    private static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                result += "%" + (hex.count == 1 ? "0" + hex : hex)
            }
        }
        return result
    }
}
