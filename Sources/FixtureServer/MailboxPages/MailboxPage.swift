import Cryptography
import HTTPServer

/// The pages that show mailboxes; everything in them that came from a mail is escaped.
enum MailboxPage {
    static let missing = HTTPResponse.html(404, page("Nicht gefunden", HTML.empty, "<p>Das gibt es hier nicht.</p>"))

    /// Every mailbox with its folders.
    static func overview(_ mailboxes: [Mailbox]) -> HTML {
        let cards = mailboxes.map { mailbox -> HTML in
            """
            <section class="card">
            <h2><a href="\(path(mailbox))">\(mailbox.address)</a></h2>
            <ul>
            \(HTML.join(folders(mailbox).map { "<li>\($0)</li>" }))
            </ul>
            </section>
            """
        }
        return page("Postfächer", HTML.empty, "<div class=\"cards\">\(HTML.join(cards))</div>")
    }

    /// The messages of a folder, the newest first.
    static func list(_ mailbox: Mailbox, _ folder: MailFolder) -> HTML {
        let messages = mailbox.visible(in: folder.id)
        let rows = messages.map { message -> HTML in
            let people = folder.wellKnown == .inbox ? [message.from].compactMap(\.self) : message.to
            let mark: HTML = message.isRead ? "" : "<span class=\"unread\" title=\"ungelesen\">●</span>"
            let clip: HTML = message.attachments.isEmpty ? "" : "<span class=\"count\">Anhang</span>"
            return """
                <tr class="\(message.isRead ? "read" : "new")">
                <td>\(mark)</td><td>\(names(people))</td>
                <td><a href="\(path(mailbox, message.id))">\(title(message))</a>
                <span class="preview">\(preview(message))</span></td>
                <td>\(clip)</td><td class="time">\(time(message.received))</td>
                </tr>
                """
        }
        let table: HTML =
            rows.isEmpty
            ? "<p class=\"empty\">Keine Nachrichten in diesem Ordner.</p>"
            : "<table><tbody>\(HTML.join(rows))</tbody></table>"
        return page("\(folder.displayName) – \(mailbox.address)", navigation(mailbox, folder.id), table)
    }

    /// One message.
    static func message(_ message: StoredMessage, in mailbox: Mailbox) -> HTML {
        let lines: [(String, [StoredMessage.Recipient])] = [
            ("Von", [message.from].compactMap(\.self)), ("An", message.to), ("Cc", message.cc), ("Bcc", message.bcc),
            ("Antwort an", message.replyTo),
        ]
        let people = lines.filter { !$0.1.isEmpty }.map { name, people -> HTML in
            "<dt>\(name)</dt><dd>\(addresses(people))</dd>"
        }
        let headers = message.headers.map { header -> HTML in "<dt>\(header.name)</dt><dd>\(header.value)</dd>" }
        let files = message.attachments.map { file -> HTML in
            """
            <li><a href="\(path(mailbox, message.id, file.id))">\(file.name)</a>
            <span class="preview">\(file.contentType), \(file.bytes.count) Bytes\(file.isInline ? ", im Text" : "")</span></li>
            """
        }
        let body: HTML =
            message.body.contentType == "html"
            ? "<iframe title=\"Text\" sandbox src=\"\(path(mailbox, message.id, "body"))\"></iframe>"
            : "<pre>\(message.body.content)</pre>"
        let attachments: HTML = files.isEmpty ? "" : "<ul class=\"files\">\(HTML.join(files))</ul>"
        let state: HTML = message.isDraft ? "<span class=\"draft\">Entwurf</span>" : ""
        let content: HTML = """
            <article>
            <h2>\(title(message)) \(state)</h2>
            <dl>\(HTML.join(people))<dt>Zeit</dt><dd>\(time(message.received))</dd>
            <dt>Message-ID</dt><dd>\(message.internetMessageID)</dd>\(HTML.join(headers))</dl>
            \(attachments)
            \(body)
            </article>
            """
        return page("\(title(message)) – \(mailbox.address)", navigation(mailbox, message.folder), content)
    }

    /// The HTML of a message for its frame: no scripts, nothing from elsewhere, pictures only those it brought.
    static func body(of message: StoredMessage, in mailbox: Mailbox) -> HTTPResponse {
        var content = message.body.content
        for file in message.attachments {
            guard let id = file.contentID else { continue }
            content = content.replacing("cid:\(id)", with: path(mailbox, message.id, file.id))
        }
        return HTTPResponse(
            status: 200,
            headers: [
                "Content-Type": message.body.contentType == "html"
                    ? "text/html; charset=utf-8" : "text/plain; charset=utf-8",
                "Content-Security-Policy":
                    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox; frame-ancestors 'self'",
                "X-Content-Type-Options": "nosniff",
            ],
            body: .bytes(Array(content.utf8))
        )
    }

    /// An attachment: pictures as they are, everything else to be saved, and never run.
    static func file(_ file: StoredAttachment) -> HTTPResponse {
        var response = HTTPResponse.download(file.bytes, name: file.name, contentType: "application/octet-stream")
        if ["image/png", "image/jpeg", "image/gif", "image/webp"].contains(file.contentType.lowercased()) {
            response.headers["Content-Type"] = file.contentType.lowercased()
        }
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response
    }

    // MARK: Pieces

    private static func page(_ title: String, _ navigation: HTML, _ content: HTML) -> HTML {
        """
        <!DOCTYPE html>
        <html lang="de">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title)</title>
        <link rel="stylesheet" href="/mailbox.css">
        </head>
        <body>
        <header><a href="/">Postfächer der Übungsumgebung</a><span>nur zum Ansehen; gesendet wird nichts nach außen</span></header>
        <div class="frame">
        \(navigation)
        <main>\(content)</main>
        </div>
        </body>
        </html>
        """
    }

    private static func navigation(_ mailbox: Mailbox, _ current: String) -> HTML {
        let items = folders(mailbox, current: current).map { item -> HTML in "<li>\(item)</li>" }
        return "<nav><h1>\(mailbox.address)</h1><ul>\(HTML.join(items))</ul></nav>"
    }

    /// Links to the folders, those below others behind them.
    private static func folders(_ mailbox: Mailbox, current: String? = nil) -> [HTML] {
        func below(_ id: String, _ depth: Int) -> [HTML] {
            mailbox.children(of: id).flatMap { folder -> [HTML] in
                let messages = mailbox.visible(in: folder.id)
                let unread = messages.count { !$0.isRead }
                let name = String(repeating: "· ", count: depth) + folder.displayName
                let count = unread > 0 ? "\(unread) / \(messages.count)" : messages.isEmpty ? "" : "\(messages.count)"
                let link: HTML = """
                    <a class="\(folder.id == current ? "here" : "there")" \
                    href="\(path(mailbox))?folder=\(PercentCoding.encode(folder.id))">\(name)</a> \
                    <span class="count">\(count)</span>
                    """
                return [link] + below(folder.id, depth + 1)
            }
        }
        return below(mailbox.id(of: .msgfolderroot), 0)
    }

    private static func path(_ mailbox: Mailbox, _ parts: String...) -> String {
        (["/mailbox", PercentCoding.encode(mailbox.address)] + parts.map { PercentCoding.encode($0) })
            .joined(separator: "/")
    }

    private static func title(_ message: StoredMessage) -> String {
        message.subject.isEmpty ? "(kein Betreff)" : message.subject
    }

    private static func preview(_ message: StoredMessage) -> String {
        let text = message.body.contentType == "html" ? HTMLText.plain(message.body.content) : message.body.content
        return String(text.prefix(120))
    }

    private static func names(_ people: [StoredMessage.Recipient]) -> String {
        people.isEmpty ? "–" : people.map(\.name).joined(separator: ", ")
    }

    private static func addresses(_ people: [StoredMessage.Recipient]) -> String {
        people.map { $0.name == $0.address ? $0.address : "\($0.name) <\($0.address)>" }.joined(separator: ", ")
    }

    private static func time(_ milliseconds: Int64) -> String {
        FixtureClock.rfc3339(milliseconds).replacing("T", with: " ").replacing("Z", with: " UTC")
    }
}
