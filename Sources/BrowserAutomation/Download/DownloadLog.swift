import CDPProtocol

/// Downloads of one context, from their events alone.
struct DownloadLog {
    struct Entry: Hashable {
        enum State: Hashable {
            case running
            case completed
            /// Cancelled by us, the page, or a broken connection.
            case cancelled
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

    /// - Returns: true when the download must be cancelled because it is too large.
    mutating func progressed(_ event: BrowserDomain.DownloadProgressEvent, maximumBytes: Int) -> Bool {
        guard let index = entries.firstIndex(where: { $0.id == event.guid }) else { return false }
        entries[index].received = max(entries[index].received, Int(event.receivedBytes))
        entries[index].announced = max(entries[index].announced, Int(event.totalBytes))
        guard entries[index].state == .running else { return false }
        if event.state == .completed {
            entries[index].state = .completed
        } else if event.state == .canceled {
            entries[index].state = .cancelled
        } else if max(entries[index].received, Int(event.totalBytes)) > maximumBytes {
            entries[index].state = .tooLarge
            return true
        }
        return false
    }

    func knows(_ id: String) -> Bool { entries.contains { $0.id == id } }

    /// The first download after a mark.
    func first(after mark: Int) -> Entry? {
        let index = mark - (count - entries.count)
        return entries.indices.contains(index) ? entries[index] : nil
    }

    var running: [Entry] { entries.filter { $0.state == .running } }
}
