/// The command line of `cpa-bench mail`.
struct MailOptions: Sendable {
    static let usage = """
        usage: cpa-bench mail FIGURE --graph URL --ca FILE --tenant ID --client ID --secret TEXT --mailbox ADDRESS --to ADDRESS
                              [--file PATH --bytes N --sha256 HEX] [--iterations N] [--lanes N]
          FIGURE: draft    look, draft, attach, send
                  direct   look, send with the attachment in one request
                  upload   look, draft, upload session, send
                  read     the newest 500 of an inbox with their texts, in pages of 50
          --file        what is attached, with its length and hash
          --iterations  how often
          --lanes       at the same time
        """

    var figure: String
    var graph = ""
    var ca = ""
    var tenant = ""
    var client = ""
    var secret = ""
    var mailbox = ""
    var to = ""
    var file = ""
    var bytes = 0
    var sha256 = ""
    var iterations = 100
    var lanes = 1

    /// - Returns: nil for anything it does not know.
    init?(_ arguments: some Collection<String>) {
        guard let figure = arguments.first, ["draft", "direct", "upload", "read"].contains(figure) else { return nil }
        self.figure = figure
        var rest = arguments.dropFirst()
        while let name = rest.popFirst() {
            guard let value = rest.popFirst(), set(name, value) else { return nil }
        }
        guard !graph.isEmpty, !to.isEmpty, iterations > 0, lanes > 0 else { return nil }
    }

    private mutating func set(_ name: String, _ value: String) -> Bool {
        switch name {
        case "--graph": graph = value
        case "--ca": ca = value
        case "--tenant": tenant = value
        case "--client": client = value
        case "--secret": secret = value
        case "--mailbox": mailbox = value
        case "--to": to = value
        case "--file": file = value
        case "--bytes": bytes = Int(value) ?? 0
        case "--sha256": sha256 = value
        case "--iterations": iterations = Int(value) ?? 0
        case "--lanes": lanes = Int(value) ?? 0
        default: return false
        }
        return true
    }
}
