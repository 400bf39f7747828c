import Redis

extension DispatchScript {
    /// Takes the lease of the first claimable job a worker can run.
    ///
    /// | | |
    /// |---|---|
    /// | ARGV[2] | worker |
    /// | ARGV[3] | length of the lease, ms |
    /// | ARGV[4] | token of this claim: the same token gets the same lease again while it is held |
    /// | ARGV[5…] | capabilities the worker offers |
    /// | returns | done, job, tenant, epoch; or nothing and ms until the next delayed job is due, -1 without one |
    ///
    /// Promotes at most `DispatchRules.promotions` delayed jobs and looks at the head of at most `DispatchRules.kinds` sets.
    static let claim = script("claim", claiming + "return claim(5)")

    /// Ends a lease and takes the next, as `finish` and `claim` would.
    ///
    /// | | |
    /// |---|---|
    /// | ARGV[2…4] | as for `claim` |
    /// | ARGV[5], ARGV[6] | job and epoch of the lease to end, held by the same worker |
    /// | ARGV[7…] | capabilities the worker offers |
    /// | returns | as `claim`, and as last element 1 when the lease was held and 0 otherwise |
    static let finishAndClaim = script(
        "finish-and-claim",
        claiming + """
            local finished = 0
            if holds(ARGV[5], ARGV[2], ARGV[6]) then
              unindex(ARGV[5], 'leased')
              redis.call('DEL', jobkey(ARGV[5]))
              finished = 1
            end
            local reply = claim(7)
            table.insert(reply, finished)
            return reply
            """
    )

    private static let claiming = """
        local function promote()
          local due = redis.call('ZRANGEBYSCORE', prefix .. 'delayed', '-inf', digits(now), 'LIMIT', 0, \(DispatchRules.promotions))
          for _, job in ipairs(due) do
            redis.call('ZREM', prefix .. 'delayed', job)
            local entry = redis.call('HMGET', jobkey(job), 'kind', 'priority', 'due')
            if entry[1] then
              redis.call('HSET', jobkey(job), 'state', 'ready', 'due', 0)
              makeready(job, entry[1], tonumber(entry[2]), tonumber(entry[3]))
            end
          end
        end

        -- The best job of the kinds the worker can run, and whether any other job is ready.
        local function best(offered)
          local job, rank, kind
          local others = 0
          for _, candidate in ipairs(redis.call('SMEMBERS', prefix .. 'kinds')) do
            local head = redis.call('ZRANGE', readykey(candidate), 0, 0, 'WITHSCORES')
            local able = head[1] and true
            for need in string.gmatch(candidate, '[^,]+') do able = able and offered[need] end
            if able and (not job or tonumber(head[2]) < rank) then
              job, rank, kind = head[1], tonumber(head[2]), candidate
            end
            others = others + redis.call('ZCARD', readykey(candidate))
          end
          return job, kind, others > 1
        end

        local function claim(first)
          local worker, token = ARGV[2], ARGV[4]
          local taken = redis.call('GET', prefix .. 'op:' .. token)
          if taken then
            local held = redis.call('HMGET', jobkey(taken), 'state', 'worker', 'op', 'tenant', 'epoch')
            if held[1] == 'leased' and held[2] == worker and held[3] == token then
              return { \(DispatchReplyCode.done.rawValue), taken, held[4], held[5] }
            end
          end
          promote()
          local offered = {}
          for i = first, #ARGV do offered[ARGV[i]] = true end
          local job, kind, more = best(offered)
          if not job then
            local next = redis.call('ZRANGE', prefix .. 'delayed', 0, 0, 'WITHSCORES')
            return { \(DispatchReplyCode.nothing.rawValue), next[2] and math.max(0, tonumber(next[2]) - now) or -1 }
          end
          local ends = now + tonumber(ARGV[3])
          local epoch = redis.call('HINCRBY', jobkey(job), 'epoch', 1)
          unindex(job, 'ready', kind)
          redis.call('HSET', jobkey(job), 'state', 'leased', 'worker', worker, 'op', token, 'until', digits(ends))
          redis.call('ZADD', prefix .. 'leased', digits(ends), job)
          redis.call('SET', prefix .. 'op:' .. token, job, 'PX', 60000)
          if more then redis.call('ZADD', prefix .. 'wake', 0, 'work') end
          return { \(DispatchReplyCode.done.rawValue), job, redis.call('HGET', jobkey(job), 'tenant'), digits(epoch) }
        end

        """
}
