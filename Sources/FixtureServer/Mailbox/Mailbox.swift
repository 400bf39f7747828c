import Cryptography

/// Folders and messages of one user.
struct Mailbox: Sendable {
    /// How sending behaves; settable by the control endpoint.
    struct Behaviour: Sendable {
        /// Milliseconds between 202 and the copy in Sent Items.
        var sendDelay: Int64 = 0
        /// Whether a message on its way can be seen in the Outbox.
        var isOutboxVisible = true
        /// Whether the immutable id of a draft leads to the sent copy; Microsoft's pages disagree.
        var keepsImmutableID = true
    }

    /// A message that has left a folder, for those who asked for the folder's changes.
    struct Removal: Sendable {
        let folder: String
        let id: String
        let immutableID: String
        /// When it came into the folder and when it left, in changes of the mailbox.
        let arrived: Int
        let removed: Int
    }

    /// Above this a request may not be (docs: "one REST request is limited to 4 MB").
    static let requestLimit = 4 << 20
    /// Below this no upload session is given ("3 MB" in the docs).
    static let smallestUpload = 3_000_000
    static let attachmentLimit = 150 << 20
    /// Removals that are remembered; older delta tokens must begin anew.
    static let removalLimit = 10_000

    let address: String
    /// The user's object id, which paths may name instead of the address.
    let userID: String
    let identifiers: MailIdentifiers
    var language = MailboxLanguage.german
    /// In the order they came.
    var messages: [StoredMessage] = []
    var folders: [MailFolder] = []
    let wellKnown: [WellKnownFolder: String]
    /// Counts changes.
    private(set) var sequence = 0
    private(set) var removals: [Removal] = []
    /// Changes up to here are no longer known in full.
    private(set) var forgottenSequence = 0
    private var nextKey = 0
    /// Key of a message by each of its ids.
    private var keys: [String: Int] = [:]
    /// Keys of messages whose time in the Outbox ends by itself.
    private var leaving: Set<Int> = []
    /// What was submitted and not brought to its receivers yet.
    var submitted: [StoredMessage] = []

    init(address: String, identifiers: MailIdentifiers) {
        self.address = address
        self.identifiers = identifiers
        let digest = SHA256.digest(of: address.lowercased())
        let stem = "AQMkADAw" + Base64.encodeURL(Array(digest.bytes.prefix(9)))
        wellKnown = Dictionary(uniqueKeysWithValues: WellKnownFolder.allCases.map { ($0, stem + $0.idSuffix) })
        let hex = Array(digest.hex)
        userID = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(hex[$0]) }.joined(separator: "-")
        folders = WellKnownFolder.allCases.map { known in
            MailFolder(
                id: id(of: known),
                wellKnown: known,
                displayName: known.displayName(language),
                parent: id(of: .msgfolderroot)
            )
        }
    }

    func id(of folder: WellKnownFolder) -> String { wellKnown[folder] ?? "" }

    // MARK: Finding

    /// What can be found, the newest first.
    var visible: [StoredMessage] {
        let recoverable = id(of: .recoverableitemsdeletions)
        return messages.reversed().filter { !$0.isInvisible && $0.folder != recoverable }
    }

    /// What can be found in one folder, the newest first.
    func visible(in folder: String) -> [StoredMessage] {
        messages.reversed().filter { !$0.isInvisible && $0.folder == folder }
    }

    func index(of id: String) throws(GraphFailure) -> Int {
        guard let key = keys[id], let index = index(ofKey: key), !messages[index].isInvisible else {
            throw MailIdentifiers.isWellFormed(id) ? .itemNotFound : .malformedID
        }
        return index
    }

    /// Keys only grow, and messages stay in their order.
    private func index(ofKey key: Int) -> Int? {
        var (low, high) = (0, messages.count)
        while low < high {
            let middle = (low + high) / 2
            if messages[middle].key < key { low = middle + 1 } else { high = middle }
        }
        return low < messages.count && messages[low].key == key ? low : nil
    }

    /// A message by either kind of id.
    func message(_ id: String) throws(GraphFailure) -> StoredMessage { messages[try index(of: id)] }

    /// A message by its key, unless it is gone or cannot be seen.
    func message(key: Int) -> StoredMessage? {
        index(ofKey: key).map { messages[$0] }.flatMap { $0.isInvisible ? nil : $0 }
    }

    // MARK: Changing

    /// A number for the next change.
    private mutating func change() -> Int {
        sequence += 1
        return sequence
    }

    /// Puts a message into its folder.
    @discardableResult
    mutating func insert(_ message: StoredMessage) -> StoredMessage {
        var message = message
        nextKey += 1
        message.key = nextKey
        message.changed = change()
        message.arrived = message.changed
        messages.append(message)
        keys[message.id] = message.key
        keys[message.immutableID] = message.key
        return message
    }

    /// Changes a message.
    @discardableResult
    mutating func update(
        _ id: String,
        now: Int64,
        _ change: (inout StoredMessage) throws(GraphFailure) -> Void
    ) throws(GraphFailure) -> StoredMessage {
        let index = try index(of: id)
        var message = messages[index]
        try change(&message)
        touch(&message, now: now)
        messages[index] = message
        return message
    }

    private mutating func touch(_ message: inout StoredMessage, now: Int64) {
        message.modified = now
        message.changeKey = identifiers.changeKey()
        message.changed = change()
    }

    /// Takes a message out for good.
    mutating func remove(_ id: String) throws(GraphFailure) { remove(at: try index(of: id)) }

    /// Takes a message out for good, wherever it is by now.
    mutating func remove(key: Int) {
        if let index = index(ofKey: key) { remove(at: index) }
    }

    private mutating func remove(at index: Int) {
        leave(messages[index])
        forget(messages.remove(at: index))
    }

    private mutating func forget(_ message: StoredMessage) {
        keys[message.id] = nil
        keys[message.immutableID] = nil
    }

    private mutating func leave(_ message: StoredMessage) {
        removals.append(
            Removal(
                folder: message.folder,
                id: message.id,
                immutableID: message.immutableID,
                arrived: message.arrived,
                removed: change()
            )
        )
        if removals.count > Self.removalLimit {
            forgottenSequence = removals[Self.removalLimit / 2].removed
            removals.removeFirst(Self.removalLimit / 2)
        }
    }

    /// Brings a message into another folder: a new id, the same immutable id.
    @discardableResult
    mutating func move(
        _ id: String,
        to folder: String,
        now: Int64,
        _ change: (inout StoredMessage) -> Void = { _ in }
    ) throws(GraphFailure) -> StoredMessage {
        let index = try index(of: id)
        var message = messages[index]
        leave(message)
        forget(message)
        message.id = identifiers.make(MailIdentifiers.restPrefix)
        message.folder = folder
        change(&message)
        touch(&message, now: now)
        message.arrived = message.changed
        keys[message.id] = message.key
        keys[message.immutableID] = message.key
        messages[index] = message
        if message.leavesOutbox != nil { leaving.insert(message.key) }
        return message
    }

    /// Puts a second message like this one into a folder.
    mutating func copy(_ id: String, to folder: String, now: Int64) throws(GraphFailure) -> StoredMessage {
        var copy = try message(id)
        copy.id = identifiers.make(MailIdentifiers.restPrefix)
        copy.immutableID = identifiers.make(MailIdentifiers.immutablePrefix)
        copy.folder = folder
        copy.created = now
        touch(&copy, now: now)
        return insert(copy)
    }

    /// Moves what has waited long enough from the Outbox to Sent Items.
    mutating func settle(now: Int64) {
        for key in leaving {
            guard let index = index(ofKey: key) else {
                leaving.remove(key)
                continue
            }
            guard let due = messages[index].leavesOutbox, due <= now else { continue }
            leaving.remove(key)
            messages[index].isInvisible = false
            let id = messages[index].id
            _ = try? move(id, to: self.id(of: .sentitems), now: now) { $0.leavesOutbox = nil }
        }
    }
}
