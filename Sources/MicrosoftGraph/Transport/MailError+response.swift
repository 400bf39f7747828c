import HTTPClient
import JSON
import MailModel

extension MailError {
    /// The failure behind an answer that is not what was asked for.
    ///
    /// Codes compare without case and without the `Error` prefix: mail uses Exchange's names, and there is no complete list.
    /// Sources: Microsoft Graph error responses; Outlook mail error codes.
    init(_ response: HTTPClientResponse, during operation: String) {
        let error = (try? JSONValue(parsing: response.body, options: .trustedPeer))?["error"]
        let serviceCode = error?["code"]?.string
        let inner = error?["innerError"] ?? error?["innererror"]
        let (code, remedy) = Self.verdict(status: response.status, serviceCode: serviceCode ?? "")
        let words = [serviceCode, error?["message"]?.string].compactMap(\.self).filter { !$0.isEmpty }
        let said = words.isEmpty ? "" : ": " + words.joined(separator: ", ")
        self.init(
            code,
            "Cannot \(operation): status \(response.status)\(said). \(remedy)",
            status: response.status,
            serviceCode: serviceCode,
            retryAfter: response.retryAfter,
            requestID: response.header("request-id") ?? inner?["request-id"]?.string
        )
    }

    private static func verdict(status: Int, serviceCode: String) -> (Code, String) {
        let lower = serviceCode.lowercased()
        let name = lower.hasPrefix("error") ? String(lower.dropFirst(5)) : lower
        switch (status, name) {
        case (401, "unknownerror"), (401, ""):
            return (.permission, "The application has no right to this: grant Mail.Send and Mail.ReadWrite.")
        case (401, "invalidaudienceforresource"):
            return (.malformedAnswer, "A token was sent where none belongs; report this.")
        case (401, _):
            return (.configuration, "The token is refused: check scope, Graph URL and this machine's clock.")
        case (403, "sendasdenied"):
            return (.permission, "Send from the sender's own mailbox, or grant Send As.")
        case (403, "quotaexceeded"), (507, _):
            return (.rejected, "The mailbox is full: make room in it.")
        case (403, _):
            return (
                .permission,
                "Grant the application Mail.Send and Mail.ReadWrite, and include the mailbox in its scope."
            )
        case (404, "mailboxnotenabledforrestapi"), (404, "resourcenotfound"), (404, "invaliduser"),
            (404, "request_resourcenotfound"):
            return (.notFound, "There is no such mailbox in the tenant: check its address.")
        case (404, _), (410, _), (400, "invalididmalformed"):
            return (.notFound, "It is not there (any more).")
        case (400, "invalidrecipients"):
            return (.invalidInput, "Check the addresses.")
        case (413, _), (400, "messagesizeexceeded"):
            return (.invalidInput, "The mail is larger than the mailbox may send.")
        case (429, _), (509, _):
            return (.throttled, "Too many requests for this mailbox: wait and try again.")
        case (500..., _):
            return (.unavailable, "Microsoft Graph has a passing fault: try again.")
        case (200..<300, _):
            return (.malformedAnswer, "That status is not the documented one for this request.")
        default:
            return (.rejected, "Correct the request.")
        }
    }
}
