/// What is known about a mail that was sent.
package struct SentMail: Sendable, Hashable {
    /// How sure that is.
    package enum Proof: String, Sendable {
        /// The service took it (202); no copy was seen (yet).
        case accepted
        /// The copy lies in Sent Items, its attachments byte for byte.
        case inSentItems = "in_sent_items"
    }

    /// How it went out.
    package enum Mode: String, Sendable, CaseIterable {
        /// Draft, attachments, send: can be proved and resumed.
        case draft
        /// One request; needs Mail.Send only, and nothing can be taken up.
        case direct
    }

    package var trace: MailTrace
    package var mode: Mode
    package var proof: Proof
    /// Whether an earlier try had sent it already.
    package var wasAlreadySent: Bool
    /// Whether it was looked for before it was sent: false without the right to read.
    package var wasLookedUp: Bool

    /// A sent mail.
    package init(trace: MailTrace, mode: Mode, proof: Proof, wasAlreadySent: Bool, wasLookedUp: Bool = true) {
        self.trace = trace
        self.mode = mode
        self.proof = proof
        self.wasAlreadySent = wasAlreadySent
        self.wasLookedUp = wasLookedUp
    }
}
