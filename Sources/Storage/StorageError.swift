package import SQLite

/// Why something could not be stored or read.
package struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong and what the caller can do about it.
    package enum Code: String, Sendable {
        /// The disk is full; nothing was kept. Free space, then try again.
        case storageFull
        /// Reading, writing or syncing failed.
        case ioError
        /// The store is busy or its queue full; try again later.
        case unavailable
        /// Another process has the data open; stop it first.
        case inUse
        /// The row changed since it was read; read it again.
        case conflict
        /// What came in has another hash or length than announced.
        case contentMismatch
        /// More bytes than allowed.
        case tooLarge
        /// The thing is not there.
        case notFound
        /// A row cannot be read back: damaged, or written by another program.
        case damaged
    }

    /// What went wrong.
    package var code: Code
    /// One sentence.
    package var message: String
    /// The sentence.
    package var description: String { message }

    /// An error.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The same failure in this room's words.
    package init(_ error: SQLiteError) {
        message = error.message
        code =
            switch error.code {
            case .full: .storageFull
            case .busy, .overloaded, .closed: .unavailable
            case .constraint: .conflict
            case .corrupt, .newerSchema: .damaged
            case .io, .cannotOpen, .misuse: .ioError
            }
    }
}
