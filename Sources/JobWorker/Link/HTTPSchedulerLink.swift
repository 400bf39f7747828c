import Cryptography
package import HTTPClient
package import JSON
package import JobModel

/// The way to a scheduler on another machine: LAM messages and files over HTTP (docs/lam.md, docs/api.md).
///
/// Tries once; `MessageSender` tries again. Messages that become due while others are on their way share the next request
/// (`MessageBundler`).
package struct HTTPSchedulerLink: SchedulerLink {
    private static let fileTimeout = Duration.seconds(600)
    /// A file may take long, a connection that carries nothing of it is dead.
    private static let fileStallLimit = Duration.seconds(60)
    private static let probeTimeout = Duration.seconds(3)

    private let requests: SchedulerRequests
    private let bundler: MessageBundler

    /// A link.
    ///
    /// - Parameters:
    ///   - base: `https://scheduler:8443`, with or without a slash at its end.
    ///   - key: API key of the worker.
    ///   - certificateAuthorities: PEM file to trust instead of the system's.
    package init(transport: any HTTPTransport, base: String, key: String, certificateAuthorities: String? = nil) {
        let requests = SchedulerRequests(
            transport: transport,
            base: base.hasSuffix("/") ? String(base.dropLast()) : base,
            key: key,
            certificateAuthorities: certificateAuthorities
        )
        self.requests = requests
        bundler = MessageBundler(send: requests.send)
    }

    /// Messages that wait for a request to carry them.
    var waiting: Int { bundler.waiting }

    /// `POST /lam/message`, or `/lam/messages` with others.
    package func send(_ message: LAMMessage) async throws -> JSONObject {
        let bytes = message.json.serialized()
        // A question about an agent's task is answered when there is news: nothing else should wait for that.
        let isAlone = message.type == .request || requests.takesOneAtATime
        return isAlone ? try await requests.send(bytes) : try await bundler.send(bytes)
    }

    /// `GET /livez`.
    package func probe() async throws {
        _ = try await requests.execute(requests.request("GET", "/livez", timeout: Self.probeTimeout))
    }

    /// `PUT /jobs/{id}/artifacts/{name}?sha256=…&epoch=…&worker=…`.
    package func putArtifact(
        _ artifact: Artifact,
        from path: String,
        of job: JobID,
        epoch: Epoch,
        worker: WorkerID
    ) async throws {
        var request = requests.request("PUT", Self.place(artifact, job, epoch, worker), timeout: Self.fileTimeout)
        request.stallLimit = Self.fileStallLimit
        request.headers.append(("Content-Type", artifact.contentType))
        request.body = .file(path: path, range: 0..<artifact.bytes)
        _ = try await requests.execute(request)
    }

    /// `GET /jobs/{id}/artifacts/{name}?sha256=…&epoch=…&worker=…`.
    package func getArtifact(
        _ artifact: Artifact,
        of job: JobID,
        epoch: Epoch,
        worker: WorkerID,
        to path: String
    ) async throws {
        var request = requests.request("GET", Self.place(artifact, job, epoch, worker), timeout: Self.fileTimeout)
        request.stallLimit = Self.fileStallLimit
        request.sink = .file(path: path, limit: artifact.bytes)
        _ = try await requests.execute(request)
    }

    // MARK: Parts

    private static func place(_ artifact: Artifact, _ job: JobID, _ epoch: Epoch, _ worker: WorkerID) -> String {
        "/jobs/\(PercentCoding.encode(job.rawValue))/artifacts/\(PercentCoding.encode(artifact.name))"
            + "?sha256=\(artifact.sha256)&epoch=\(epoch)&worker=\(PercentCoding.encode(worker.rawValue))"
    }
}
