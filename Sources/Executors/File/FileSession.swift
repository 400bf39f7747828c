import Cryptography
import JSON
import JobModel
import Threads

/// The file executor at work for one job.
///
/// Members of the tasks: `path`; `read_file`: `format` (`text`, `base64`, `json`), `max_bytes`; `write_file`: `text`,
/// `base64` or `content` (any JSON), `content_type`, `overwrite`; `move_file`: `to`, `overwrite`.
struct FileSession: ExecutorSession {
    /// Bytes `read_file` gives out unless `max_bytes` says otherwise: outputs travel in messages.
    static let readLimit = 1 << 20

    let workspace: any ArtifactWorkspace

    func execute(_ step: Step) async throws -> StepOutcome {
        switch step.task.action {
        case .readFile: try await read(step.task)
        case .writeFile: try await write(step.task)
        case .moveFile: try await move(step.task)
        case .hashFile: try await hash(step.task)
        default: preconditionFailure("Cannot do '\(step.task.action.rawValue)' with files: the registry never asks")
        }
    }

    func close() {}

    // MARK: Verifying

    func verify(_ step: Step) async throws -> Verification {
        switch step.task.action {
        case .writeFile: try await verifyWrite(step.task)
        case .moveFile: try await verifyMove(step.task)
        default: .didNotHappen
        }
    }

    /// Written is what is there under the name with the hash of the content; doing it again is safe otherwise.
    private func verifyWrite(_ task: ToDo) async throws -> Verification {
        let name = try task.requiredString("path")
        let expected = SHA256.digest(of: try task.fileContent().bytes).hex
        guard let found = await artifact(name), found.sha256 == expected else { return .didNotHappen }
        return .happened(Self.outcome(of: found))
    }

    private func verifyMove(_ task: ToDo) async throws -> Verification {
        let (old, new) = (try task.requiredString("path"), try task.requiredString("to"))
        guard let moved = await artifact(new) else { return .didNotHappen }
        guard let source = await artifact(old) else {
            return .happened(Self.outcome(of: moved))
        }
        if source.sha256 == moved.sha256 { return .happened(Self.outcome(of: moved)) }
        if try task.flag("overwrite") { return .didNotHappen }
        return .unknown("Both '\(old)' and '\(new)' exist and differ, so it is open which one '\(old)' was moved to.")
    }

    private func artifact(_ name: String) async -> Artifact? {
        // Swift compares strings by canonical equivalence: a decomposed name finds its composed artifact.
        await workspace.list().first { $0.name == name }
    }

    // MARK: Doing

    private func read(_ task: ToDo) async throws -> StepOutcome {
        let name = try task.requiredString("path")
        let format = try task.optionalString("format") ?? "text"
        let limit = try task.optionalCount("max_bytes") ?? Self.readLimit
        let path = try await workspace.path(of: name)
        let bytes = try await JobWorkspace.sharedThread.run { try WorkspaceDisk.read(path, for: name, limit: limit) }
        var outputs: JSONObject = ["bytes": .init(bytes.count), "sha256": .string(SHA256.digest(of: bytes).hex)]
        switch format {
        case "base64": outputs["base64"] = .string(Base64.encode(bytes))
        case "text": outputs["text"] = .string(try text(bytes, of: name))
        case "json":
            do {
                outputs["json"] = try JSONValue(parsing: bytes)
            } catch {
                throw StepFailure(
                    reason: .invalidInput,
                    message: "The file '\(name)' is no JSON: \(error)",
                    isRetryable: false
                )
            }
        default:
            throw StepFailure(
                reason: .invalidInput,
                message: "'format' of read_file is '\(format)'; use text, base64 or json.",
                isRetryable: false
            )
        }
        return StepOutcome(outputs: outputs, touched: "\(name) (\(ByteCount.text(bytes.count)))")
    }

    private func text(_ bytes: [UInt8], of name: String) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw StepFailure(
                reason: .invalidInput,
                message: "The file '\(name)' is no UTF-8 text; read it with 'format: base64'.",
                isRetryable: false
            )
        }
        return text
    }

    private func write(_ task: ToDo) async throws -> StepOutcome {
        let content = try task.fileContent()
        let artifact = try await workspace.write(
            content.bytes,
            name: try task.requiredString("path"),
            contentType: try task.mediaType("content_type") ?? content.type,
            overwrite: try task.flag("overwrite")
        )
        return Self.outcome(of: artifact)
    }

    private func move(_ task: ToDo) async throws -> StepOutcome {
        let artifact = try await workspace.move(
            try task.requiredString("path"),
            to: try task.requiredString("to"),
            overwrite: try task.flag("overwrite")
        )
        return Self.outcome(of: artifact)
    }

    private func hash(_ task: ToDo) async throws -> StepOutcome {
        let name = try task.requiredString("path")
        let path = try await workspace.path(of: name)
        let digest: FileDigest
        do {
            digest = try await FileDigest.compute(path: path)
        } catch let error as CryptographyError {
            throw StepFailure(reason: .ioError, message: "Cannot hash '\(name)': \(error)", isRetryable: true)
        }
        return StepOutcome(
            outputs: ["sha256": .string(digest.sha256.hex), "bytes": .init(digest.bytes)],
            touched: "\(name) (\(ByteCount.text(digest.bytes)))"
        )
    }

    private static func outcome(of artifact: Artifact) -> StepOutcome {
        StepOutcome(
            outputs: [
                "artifact": .string(artifact.name), "bytes": .init(artifact.bytes), "sha256": .string(artifact.sha256),
            ],
            artifacts: [artifact],
            touched: "\(artifact.name) (\(ByteCount.text(artifact.bytes)))"
        )
    }
}
