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
/// Names people see are localised, so a purpose is never looked for by one. Nobody can tell an id from a name by its look, so a
/// name is looked for first, and what could be an id is taken as one when no folder has that name.
package enum FolderReference: Sendable, Hashable, CustomStringConvertible {
    /// The folders every mailbox has.
    package enum Purpose: String, Sendable, CaseIterable {
        case inbox, drafts, archive, outbox
        case sent = "sentitems"
        case trash = "deleteditems"
        case junk = "junkemail"
    }

    case purpose(Purpose)
    /// Display names from the top down, or an id alone.
    case path([String])
    case id(String)

    /// Ids have at least so many bytes; recorded ones have 20 to 152.
    private static let shortestID = 16
    /// No name people give is that long and without a space.
    private static let longestName = 60

    private static let words: [String: Purpose] = [
        "sent": .sent, "sent_items": .sent, "trash": .trash, "deleted": .trash, "deleted_items": .trash, "junk": .junk,
        "spam": .junk,
    ]

    /// Reads `inbox`, `sent`, `Kunden/Müller`, or an id.
    package init(_ text: String) {
        let lower = text.lowercased()
        if let purpose = Self.words[lower] ?? Purpose(rawValue: lower) {
            self = .purpose(purpose)
        } else if text.utf8.count >= Self.longestName, text.utf8.allSatisfy(Self.isOfID) {
            self = .id(text)
        } else {
            self = .path(text.split(separator: "/").map(String.init))
        }
    }

    /// The text, when it could be an id too.
    package var possibleID: String? {
        switch self {
        case .purpose: return nil
        case .id(let id): return id
        case .path(let names):
            guard names.count == 1, names[0].utf8.count >= Self.shortestID, names[0].utf8.allSatisfy(Self.isOfID)
            else { return nil }
            return names[0]
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
