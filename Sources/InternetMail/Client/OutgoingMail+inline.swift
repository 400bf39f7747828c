import Cryptography
import MailModel

extension OutgoingMail {
    /// The name an image of a mail that is passed on is shown by; nil when its HTML shows it nowhere, or an attachment has
    /// that name already.
    ///
    /// Many programs give one to what is no more than attached.
    func contentID(of part: MessagePart, shownIn html: String) -> String? {
        guard let contentID = part.contentID, !attachments.contains(where: { $0.contentID == contentID }) else {
            return nil
        }
        let html = html.lowercased()
        // As it is, or as a URL has it (RFC 2392).
        let isShown = [contentID, PercentCoding.encode(contentID)].contains { html.contains("cid:\($0.lowercased())") }
        return isShown ? contentID : nil
    }
}
