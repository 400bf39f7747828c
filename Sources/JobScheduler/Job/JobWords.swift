import JSON
import JobModel
import Storage
import Synchronization

/// A job with its steps and files as clients see it, in JSON.
package struct JobWords: Sendable {
    let tenant: TenantID
    /// What the job was like.
    package let version: JobVersion
    /// UTF-8.
    package let json: [UInt8]

    init(_ detail: JobDetail) throws {
        tenant = detail.job.tenant
        version = JobVersion(detail.job)
        json = try detail.json().serialized()
    }
}

/// Jobs in words as they were last asked for: who asks again and again for one that has not changed costs no read and no JSON.
///
/// Bounded: when it is full it starts anew.
final class JobWordsCache: Sendable {
    private struct Entry {
        var words: JobWords
        /// Of the store, asked before the job was read.
        var changes: Int
    }

    private struct State {
        var entries: [JobID: Entry] = [:]
        var bytes = 0
    }

    private static let countLimit = 4096
    private static let bytesLimit = 8 << 20
    /// A larger one would push out too many others.
    private static let entryLimit = 64 << 10

    private let state = Mutex(State())

    /// The words of a job that has not changed since.
    func words(of job: JobID, at changes: Int) -> JobWords? {
        state.withLock { state in
            guard let entry = state.entries[job], entry.changes == changes else { return nil }
            return entry.words
        }
    }

    func keep(_ words: JobWords, of job: JobID, at changes: Int) {
        guard words.json.count <= Self.entryLimit else { return }
        state.withLock { state in
            if let old = state.entries.removeValue(forKey: job) { state.bytes -= old.words.json.count }
            if state.entries.count >= Self.countLimit || state.bytes + words.json.count > Self.bytesLimit {
                state = State()
            }
            state.entries[job] = Entry(words: words, changes: changes)
            state.bytes += words.json.count
        }
    }
}
