import HTTPClient
import JSON
import MailModel
import Telemetry

extension MailClient {
    /// Brings a large attachment up, piece by piece from disk; `UploadSession` decides, this performs.
    ///
    /// - Parameter path: the attachments of the draft.
    func upload(
        _ attachment: OutgoingAttachment,
        to path: String,
        _ mailbox: String,
        _ deadline: ContinuousClock.Instant
    ) async throws -> DraftSend.Event {
        guard let url = try await beginUpload(attachment, path, mailbox, deadline) else { return .draftGone }
        let upload = Upload(attachment: attachment, url: url, mailbox: mailbox, deadline: deadline)
        var session = UploadSession(total: attachment.bytes, chunk: Self.chunk)
        var action = session.start()
        while true {
            try Task.checkCancellation()
            switch action {
            case .put(let range): action = session.handle(try await put(range, upload))
            case .ask: action = session.handle(try await ask(upload))
            case .wait(let pause):
                let failure = MailError(
                    .unavailable,
                    "The upload of \(attachment.name) is interrupted again and again."
                )
                try await connection.wait(pause, deadline, failure)
                action = session.handle(.waited)
            case .finish: return .attached
            case .giveUp:
                environment.logger.warning("An upload session ended early; looking what arrived", [:])
                return .attachmentUnknown
            }
        }
    }

    /// One upload under way.
    private struct Upload {
        var attachment: OutgoingAttachment
        var url: String
        var mailbox: String
        var deadline: ContinuousClock.Instant
        var operation: String { "upload \(attachment.name)" }
    }

    /// - Returns: where to send the pieces; nil when the draft is gone.
    private func beginUpload(
        _ attachment: OutgoingAttachment,
        _ path: String,
        _ mailbox: String,
        _ deadline: ContinuousClock.Instant
    ) async throws -> String? {
        var item: JSONObject = [
            "attachmentType": "file",
            "name": .string(attachment.name),
            "size": .integer(Int64(attachment.bytes)),
            "contentType": .string(attachment.contentType),
        ]
        Self.mark(attachment, in: &item)
        let response = try await connection.perform(
            .post(path + "/createUploadSession", ["AttachmentItem": .object(item)], mayRepeat: true),
            mailbox: mailbox,
            deadline: deadline,
            operation: "begin to upload \(attachment.name)"
        )
        if response.status == 404 { return nil }
        guard response.status == 201 else { throw MailError(response, during: "begin to upload \(attachment.name)") }
        guard let url = try Self.object(response, "the upload")["uploadUrl"]?.string else {
            throw MailError(.malformedAnswer, "The answer to an upload session names no uploadUrl.", status: 201)
        }
        return url
    }

    private func put(_ range: Range<Int>, _ upload: Upload) async throws -> UploadSession.Event {
        let request = HTTPClientRequest(
            method: "PUT",
            url: upload.url,
            headers: [
                ("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(upload.attachment.bytes)"),
                ("Content-Type", "application/octet-stream"),
            ],
            body: .file(path: upload.attachment.path, range: range),
            timeout: try left(upload)
        )
        guard let response = try await send(request, bytes: range.count, upload) else { return .broken }
        switch response.status {
        case 200, 202: return .taken(next: UploadSession.next(Self.json(response)))
        case 201: return .complete
        case 404, 410: return .gone
        // A piece the session does not expect, or another one for the same file: the session says what it expects.
        case 409, 416, 500...: return .broken
        case 429: return .throttled(response.retryAfter ?? .seconds(2))
        default: throw MailError(response, during: upload.operation)
        }
    }

    private func ask(_ upload: Upload) async throws -> UploadSession.Event {
        let request = HTTPClientRequest(method: "GET", url: upload.url, timeout: try left(upload))
        guard let response = try await send(request, bytes: 0, upload) else { return .broken }
        switch response.status {
        case 200: return UploadSession.next(Self.json(response)).map { .expects($0) } ?? .unanswered
        case 404, 410: return .gone
        case 429: return .throttled(response.retryAfter ?? .seconds(2))
        case 500...: return .broken
        default: return .unanswered
        }
    }

    /// - Returns: nil when there was no answer.
    private func send(
        _ request: HTTPClientRequest,
        bytes: Int,
        _ upload: Upload
    ) async throws -> HTTPClientResponse? {
        do {
            return try await connection.upload(
                request,
                bytes: bytes,
                mailbox: upload.mailbox,
                deadline: upload.deadline,
                operation: upload.operation
            )
        } catch let error as MailError {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch let error as HTTPClientError where error.code == .file || error.code == .invalidRequest {
            throw MailError(
                .invalidInput,
                "The attachment \(upload.attachment.name) changed while it was sent, or cannot be read."
            )
        } catch {
            environment.logger.warning("A piece of an attachment was lost", ["cause": "\(error)"])
            return nil
        }
    }

    private func left(_ upload: Upload) throws -> Duration {
        let left = upload.deadline - environment.now()
        guard left > .zero else {
            throw MailError(
                .unavailable,
                "The time limit of the step is over within the upload of \(upload.attachment.name)."
            )
        }
        return min(left, .seconds(120))
    }

    private static func json(_ response: HTTPClientResponse) -> JSONValue? {
        try? JSONValue(parsing: response.body, options: .trustedPeer)
    }
}
