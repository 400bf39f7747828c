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
        \(touch)
        local reply, held, busy, jobs = { \(DispatchReplyCode.done.rawValue) }, {}, {}, {}
        local ends = now + tonumber(ARGV[2])
        for i = 3, #ARGV, 3 do table.insert(jobs, ARGV[i]) end
        for i, record in ipairs(records(jobs)) do
          local job, own, given = jobs[i], ARGV[3 * i + 1], tonumber(ARGV[3 * i + 2])
          local state, tenant, kind, priority, epoch, due, cancel, worker, op = fields(record)
          if state == 'leased' and worker == own and epoch == given then
            store(job, state, tenant, kind, priority, epoch, due, cancel, worker, op, ends)
            busy[tenant] = busy[tenant] or {}
            for _, value in ipairs({ digits(ends), job }) do
              table.insert(held, value)
              table.insert(busy[tenant], value)
            end
            -- 2 and 3 of a pause (`DispatchPause`) are 3 and 4 of a reply.
            local pause = math.max(tonumber(meta[2] or '0'), (policy(tenant)))
            table.insert(reply, cancel == 1 and 2 or (pause > 1 and pause + 1 or 1))
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
    /// A lost job is listed by every call until it is enqueued or removed, so a lost reply loses nothing. Its answer proves
    /// that renewals were possible too, even where nothing ran out.
    static let expired = script(
        "expired",
        """
        \(touch)
        local reply = { \(DispatchReplyCode.done.rawValue) }
        local over = redis.call('ZRANGEBYSCORE', prefix .. 'leased', '-inf', digits(now), 'LIMIT', '0', ARGV[2])
        for i, record in ipairs(records(over)) do
          local job = over[i]
          local state, tenant, kind, priority, epoch, due, cancel, worker, op, ends = fields(record)
          unindex(job, 'leased', nil, tenant)
          if state == 'leased' then
            store(job, 'lost', tenant, kind, priority, epoch, due, cancel, worker, op, ends)
            redis.call('ZADD', prefix .. 'lost', digits(now), job)
          end
        end
        write()
        local lost = redis.call('ZRANGE', prefix .. 'lost', '0', digits(ARGV[2] - 1))
        for i, record in ipairs(records(lost)) do
          local job = lost[i]
          local state, tenant, _, _, epoch, _, _, worker = fields(record)
          if state == 'lost' then
            for _, value in ipairs({ job, tenant, worker, digits(epoch) }) do table.insert(reply, value) end
          else
            redis.call('ZREM', prefix .. 'lost', job)
          end
        end
        return reply
        """
    )
}
