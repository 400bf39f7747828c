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
          local entry = redis.call('HMGET', jobkey(job), 'state', 'kind', 'tenant')
          if entry[1] then
            unindex(job, entry[1], entry[2], entry[3])
            redis.call('DEL', jobkey(job))
          end
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
        if redis.call('EXISTS', jobkey(ARGV[2])) == 0 then return { \(DispatchReplyCode.nothing.rawValue) } end
        redis.call('HSET', jobkey(ARGV[2]), 'cancel', 1)
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
        local reply = { \(DispatchReplyCode.done.rawValue) }
        for i = 2, #ARGV do
          local entry = redis.call('HMGET', jobkey(ARGV[i]), 'state', 'kind', 'tenant')
          local set = entry[1] == 'ready' and readykey(entry[3] or '', entry[2] or '') or prefix .. (entry[1] or '')
          local isthere = entry[1] and redis.call('ZSCORE', set, ARGV[i])
          if isthere and entry[2] and string.sub(entry[2], 1, 1) == '#' then
            isthere = redis.call('HEXISTS', prefix .. 'needs', entry[2]) == 1
          end
          if not isthere then table.insert(reply, ARGV[i]) end
        end
        return reply
        """
    )
}
