import MailModel

/// The mails a wait has let pass, for what it says when its time is over.
struct PassedMails: Sendable {
    /// More are not counted.
    private static let countLimit = 200
    /// So many are named.
    private static let namedLimit = 5

    private var ids: Set<String> = []
    /// The newest first.
    private var newest: [(id: String, received: String, subject: String)] = []
    /// Subjects of the mails on which the pattern took too long, by id; each has cost half a second.
    private var costly: [String: String] = [:]

    /// How many there were.
    var count: Int { ids.count }

    /// Notes a mail; one that comes twice counts once.
    mutating func note(_ mail: ReceivedMail) {
        if ids.count < Self.countLimit { ids.insert(mail.id) }
        guard !newest.contains(where: { $0.id == mail.id }) else { return }
        newest.append((mail.id, mail.received, mail.subject))
        newest.sort { $0.received > $1.received }
        newest = Array(newest.prefix(Self.namedLimit))
    }

    /// Notes that the pattern took too long on a mail.
    mutating func noteCostly(_ mail: ReceivedMail) { costly[mail.id] = mail.subject }

    /// Whether the pattern took too long on it: it would again.
    func isCostly(_ mail: ReceivedMail) -> Bool { costly[mail.id] != nil }

    /// What came, as part of a sentence.
    var words: String {
        newest.isEmpty ? "no mail came" : "those that came do not fit: " + Self.list(newest.map { $0.subject })
    }

    /// What to say of a pattern that took too long; empty when it never did.
    func words(about pattern: String) -> String {
        guard !costly.isEmpty else { return "" }
        let subjects = costly.values.sorted().prefix(Self.namedLimit)
        return " The 'pattern' \(pattern.prefix(100)) takes too long on \(Self.list(subjects)): let one repetition not "
            + "stand within another, or name more of the text around."
    }

    private static func list(_ subjects: some Sequence<String>) -> String {
        subjects.map { "\"\($0.prefix(80))\"" }.joined(separator: ", ")
    }
}
