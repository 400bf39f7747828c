/// The replies of an SMTP server, kept as far as a failure tells of them: the last one, and whom it was about.
///
/// Pure. libcurl hands over every line, but says of a refused receiver only that one was. Source: RFC 5321 §4.2.1.
struct SubmissionReplies {
    /// Lines of the last reply that are kept.
    private static let mostLines = 8
    /// The answer to QUIT, by which libcurl ends what failed.
    private static let farewell = 221

    private var lines: [String] = []
    private var isWithin = false
    private var code = 0
    /// Replies of success since the connection, its encryption or the log-in: EHLO, MAIL, one a receiver.
    private var accepted = 0

    /// Takes one line, with or without its line break.
    mutating func take(_ line: some Collection<UInt8>) {
        guard line.count >= 3, let code = Int(String(decoding: line.prefix(3), as: UTF8.self)), code != Self.farewell
        else { return }
        if !isWithin { lines = [] }
        isWithin = line.dropFirst(3).first == UInt8(ascii: "-")
        if lines.count < Self.mostLines { lines.append(ServerWords.text(line.dropFirst(4))) }
        guard !isWithin else { return }
        self.code = code
        switch code {
        case 220: accepted = 0
        case 235: accepted = 1
        case 250...259: accepted += 1
        default: break
        }
    }

    /// The last reply, `550 5.1.1 No such user here`; empty before the first.
    var said: String { code == 0 ? "" : "\(code) " + lines.joined(separator: " ") }

    /// The number of the receiver the last reply refuses; nil when it refuses something else, or nothing.
    ///
    /// Behind the last receiver comes the message: its refusal has a number beyond them.
    var refusedReceiver: Int? { (400...599).contains(code) && accepted >= 2 ? accepted - 2 : nil }
}
