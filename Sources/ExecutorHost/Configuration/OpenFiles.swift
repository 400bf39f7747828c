#if canImport(Glibc)
    import Glibc
#endif

/// How many files and connections the process may have open at once.
///
/// Shells and service managers start a program with 1024 and let it have more when it asks. Chromium asks for itself.
enum OpenFiles {
    /// As many are asked for: some libraries size their tables by the limit.
    static let most: UInt = 65_536
    /// The connections a server accepts, and what it needs besides.
    static let ofServer = 4_608
    /// Jobs, their browser, Redis and the scheduler.
    static let ofWorker = 1_024

    /// What helps where the machine gives less.
    static let remedy = "raise the hard limit: ulimit -Hn, LimitNOFILE= in a unit, --ulimit nofile= of a container"

    /// Asks for as many as the machine gives, `most` at most.
    ///
    /// - Returns: how many there may be now.
    @discardableResult
    static func raise() -> Int {
        var limit = raised(current)
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: current.rlim_cur)
    }

    /// How many there may be once that was asked for.
    static var reachable: Int { Int(clamping: raised(current).rlim_cur) }

    /// A limit as it should be: never lower than it is.
    static func raised(_ limit: rlimit) -> rlimit {
        var limit = limit
        limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, most))
        return limit
    }

    private static var current: rlimit {
        var limit = rlimit()
        _ = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return limit
    }
}
