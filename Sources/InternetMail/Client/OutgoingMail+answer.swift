import MailModel

extension OutgoingMail {
    /// Gives an answer those whom the mail it answers wants it to go to; nobody twice.
    ///
    /// They are its Reply-To, else its sender (RFC 5322 §3.6.2); of an answer to all everybody it went to as well, but for
    /// this mailbox.
    ///
    /// - Throws: `MailError` with `invalidInput` when there is nobody, or an address that mail cannot go to.
    mutating func address(toThoseOf original: MessagePart, all: Bool) throws(MailError) {
        let wanted = original.addresses("reply-to")
        let authors = try Self.addresses(wanted.isEmpty ? Array(original.addresses("from").prefix(1)) : wanted)
        guard !authors.isEmpty else {
            throw MailError(
                .invalidInput,
                "The mail to answer has no address in Reply-To or From: write to its sender by send_mail."
            )
        }
        let others = try Self.addresses(all ? original.addresses("to") + original.addresses("cc") : [])
        let own = ((try? sender()) ?? mailbox).lowercased()
        let hasOthers = all && (authors + others).contains { $0.address.lowercased() != own }
        var seen: Set<String> = hasOthers ? [own] : []
        func fresh(_ addresses: [MailAddress]) -> [MailAddress] {
            addresses.filter { seen.insert($0.address.lowercased()).inserted }
        }
        let first = fresh(authors + to)
        let rest = fresh(others)
        // An answer to a mail of one's own goes to those it went to.
        to = first.isEmpty ? rest : first
        cc = fresh(cc) + (first.isEmpty ? [] : rest)
        bcc = fresh(bcc)
    }

    private static func addresses(_ texts: [String]) throws(MailError) -> [MailAddress] {
        var addresses: [MailAddress] = []
        for text in texts {
            do throws(MailAddress.Invalid) {
                addresses.append(try MailAddress(text).ascii())
            } catch {
                throw MailError(.invalidInput, "The mail to answer names an address that \(error): \(text.prefix(100))")
            }
        }
        return addresses
    }
}
