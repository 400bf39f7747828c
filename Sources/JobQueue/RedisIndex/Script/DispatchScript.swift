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
        RedisScript(name: "cpa-dispatch-" + name, source: prelude + body)
    }

    private static let prelude = """
        local prefix = ARGV[1]
        local layout = redis.call('HGET', KEYS[1], 'layout')
        if not layout then
          redis.call('HSET', KEYS[1], 'layout', \(DispatchKeys.layout))
        elseif tonumber(layout) > \(DispatchKeys.layout) then
          return { \(DispatchReplyCode.newerLayout.rawValue), layout }
        end
        local clock = redis.call('TIME')
        local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

        -- A number as digits: Lua's own conversion would write large ones with an exponent.
        local function digits(number) return string.format('%.0f', number) end
        local function jobkey(job) return prefix .. 'j:' .. job end
        local function readykey(kind) return prefix .. 'ready:' .. kind end

        -- Takes a job out of the set its state says it is in.
        local function unindex(job, state, kind)
          if state == 'ready' then
            redis.call('ZREM', readykey(kind), job)
            if redis.call('EXISTS', readykey(kind)) == 0 then redis.call('SREM', prefix .. 'kinds', kind) end
          elseif state then
            redis.call('ZREM', prefix .. state, job)
          end
        end

        -- Makes a job claimable, with a place in the order as of the time since.
        local function makeready(job, kind, priority, since)
          local sequence = redis.call('INCR', prefix .. 'seq')
          local rank = (since - priority * \(DispatchRules.headStart)) * 1024 + sequence % 1024
          redis.call('ZADD', readykey(kind), digits(rank), job)
          redis.call('SADD', prefix .. 'kinds', kind)
          redis.call('ZADD', prefix .. 'wake', 0, 'work')
        end

        local function holds(job, worker, epoch)
          local held = redis.call('HMGET', jobkey(job), 'state', 'worker', 'epoch')
          return held[1] == 'leased' and held[2] == worker and held[3] == epoch
        end

        """
}
