import JSON
import JobModel
import MicrosoftGraph

extension ToDo {
    /// The mailbox the task names, or the configured one.
    func mailbox(_ configured: String?) throws(StepFailure) -> String {
        guard let mailbox = try plainText("mailbox") ?? configured, !mailbox.isEmpty else {
            throw invalid("needs 'mailbox', because no sender is configured (CPA_GRAPH_MAILBOX)")
        }
        // A user id is a GUID, which is no address.
        if mailbox.count == 36, mailbox.allSatisfy({ $0.isHexDigit || $0 == "-" }) { return mailbox }
        return try mailAddress(mailbox, "mailbox").address
    }

    /// One checked address.
    func mailAddress(_ text: String, _ member: String) throws(StepFailure) -> MailAddress {
        do throws(MailAddress.Invalid) {
            return try MailAddress(text)
        } catch {
            throw invalid("has an address in '\(member)' that \(error.description): \(Self.visible(text))")
        }
    }

    /// Checked addresses from text or a list of texts.
    func addresses(_ member: String) throws(StepFailure) -> [MailAddress] {
        var addresses: [MailAddress] = []
        for text in try texts(member) ?? [] { addresses.append(try mailAddress(text, member)) }
        return addresses
    }

    /// A time, as Graph's filters take it.
    func time(_ member: String) throws(StepFailure) -> String? {
        guard let text = try plainText(member) else { return nil }
        guard let milliseconds = RFC3339.parse(text) else {
            throw invalid("has no RFC 3339 time in '\(member)', such as 2026-11-20T08:00:00Z: \(Self.visible(text))")
        }
        return RFC3339.format(milliseconds)
    }

    /// Text for a message: short, and without what would break its line.
    private static func visible(_ text: String) -> String {
        let shown = String(
            text.prefix(100).unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "�" : Character($0) }
        )
        return shown
    }
}
