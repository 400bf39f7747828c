import Redis

/// The Lua scripts of the index share a beginning.
///
/// | | |
/// |---|---|
/// | KEYS[1] | `meta`, which also places the script in the queue's slot |
/// | ARGV[1] | prefix of the queue's keys |
/// | returns | an array whose first element is a `DispatchReplyCode` |
///
/// Time is Redis' own: one clock for all leases. Scripts do a bounded amount of work, since Redis does nothing else
/// meanwhile, and may be repeated after a lost reply.
enum DispatchScript {
    static func script(_ name: String, _ body: String) -> RedisScript {
        RedisScript(name: "cpa-dispatch-" + name, source: prelude + shares + jobs + body)
    }

    private static let prelude = """
        local prefix = ARGV[1]
        local layout = redis.call('HGET', KEYS[1], 'layout')
        if not layout or tonumber(layout) < \(DispatchKeys.layout) then
          -- What an older layout filed otherwise is missing in ours, and the reconciler files it again.
          redis.call('HSET', KEYS[1], 'layout', \(DispatchKeys.layout))
          redis.call('DEL', prefix .. 'kinds')
        elseif tonumber(layout) > \(DispatchKeys.layout) then
          return { \(DispatchReplyCode.newerLayout.rawValue), layout }
        end
        local clock = redis.call('TIME')
        local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

        -- A number as digits: Lua's own conversion would write large ones with an exponent.
        local function digits(number) return string.format('%.0f', number) end
        local function jobkey(job) return prefix .. 'j:' .. job end
        local function readykey(tenant, kind) return prefix .. 'r:' .. #tenant .. ':' .. tenant .. ':' .. kind end
        local function ringkey(kind) return prefix .. 'ring:' .. kind end
        local function kindskey(tenant) return prefix .. 'tk:' .. tenant end
        local function busykey(tenant) return prefix .. 'busy:' .. tenant end

        """

    /// Tenants: whose turn it is, and who is held up (`TenantShares`).
    private static let shares = """
        -- Puts a tenant into the ring of a kind, where claims look.
        local function offer(tenant, kind, pass)
          redis.call('ZADD', ringkey(kind), pass, tenant)
          redis.call('SADD', prefix .. 'kinds', kind)
          redis.call('ZADD', prefix .. 'wake', 0, 'work')
        end

        local function withdraw(tenant, kind)
          redis.call('ZREM', ringkey(kind), tenant)
          if redis.call('EXISTS', ringkey(kind)) == 0 then redis.call('SREM', prefix .. 'kinds', kind) end
        end

        -- A tenant has its first ready job of a kind.
        local function enter(tenant, kind)
          redis.call('SADD', kindskey(tenant), kind)
          local pass = redis.call('ZSCORE', prefix .. 'ring', tenant)
          if not pass then
            local own = tonumber(redis.call('ZSCORE', prefix .. 'idle', tenant) or '0')
            pass = digits(math.max(own, tonumber(redis.call('HGET', KEYS[1], 'time') or '0')))
            redis.call('ZREM', prefix .. 'idle', tenant)
            redis.call('ZADD', prefix .. 'ring', pass, tenant)
          end
          if not redis.call('ZSCORE', prefix .. 'parked', tenant) then offer(tenant, kind, pass) end
        end

        -- Its last ready job of a kind is gone.
        local function leave(tenant, kind)
          redis.call('SREM', kindskey(tenant), kind)
          withdraw(tenant, kind)
          if redis.call('EXISTS', kindskey(tenant)) == 1 then return end
          local pass = redis.call('ZSCORE', prefix .. 'ring', tenant)
          redis.call('ZREM', prefix .. 'ring', tenant)
          redis.call('ZREM', prefix .. 'parked', tenant)
          local time = tonumber(redis.call('HGET', KEYS[1], 'time') or '0')
          if pass and tonumber(pass) > time then
            redis.call('ZADD', prefix .. 'idle', pass, tenant)
            redis.call('EXPIRE', prefix .. 'idle', \(DispatchRules.bookkeepingSeconds))
          end
        end

        -- Lets claims look at a tenant again that was held up.
        local function unpark(tenant)
          if redis.call('ZREM', prefix .. 'parked', tenant) == 0 then return end
          local pass = redis.call('ZSCORE', prefix .. 'ring', tenant)
          if not pass then return end
          for _, kind in ipairs(redis.call('SMEMBERS', kindskey(tenant))) do offer(tenant, kind, pass) end
        end

        local function park(tenant, till)
          redis.call('ZADD', prefix .. 'parked', digits(till), tenant)
          for _, kind in ipairs(redis.call('SMEMBERS', kindskey(tenant))) do withdraw(tenant, kind) end
        end

        -- paused, weight, concurrency (0: none), interval and tolerance in µs (0: no rate)
        local function policy(tenant)
          local text = redis.call('HGET', prefix .. 'policies', tenant)
          if not text then return 0, 1, 0, 0, 0 end
          local paused, weight, most, interval, tolerance = string.match(text, '(%d+) (%d+) (%d+) (%d+) (%d+)')
          return tonumber(paused), tonumber(weight), tonumber(most), tonumber(interval), tonumber(tolerance)
        end

        local function running(tenant)
          return redis.call('ZCOUNT', busykey(tenant), '(' .. digits(now), '+inf')
        end

        -- When a tenant over its rate may be served again, ms; nil when it may be now.
        local function limited(tenant, interval, tolerance)
          if interval == 0 then return nil end
          local earliest = tonumber(redis.call('HGET', prefix .. 'arrivals', tenant) or '0') - tolerance
          return earliest > now * 1000 and math.ceil(earliest / 1000) or nil
        end

        -- When it is worth to look at a tenant again that is held up; nil when it is not.
        local function heldup(tenant)
          local paused, _, most, interval, tolerance = policy(tenant)
          if paused == 1 then return now + \(DispatchRules.parkedMilliseconds) end
          if most > 0 and running(tenant) >= most then
            local ends = redis.call('ZRANGEBYSCORE', busykey(tenant), '(' .. digits(now), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
            return tonumber(ends[2])
          end
          return limited(tenant, interval, tolerance)
        end

        -- A job of the tenant is given out; it is still counted as ready.
        local function charge(tenant)
          local _, weight, _, interval = policy(tenant)
          local pass = tonumber(redis.call('ZSCORE', prefix .. 'ring', tenant))
          local time = tonumber(redis.call('HGET', KEYS[1], 'time') or '0')
          redis.call('HSET', KEYS[1], 'time', digits(math.max(time, pass)))
          pass = digits(pass + math.floor(\(DispatchRules.stride) / weight))
          redis.call('ZADD', prefix .. 'ring', pass, tenant)
          for _, kind in ipairs(redis.call('SMEMBERS', kindskey(tenant))) do
            redis.call('ZADD', ringkey(kind), pass, tenant)
          end
          -- Passes that were overtaken say nothing any more.
          for _, other in ipairs(redis.call('ZRANGEBYSCORE', prefix .. 'idle', '-inf', digits(time), 'LIMIT', 0, 10)) do
            redis.call('ZREM', prefix .. 'idle', other)
          end
          if interval == 0 then return end
          local arrival = tonumber(redis.call('HGET', prefix .. 'arrivals', tenant) or '0')
          redis.call('HSET', prefix .. 'arrivals', tenant, digits(math.max(arrival, now * 1000) + interval))
          redis.call('EXPIRE', prefix .. 'arrivals', \(DispatchRules.bookkeepingSeconds))
        end

        """

    private static let jobs = """
        -- Takes a job out of the set its state says it is in.
        local function unindex(job, state, kind, tenant)
          if state == 'ready' then
            if redis.call('ZREM', readykey(tenant, kind), job) == 1 then redis.call('HINCRBY', KEYS[1], 'ready', -1) end
            if redis.call('EXISTS', readykey(tenant, kind)) == 0 then leave(tenant, kind) end
          elseif state then
            redis.call('ZREM', prefix .. state, job)
            if tenant and redis.call('ZREM', busykey(tenant), job) == 1 then unpark(tenant) end
          end
        end

        -- Makes a job claimable, with a place in the order as of the time since.
        local function makeready(job, tenant, kind, priority, since)
          local sequence = redis.call('INCR', prefix .. 'seq')
          local rank = (since - priority * \(DispatchRules.headStart)) * 1024 + sequence % 1024
          local isfirst = redis.call('EXISTS', readykey(tenant, kind)) == 0
          if redis.call('ZADD', readykey(tenant, kind), digits(rank), job) == 1 then
            redis.call('HINCRBY', KEYS[1], 'ready', 1)
          end
          if isfirst then enter(tenant, kind) else redis.call('ZADD', prefix .. 'wake', 0, 'work') end
        end

        local function holds(job, worker, epoch)
          local held = redis.call('HMGET', jobkey(job), 'state', 'worker', 'epoch')
          return held[1] == 'leased' and held[2] == worker and held[3] == epoch
        end

        """
}
