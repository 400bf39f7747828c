import HTTPClient
import MailModel
import Testing

@testable import MicrosoftGraph

@Suite struct MailErrorTests {
    private static func error(_ status: Int, _ code: String?, headers: [(name: String, value: String)] = [])
        -> MailError
    {
        let body =
            code.map { #"{"error":{"code":"\#($0)","message":"words","innerError":{"request-id":"r-1"}}}"# } ?? ""
        return MailError(
            HTTPClientResponse(status: status, headers: headers, body: Array(body.utf8)),
            during: "send mail"
        )
    }

    @Test(arguments: [
        (401, "UnknownError", MailError.Code.permission), (401, "InvalidAuthenticationToken", .configuration),
        (401, "InvalidAudienceForResource", .malformedAnswer), (403, "ErrorAccessDenied", .permission),
        (403, "ErrorSendAsDenied", .permission), (403, "Authorization_RequestDenied", .permission),
        (403, "ErrorQuotaExceeded", .rejected), (404, "ErrorItemNotFound", .notFound),
        (404, "MailboxNotEnabledForRESTAPI", .notFound), (404, "ErrorInvalidUser", .notFound),
        (400, "ErrorInvalidIdMalformed", .notFound), (400, "InvalidIdMalformed", .notFound),
        (400, "ErrorInvalidRecipients", .invalidInput), (400, "errorinvalidrecipients", .invalidInput),
        (400, "InefficientFilter", .rejected), (413, "ErrorMessageSizeExceeded", .invalidInput),
        (429, "ApplicationThrottled", .throttled), (500, "ErrorInternalServerTransientError", .unavailable),
        (503, "serviceNotAvailable", .unavailable), (504, "UnknownError", .unavailable), (507, "x", .rejected),
        (200, "ErrorInternalServerError", .malformedAnswer),
    ])
    func `a code of the service means one thing to us`(status: Int, code: String, meaning: MailError.Code) {
        #expect(Self.error(status, code).code == meaning)
    }

    @Test func `the sentence names operation, status, code and words; the request id comes along`() {
        let error = Self.error(403, "ErrorAccessDenied", headers: [("Request-ID", "abc")])
        #expect(error.message.hasPrefix("Cannot send mail: status 403: ErrorAccessDenied, words. Grant"))
        #expect(error.description.hasSuffix("(request-id abc)"))
        #expect(Self.error(404, "ErrorItemNotFound").requestID == "r-1")
    }

    @Test func `an answer that is no JSON still makes a sentence`() {
        let error = Self.error(502, nil, headers: [("retry-after", "12")])
        #expect(error.code == .unavailable)
        #expect(error.retryAfter == .seconds(12))
        #expect(error.message.contains("502"))
    }
}
