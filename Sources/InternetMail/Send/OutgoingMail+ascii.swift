import MailModel

extension OutgoingMail {
    /// The same with every receiver's domain as DNS has it.
    ///
    /// Whether a server has SMTPUTF8 shows only while a mail is given to it, so it is never made use of.
    ///
    /// - Throws: `MailError` with `invalidInput` for what has letters beyond ASCII before the @.
    func addressedInASCII() throws(MailError) -> OutgoingMail {
        var mail = self
        mail.to = try Self.ascii(to)
        mail.cc = try Self.ascii(cc)
        mail.bcc = try Self.ascii(bcc)
        mail.replyTo = try Self.ascii(replyTo)
        return mail
    }

    /// The address it is from, its domain as DNS has it.
    ///
    /// - Throws: `MailError` with `invalidInput` when the mailbox is named otherwise.
    func sender() throws(MailError) -> String {
        do throws(MailAddress.Invalid) {
            return try MailAddress(mailbox).ascii().address
        } catch {
            throw MailError(
                .invalidInput,
                "The mailbox '\(mailbox.prefix(100))' \(error): SMTP sends from an address, so name one as 'mailbox'."
            )
        }
    }

    private static func ascii(_ addresses: [MailAddress]) throws(MailError) -> [MailAddress] {
        var result: [MailAddress] = []
        for address in addresses {
            do throws(MailAddress.Invalid) {
                result.append(try address.ascii())
            } catch {
                throw MailError(.invalidInput, "The address \(address) \(error).")
            }
        }
        return result
    }
}
