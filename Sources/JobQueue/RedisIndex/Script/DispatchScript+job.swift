import Redis

extension DispatchScript {
    /// Takes jobs out of the index whatever their state.
    ///
    /// | | |
    /// |---|---|
    /// | ARGV[2…] | jobs, at most `DispatchRules.batch` |
    /// | returns | done |
    static let remove = script(
        "remove",
        """
        for i = 2, #ARGV do
          local job = ARGV[i]
          local state, tenant, kind = load(job)
          if state then unindex(job, state, kind, tenant) end
          redis.call('DEL', jobkey(job))
        end
        return { \(DispatchReplyCode.done.rawValue) }
        """
    )

    /// Marks a job as to be cancelled, for the next heartbeat, and tells who listens.
    ///
    /// | | |
    /// |---|---|
    /// | ARGV[2] | job |
    /// | returns | done, or nothing when the index does not know it |
    static let cancel = script(
        "cancel",
        """
        \(touch)
        local state, tenant, kind, priority, epoch, due, _, worker, op, ends = load(ARGV[2])
        if not state then return { \(DispatchReplyCode.nothing.rawValue) } end
        store(ARGV[2], state, tenant, kind, priority, epoch, due or 0, 1, worker, op, ends)
        redis.call('PUBLISH', prefix .. 'cancel', ARGV[2])
        return { \(DispatchReplyCode.done.rawValue) }
        """
    )

    /// Counts jobs by state.
    ///
    /// | | |
    /// |---|---|
    /// | returns | done, ready, delayed, leased, lost |
    static let depth = script(
        "depth",
        """
        return { \(DispatchReplyCode.done.rawValue), tonumber(redis.call('HGET', KEYS[1], 'ready') or '0'), redis.call('ZCARD', prefix .. 'delayed'),
          redis.call('ZCARD', prefix .. 'leased'), redis.call('ZCARD', prefix .. 'lost') }
        """
    )

    /// A write that changes nothing, refused like those of `enqueue`: by a Redis that takes no writes, or has no memory left.
    ///
    /// | | |
    /// |---|---|
    /// | returns | done |
    static let tryWrite = script(
        "try-write",
        """
        redis.call('HSETNX', KEYS[1], 'layout', '\(DispatchKeys.layout)')
        return { \(DispatchReplyCode.done.rawValue) }
        """
    )

    /// Which jobs the index does not know, or knows but holds in no set or without their needs (after an eviction, say):
    /// enqueue heals all of it.
    ///
    /// | | |
    /// |---|---|
    /// | ARGV[2…] | jobs, at most `DispatchRules.batch` |
    /// | returns | done, then the jobs that are missing |
    static let missing = script(
        "missing",
        """
        local reply, jobs = { \(DispatchReplyCode.done.rawValue) }, {}
        for i = 2, #ARGV do jobs[i - 1] = ARGV[i] end
        local known = records(jobs)
        for i, job in ipairs(jobs) do
          local state, tenant, kind = fields(known[i])
          local set = state == 'ready' and readykey(tenant, kind) or prefix .. (state or '')
          local isthere = state and redis.call('ZSCORE', set, job)
          if isthere and string.sub(kind, 1, 1) == '#' then
            isthere = redis.call('HEXISTS', prefix .. 'needs', kind) == 1
          end
          if not isthere then table.insert(reply, job) end
        end
        return reply
        """
    )
}
