import SQLite
import Threads

#if canImport(Glibc)
    import Glibc
#endif

/// Copies of all that is durable: `<directory>/cpa.db` and `<directory>/artifacts`.
package enum Backup {
    /// What a backup holds.
    package struct Content: Hashable, Sendable {
        /// Files of jobs.
        package var files: Int
        /// Files the database names and nobody has any more.
        package var missing: Int
        /// Of a restore: where the database from before lies; nil when there was none.
        package var aside: String?
    }

    /// Makes a backup while the store is in use, or not.
    ///
    /// - Parameters:
    ///   - database: path of the store's file.
    ///   - artifacts: directory of the files.
    ///   - directory: where it goes; must not exist.
    /// - Throws: `StorageError`; what was written so far stays, without `cpa.db` in its place.
    package static func make(database: String, artifacts: String, in directory: String) async throws -> Content {
        try await BlockingThread(name: "cpa-backup").run {
            guard access(directory, F_OK) != 0 else {
                throw StorageError(.conflict, "'\(directory)' is there already: name a directory that is not")
            }
            try Directory.create(directory, mode: 0o700)
            let part = directory + "/cpa.db.part"
            do {
                try SQLiteBackup.copy(database, to: part)
            } catch let error as SQLiteError { throw StorageError(error) }
            let content = try copyFiles(of: part, from: artifacts, to: directory + "/artifacts")
            // Last of all: a backup that was broken off has no database, and is none.
            try rename(part, to: directory + "/cpa.db")
            return content
        }
    }

    /// Puts a backup in the place of what is there, which is kept beside it under `.before-<time>`.
    ///
    /// Brought to this program's schema and prepared aside: whatever fails until then leaves the data from before in force.
    /// - Parameter prepare: writes what must be in the restored data before it is used; gets the path under which the database
    ///   from before will lie, nil when there is none.
    /// - Throws: `StorageError`: `inUse` while a server runs on it, `notFound`, `conflict` when it is no copy but the data itself,
    ///   `damaged`; what `prepare` throws.
    package static func restore(
        _ directory: String,
        database: String,
        artifacts: String,
        at time: Int64,
        prepare: (_ store: SQLiteStore, _ aside: String?) async throws -> Void = { _, _ in }
    ) async throws -> Content {
        let (copy, restored, aside) = (directory + "/cpa.db", database + ".restored", "\(database).before-\(time)")
        let thread = BlockingThread(name: "cpa-restore")
        let (content, use) = try await thread.run {
            guard access(copy, R_OK) == 0 else {
                throw StorageError(.notFound, "'\(directory)' holds no complete backup: there is no cpa.db in it")
            }
            guard !isSame(copy, database) else {
                throw StorageError(
                    .conflict,
                    "'\(directory)' is the data itself and no backup of it; name one, such as \(directory)/backups/<time>"
                )
            }
            try check(copy)
            let use = try ExclusiveUse(path: database + ".lock")
            // A restore that was broken off may have left a log, which is not the copy's.
            discard(restored)
            try duplicate(copy, to: restored)
            var content = try copyFiles(of: copy, from: directory + "/artifacts", to: artifacts)
            if access(database, F_OK) == 0 { content.aside = aside }
            return (content, use)
        }
        defer {
            discard(restored)
            withExtendedLifetime(use) {}
        }
        do {
            let store = try await SQLiteStore(path: restored)
            do {
                try await prepare(store, content.aside)
            } catch {
                await store.close()
                throw error
            }
            await store.close()
        } catch let error as StorageError {
            var error = error
            error.message = "'\(copy)' was not restored, what was there stays in force: \(error.message)"
            throw error
        }
        try await thread.run { try exchange(restored, for: database, keeping: aside) }
        return content
    }

    // MARK: Parts

    /// Whether two paths, however they are written, lead to one file.
    private static func isSame(_ first: String, _ second: String) -> Bool {
        var (one, other) = (stat(), stat())
        guard stat(first, &one) == 0, stat(second, &other) == 0 else { return false }
        return one.st_dev == other.st_dev && one.st_ino == other.st_ino
    }

    /// Refuses what could not be used afterwards, before anything is touched.
    private static func check(_ copy: String) throws {
        let version: Int
        do {
            try SQLiteBackup.check(copy)
            version = try SQLiteBackup.read(copy, "PRAGMA user_version").first.flatMap { Int($0) } ?? 0
        } catch let error as SQLiteError {
            var error = StorageError(error)
            error.message = "'\(copy)' is no backup that can be used, nothing was changed: \(error.message)"
            throw error
        }
        let newest = Schema.migrations.last?.version ?? 0
        guard version <= newest else {
            throw StorageError(
                .damaged,
                "'\(copy)' has schema \(version), this program knows \(newest): restore it with the newer program; nothing "
                    + "was changed"
            )
        }
        guard version > 0 else {
            throw StorageError(.damaged, "'\(copy)' is a database, but none of cpa; nothing was changed")
        }
    }

    /// The last step, so that there is always one whole database: under its own name, or under the one it is kept by.
    private static func exchange(_ restored: String, for database: String, keeping aside: String) throws {
        do {
            for suffix in ["", "-wal", "-shm"] where access(database + suffix, F_OK) == 0 {
                try rename(database + suffix, to: aside + suffix)
            }
            // A log that could not be moved into the database holds what was written last.
            for suffix in ["-wal", ""] where access(restored + suffix, F_OK) == 0 {
                try rename(restored + suffix, to: database + suffix)
            }
        } catch let error as StorageError {
            var error = error
            error.message += "; the data from before is '\(access(database, F_OK) == 0 ? database : aside)'"
            throw error
        }
    }

    /// Removes a database with what lies beside it.
    private static func discard(_ database: String) {
        for suffix in ["", "-wal", "-shm", ".lock"] { unlink(database + suffix) }
    }

    private static func copyFiles(of database: String, from source: String, to target: String) throws -> Content {
        var content = Content(files: 0, missing: 0)
        for hash in try hashes(in: database) {
            let place = "/\(hash.prefix(2))"
            try Directory.create(target + place, mode: 0o700)
            let (old, new) = ("\(source)\(place)/\(hash)", "\(target)\(place)/\(hash)")
            // A file never changes, so a second name for it is a copy; another file system needs a real one.
            if link(old, new) == 0 || errno == EEXIST {
                content.files += 1
            } else if errno == ENOENT {
                // What the backup has lost may still lie where it is restored to.
                if access(new, F_OK) == 0 { content.files += 1 } else { content.missing += 1 }
            } else {
                try duplicate(old, to: new)
                content.files += 1
            }
        }
        return content
    }

    private static func hashes(in database: String) throws -> [String] {
        do {
            return try SQLiteBackup.read(database, "SELECT sha256 FROM artifacts UNION SELECT sha256 FROM uploads")
        } catch let error as SQLiteError { throw StorageError(error) }
    }

    private static func duplicate(_ source: String, to target: String) throws {
        let from = open(source, O_RDONLY | O_CLOEXEC)
        guard from >= 0 else { throw StorageError(errno: errno, "read '\(source)'") }
        defer { close(from) }
        let into = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard into >= 0 else { throw StorageError(errno: errno, "create '\(target)'") }
        defer { close(into) }
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1024, alignment: 16)
        defer { piece.deallocate() }
        while true {
            let count = read(from, piece.baseAddress, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw StorageError(errno: errno, "read '\(source)'") }
            if count == 0 { break }
            try ArtifactFiles.write(UnsafeRawBufferPointer(rebasing: piece[..<count]), to: into, named: target)
        }
        guard fsync(into) == 0 else { throw StorageError(errno: errno, "sync '\(target)'") }
    }

    private static func rename(_ old: String, to new: String) throws {
        guard Glibc.rename(old, new) == 0 else { throw StorageError(errno: errno, "rename '\(old)' to '\(new)'") }
    }
}
