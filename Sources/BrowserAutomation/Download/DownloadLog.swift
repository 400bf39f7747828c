import CDPProtocol

/// Downloads of one context, from their events alone.
struct DownloadLog {
    struct Entry: Hashable {
        enum State: Hashable {
            case running
            case completed
            /// Ended by us, the page, the disk, or a broken connection.
            case cancelled
            /// The connection broke, and Chromium asks for the file again by itself; cancelled by us.
            case interrupted
            /// Larger than allowed; cancelled by us.
            case tooLarge
        }

        var id: String
        var url: String
        /// As the server or page suggests it: text to show, never a path.
        var suggestedName: String
        var received = 0
        /// As the server announced it; 0 when it did not.
        var announced = 0
        var state = State.running

        /// What is known of its size so far.
        var size: Int { max(received, announced) }
        /// For messages: a `data:` address may be the whole file.
        var shownURL: String { url.count > 200 ? url.prefix(200) + "…" : url }
    }

    private static let limit = 100

    private(set) var entries: [Entry] = []
    /// How many there were; a mark for who waits for the next.
    private(set) var count = 0

    mutating func began(_ event: BrowserDomain.DownloadWillBeginEvent) {
        guard !entries.contains(where: { $0.id == event.guid }) else { return }
        entries.append(Entry(id: event.guid, url: event.url, suggestedName: event.suggestedFilename))
        count += 1
        if entries.count > Self.limit { entries.removeFirst() }
    }

    /// What the server says when it is asked again may be another file, or none: a GET in the place of a POST, a page that
    /// says that the link was used. A download that Chromium begins anew is over, but one that goes on with `If-Range` is not.
    ///
    /// - Returns: true when the download must be cancelled.
    mutating func progressed(_ event: BrowserDomain.DownloadProgressEvent, maximumBytes: Int) -> Bool {
        guard let index = entries.firstIndex(where: { $0.id == event.guid }) else { return false }
        let (received, total) = (Self.count(event.receivedBytes), Self.count(event.totalBytes))
        let before = entries[index]
        entries[index].received = max(before.received, received)
        entries[index].announced = max(before.announced, total)
        guard before.state == .running else { return false }
        if event.state == .canceled {
            entries[index].state = .cancelled
        } else if received < before.received || (before.announced > 0 && total != before.announced) {
            entries[index].state = .interrupted
            return true
        } else if event.state == .completed {
            entries[index].state = .completed
        } else if max(received, total) > maximumBytes {
            entries[index].state = .tooLarge
            return true
        }
        return false
    }

    /// A count of bytes as Chromium passes on what a server announced, which may be more than an `Int` holds.
    private static func count(_ bytes: Double) -> Int { Int(min(max(bytes, 0), 0x1p62)) }

    func knows(_ id: String) -> Bool { entries.contains { $0.id == id } }

    /// The first download after a mark.
    func first(after mark: Int) -> Entry? {
        let index = mark - (count - entries.count)
        return entries.indices.contains(index) ? entries[index] : nil
    }

    var running: [Entry] { entries.filter { $0.state == .running } }
}
