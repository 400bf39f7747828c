import Redis

extension DispatchScript {
    /// Replaces who may be served how much.
    ///
    /// | | |
    /// |---|---|
    /// | ARGV[2] | the queue's pause (`DispatchPause`), 0 for none |
    /// | ARGV[3…] | two a tenant, at most `DispatchPolicy.limit`: its name; `pause weight concurrency interval tolerance`, the last two in µs, 0 for none |
    /// | returns | done |
    static let apply = script(
        "apply",
        """
        -- First what needs no memory: then a pause is heard without any.
        redis.call('DEL', prefix .. 'policies')
        redis.call('HSET', KEYS[1], 'paused', ARGV[2])
        for i = 3, #ARGV, 2 do redis.call('HSET', prefix .. 'policies', ARGV[i], ARGV[i + 1]) end
        keep('policies')
        for _, tenant in ipairs(redis.call('HKEYS', prefix .. 'arrivals')) do
          local _, _, _, interval = policy(tenant)
          if interval == 0 then redis.call('HDEL', prefix .. 'arrivals', tenant) end
        end
        -- Those beyond are looked at again when their time comes.
        for _, tenant in ipairs(redis.call('ZRANGE', prefix .. 'parked', '0', '\(DispatchPolicy.limit)')) do unpark(tenant) end
        wakes = true
        return { \(DispatchReplyCode.done.rawValue) }
        """
    )

    /// Where a job stands and what keeps it from being given out; refused where nothing can be given out at all.
    ///
    /// | | |
    /// |---|---|
    /// | ARGV[2] | job |
    /// | returns | done, state, when a delayed one is due (ms), jobs of its tenant before it, 1 when the queue is paused, 1 when its tenant is, the tenant's limit of leases when it is reached (else 0), when its rate allows the next start (ms, 0 for now), when a worker that can run it last asked (ms, 0 for never); or nothing |
    static let standing = script(
        "standing",
        """
        \(touch)
        local job = ARGV[2]
        local state, tenant, kind, _, _, due = load(job)
        if not state then return { \(DispatchReplyCode.nothing.rawValue) } end
        local ahead = 0
        local rank = state == 'ready' and redis.call('ZSCORE', readykey(tenant, kind), job)
        if rank then
          for _, other in ipairs(redis.call('SMEMBERS', kindskey(tenant))) do
            ahead = ahead + redis.call('ZCOUNT', readykey(tenant, other), '-inf', '(' .. rank)
          end
        end
        local pause, _, most, interval, tolerance = policy(tenant)
        if most == 0 or running(tenant) < most then most = 0 end
        local last, needs = 0, kind
        if string.sub(kind, 1, 1) == '#' then needs = redis.call('HGET', prefix .. 'needs', kind) or '#' end
        local offers = redis.call('ZRANGE', prefix .. 'offers', '0', '-1', 'WITHSCORES')
        for i = 1, #offers, 2 do
          local able = true
          for need in string.gmatch(needs, '[^,]+') do
            able = able and string.find(',' .. offers[i] .. ',', ',' .. need .. ',', 1, true)
          end
          if able then last = math.max(last, tonumber(offers[i + 1])) end
        end
        return {
          \(DispatchReplyCode.done.rawValue), state, due or 0, ahead,
          (meta[2] or '0') ~= '0' and 1 or 0, pause > 0 and 1 or 0, most,
          digits(limited(tenant, interval, tolerance) or 0), digits(last)
        }
        """
    )
}
