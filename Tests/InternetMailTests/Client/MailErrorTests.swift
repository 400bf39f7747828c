import HTTPClient
import MailModel
import Testing

@testable import InternetMail

@Suite struct MailErrorTests {
    @Test(arguments: [
        (552, "552 5.2.2 Mailbox full", MailError.Code.rejected, "The mailbox is full"),
        (452, "452 4.2.2 Over quota", .rejected, "The mailbox is full"),
        (552, "552 5.3.4 Message too big", .invalidInput, "larger than the server takes"),
        (550, "550 5.2.3 Too long", .invalidInput, "larger than the server takes"),
        (552, "552 Too much", .invalidInput, "larger than the server takes"),
        (550, "550 5.1.1 No such user", .rejected, "check the addresses"),
        (451, "451 4.3.0 Later", .throttled, "try again later"),
    ])
    func `a refusal is told apart by its status`(reply: Int, words: String, code: MailError.Code, remedy: String) {
        let refusal = MailTransferError(.refused, code: reply, words: words, message: "smtp://x: \(words)")
        let error = MailError(refusal, during: "sending", "a@x.de")
        #expect(error.code == code)
        #expect(error.message.contains(remedy), "\(error.message)")
        #expect(error.status == reply)
    }

    @Test func `authorities that cannot be read are a setting to correct`() {
        let failure = MailTransferError(.tls, message: "smtp://x: error setting certificate file: /x.pem")
        let error = MailError(failure, during: "sending", "a@x.de")
        #expect(error.code == .configuration)
        #expect(error.message.contains("CPA_MAIL_CA_FILE"))
    }
}
