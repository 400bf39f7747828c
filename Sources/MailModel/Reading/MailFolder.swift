/// A folder of a mailbox.
package struct MailFolder: Sendable, Hashable {
    package var id: String
    /// As people see it, in the language of the mailbox.
    package var name: String
    package var total: Int
    package var unread: Int
    /// How many folders are inside it.
    package var children: Int

    /// A folder.
    package init(id: String, name: String, total: Int, unread: Int, children: Int) {
        self.id = id
        self.name = name
        self.total = total
        self.unread = unread
        self.children = children
    }
}

/// How a folder is named: its purpose, its way from the top, or its id.
///
/// Names people see are localised, so a purpose is never looked for by one.
package enum FolderReference: Sendable, Hashable, CustomStringConvertible {
    /// The folders every mailbox has.
    package enum Purpose: String, Sendable, CaseIterable {
        case inbox, drafts, archive, outbox
        case sent = "sentitems"
        case trash = "deleteditems"
        case junk = "junkemail"
    }

    case purpose(Purpose)
    /// Display names from the top down.
    case path([String])
    case id(String)

    private static let words: [String: Purpose] = [
        "sent": .sent, "sent_items": .sent, "trash": .trash, "deleted": .trash, "deleted_items": .trash, "junk": .junk,
        "spam": .junk,
    ]

    /// Reads `inbox`, `sent`, `Kunden/Müller`, or an id.
    package init(_ text: String) {
        let lower = text.lowercased()
        if let purpose = Self.words[lower] ?? Purpose(rawValue: lower) {
            self = .purpose(purpose)
        } else if text.utf8.count >= 60, text.utf8.allSatisfy(Self.isOfID) {
            self = .id(text)
        } else {
            self = .path(text.split(separator: "/").map(String.init))
        }
    }

    private static func isOfID(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "="):
            true
        default: false
        }
    }

    /// As the caller wrote it, about.
    package var description: String {
        switch self {
        case .purpose(let purpose): purpose == .sent ? "sent" : purpose == .trash ? "trash" : "\(purpose)"
        case .path(let names): names.joined(separator: "/")
        case .id(let id): "folder \(id.prefix(12))…"
        }
    }
}
