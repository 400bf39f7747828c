import Redis

extension DispatchScript {
    /// Makes jobs claimable, now or later.
    ///
    /// | | |
    /// |---|---|
    /// | ARGV[2…] | six an entry: job, tenant, priority, not before (ms, 0 for now), epoch floor, kind |
    /// | returns | done, or tooManyKinds and the number of entries taken |
    ///
    /// Repeat-safe: an entry that waits under the same terms keeps its place. A lease in time under an epoch above the floor is
    /// left alone. At most `DispatchRules.batch` entries a call.
    static let enqueue = script(
        "enqueue",
        """
        for i = 2, #ARGV, 6 do
          local job, tenant, priority, due = ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3])
          local floor, kind = tonumber(ARGV[i + 4]), ARGV[i + 5]
          local target = 'ready'
          if due > now then target = 'delayed' else due = 0 end
          local old = redis.call('HMGET', jobkey(job), 'state', 'kind', 'priority', 'due', 'epoch', 'until', 'tenant')
          local state, epoch = old[1], tonumber(old[5] or '0')
          local running = state == 'leased' and tonumber(old[6]) > now and epoch > floor
          if not running then
            if epoch < floor then epoch = floor end
            local waits = state == target and old[2] == kind and old[3] == priority and tonumber(old[4]) == due
            local set = target == 'ready' and readykey(tenant, kind) or prefix .. 'delayed'
            waits = waits and redis.call('ZSCORE', set, job)
            if not waits then
              if target == 'ready' and redis.call('SISMEMBER', prefix .. 'kinds', kind) == 0
                and redis.call('SCARD', prefix .. 'kinds') >= \(DispatchRules.kinds) then
                return { \(DispatchReplyCode.tooManyKinds.rawValue), (i - 2) / 6 }
              end
              unindex(job, state, old[2], old[7])
              if target == 'ready' then
                makeready(job, tenant, kind, tonumber(priority), now)
              else
                redis.call('ZADD', prefix .. 'delayed', digits(due), job)
                redis.call('ZADD', prefix .. 'wake', 0, 'work')
              end
              redis.call('HDEL', jobkey(job), 'worker', 'op', 'until')
            end
            redis.call('HSET', jobkey(job), 'state', target, 'tenant', tenant, 'kind', kind, 'priority', priority,
              'due', digits(due), 'epoch', digits(epoch), 'cancel', 0)
          end
        end
        -- A queue nobody uses any more leaves nothing behind.
        for _, key in ipairs({ 'meta', 'seq', 'wake' }) do
          redis.call('EXPIRE', prefix .. key, \(DispatchRules.bookkeepingSeconds))
        end
        return { \(DispatchReplyCode.done.rawValue) }
        """
    )
}
