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

    @Test(
        arguments: [
            ("7", .seconds(7)), ("Sun, 06 Nov 1994 08:50:07 GMT", .seconds(30)),
            ("Sun, 06 Nov 1994 08:49:00 GMT", .zero), ("Mon, 06 Nov 2034 08:49:37 GMT", .seconds(86_400)),
            ("999999", .seconds(86_400)), ("-5", nil), ("soon", nil), ("Sun, 06 Nov 1994", nil), ("", nil),
        ] as [(String, Duration?)]
    )
    func `a wish to be left alone comes in seconds, or as a date by the service's clock`(wish: String, wait: Duration?)
    {
        let headers = [(name: "Date", value: "Sun, 06 Nov 1994 08:49:37 GMT"), (name: "Retry-After", value: wish)]
        #expect(Self.error(503, nil, headers: headers).retryAfter == wait)
    }

    @Test func `without a date of the service's own ours counts`() {
        let headers = [(name: "Retry-After", value: "Sun, 06 Nov 1994 08:50:07 GMT")]
        #expect(Self.error(503, nil, headers: headers).retryAfter == .zero)
    }

    @Test func `an answer that is no JSON still makes a sentence`() {
        let error = Self.error(502, nil, headers: [("retry-after", "12")])
        #expect(error.code == .unavailable)
        #expect(error.retryAfter == .seconds(12))
        #expect(error.message.contains("502"))
    }
}
