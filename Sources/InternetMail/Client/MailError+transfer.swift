import HTTPClient
import MailModel

extension MailError {
    /// What a failed exchange with a mail server means.
    init(_ error: MailTransferError, during operation: String, _ mailbox: String) {
        let (code, remedy): (Code, String) =
            switch error.outcome {
            case .nothing: (.unavailable, "Check address and port of the server, and the network.")
            case .loginDenied where error.isBusy:
                (.throttled, "The server takes no further log-in of this user now: try again later.")
            case .noFolder:
                (.notFound, "The folder is not there, or may not be opened: check its name.")
            case .loginDenied:
                (
                    .configuration,
                    "The server does not accept who asks: check user, password or token, and that it allows them."
                )
            case .tls:
                (
                    .configuration,
                    "Check the server's certificate, the authorities to trust (CPA_MAIL_CA_FILE), and that it offers TLS at that port."
                )
            case .unknown: (.unknownOutcome, "Nobody can say whether it was done.")
            case .refused: error.refusal
            }
        self.init(
            code,
            "Mail of \(mailbox) failed while \(operation): \(error.message). \(remedy)",
            status: error.code == 0 ? nil : error.code
        )
    }
}

extension MailTransferError {
    /// What a server's no means, and what to do.
    ///
    /// Its status (RFC 3463) is looked at first: 552 is said of a full mailbox, and of a mail that is too large.
    fileprivate var refusal: (MailError.Code, String) {
        switch words.split(separator: " ").dropFirst().first ?? "" {
        case "4.2.2", "5.2.2": return (.rejected, "The mailbox is full: let its owner make room, then send again.")
        case "5.2.3", "5.3.4": return (.invalidInput, "The mail is larger than the server takes.")
        default: break
        }
        return switch code {
        case 421, 450, 451, 452: (.throttled, "The server cannot take it now: try again later.")
        case 400..<500: (.unavailable, "The server cannot take it now: try again later.")
        case 530, 534, 535: (.configuration, "The server wants another log-in.")
        case 552: (.invalidInput, "The mail is larger than the server takes.")
        case 550, 551, 553, 501: (.rejected, "The server refuses a receiver or the sender: check the addresses.")
        default: (.rejected, "Correct what the server's words name.")
        }
    }

    /// Whether a log-in was refused for now only: too many connections, or a server that is not well.
    ///
    /// Sources: RFC 5530 (`UNAVAILABLE`, `INUSE`, `SERVERBUG`), RFC 9051 (`LIMIT`), words of Dovecot and Gmail.
    var isBusy: Bool {
        guard outcome == .loginDenied else { return false }
        let words = words.lowercased()
        return (400..<500).contains(code)
            || [
                "[unavailable]", "[inuse]", "[serverbug]", "[limit]", "maximum number of connections", "too many",
            ].contains { words.contains($0) }
    }
}
