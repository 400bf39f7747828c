import Redis

extension DispatchScript {
    /// Renews leases.
    ///
    /// | | |
    /// |---|---|
    /// | ARGV[2] | length of the leases from now, ms |
    /// | ARGV[3…] | three a lease: job, worker, epoch |
    /// | returns | done, then one number a lease: 0 lost, 1 held, 2 held but to be cancelled, 3 to hold, 4 to go back |
    ///
    /// A lease that ran out unnoticed is renewed: nobody else can have it. At most `DispatchRules.batch` a call.
    static let heartbeat = script(
        "heartbeat",
        """
        local reply, held, busy = { \(DispatchReplyCode.done.rawValue) }, {}, {}
        local ends = digits(now + tonumber(ARGV[2]))
        for i = 3, #ARGV, 3 do
          local job = ARGV[i]
          local lease = redis.call('HMGET', jobkey(job), 'state', 'worker', 'epoch', 'tenant', 'cancel')
          if lease[1] == 'leased' and lease[2] == ARGV[i + 1] and lease[3] == ARGV[i + 2] then
            redis.call('HSET', jobkey(job), 'until', ends)
            busy[lease[4]] = busy[lease[4]] or {}
            for _, value in ipairs({ ends, job }) do
              table.insert(held, value)
              table.insert(busy[lease[4]], value)
            end
            -- 2 and 3 of a pause (`DispatchPause`) are 3 and 4 of a reply.
            local pause = math.max(tonumber(meta[2] or '0'), (policy(lease[4])))
            table.insert(reply, lease[5] == '1' and 2 or (pause > 1 and pause + 1 or 1))
          else
            table.insert(reply, 0)
          end
        end
        if held[1] then redis.call('ZADD', prefix .. 'leased', unpack(held)) end
        for tenant, values in pairs(busy) do redis.call('ZADD', busykey(tenant), unpack(values)) end
        return reply
        """
    )

    /// Marks leases that ran out as lost and lists all that are.
    ///
    /// | | |
    /// |---|---|
    /// | ARGV[2] | most leases to mark and to list |
    /// | returns | done, then four a lease: job, tenant, worker, epoch |
    ///
    /// A lost job is listed by every call until it is enqueued or removed, so a lost reply loses nothing.
    static let expired = script(
        "expired",
        """
        local reply = { \(DispatchReplyCode.done.rawValue) }
        local over = redis.call('ZRANGEBYSCORE', prefix .. 'leased', '-inf', digits(now), 'LIMIT', 0, ARGV[2])
        for _, job in ipairs(over) do
          local entry = redis.call('HMGET', jobkey(job), 'state', 'tenant')
          unindex(job, 'leased', nil, entry[2] or nil)
          if entry[1] == 'leased' then
            redis.call('HSET', jobkey(job), 'state', 'lost')
            redis.call('ZADD', prefix .. 'lost', digits(now), job)
          end
        end
        for _, job in ipairs(redis.call('ZRANGE', prefix .. 'lost', 0, ARGV[2] - 1)) do
          local lease = redis.call('HMGET', jobkey(job), 'tenant', 'worker', 'epoch', 'state')
          if lease[4] == 'lost' then
            for _, value in ipairs({ job, lease[1], lease[2], lease[3] }) do table.insert(reply, value) end
          else
            redis.call('ZREM', prefix .. 'lost', job)
          end
        end
        return reply
        """
    )
}
