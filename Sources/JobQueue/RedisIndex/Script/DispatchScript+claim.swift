import Redis

extension DispatchScript {
    /// Takes the lease of the first claimable job a worker can run, of the tenant whose turn it is.
    ///
    /// | | |
    /// |---|---|
    /// | ARGV[2] | worker |
    /// | ARGV[3] | length of the lease, ms |
    /// | ARGV[4] | token of this claim: the same token gets the same lease again while it is held |
    /// | ARGV[5…] | capabilities the worker offers, sorted |
    /// | returns | done, job, tenant, epoch; or nothing and ms until something may change by itself, -1 when only others can |
    ///
    /// Promotes at most `DispatchRules.promotions` delayed jobs, looks at the head of at most `DispatchRules.kinds` rings and
    /// passes over at most `DispatchRules.promotions` tenants that are held up.
    static let claim = script("claim", claiming + "return claim(5)")

    /// Ends a lease and takes the next, as `finish` and `claim` would.
    ///
    /// | | |
    /// |---|---|
    /// | ARGV[2…4] | as for `claim` |
    /// | ARGV[5], ARGV[6] | job and epoch of the lease to end, held by the same worker |
    /// | ARGV[7…] | capabilities the worker offers, sorted |
    /// | returns | as `claim`, and as last element 1 when the lease was held and 0 otherwise |
    static let finishAndClaim = script(
        "finish-and-claim",
        claiming + """
            local finished = 0
            if holds(ARGV[5], ARGV[2], ARGV[6]) then
              unindex(ARGV[5], 'leased', nil, redis.call('HGET', jobkey(ARGV[5]), 'tenant'))
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
            local entry = redis.call('HMGET', jobkey(job), 'kind', 'priority', 'due', 'tenant')
            if entry[1] then
              redis.call('HSET', jobkey(job), 'state', 'ready', 'due', 0)
              makeready(job, entry[4], entry[1], tonumber(entry[2]), tonumber(entry[3]))
            end
          end
          due = redis.call('ZRANGEBYSCORE', prefix .. 'parked', '-inf', digits(now), 'LIMIT', 0, \(DispatchRules.promotions))
          for _, tenant in ipairs(due) do unpark(tenant) end
        end

        local passedover = 0
        -- The first tenant with ready jobs of a kind that is not held up, its pass, its first job and that one's rank.
        local function head(kind)
          while passedover < \(DispatchRules.promotions) do
            local first = redis.call('ZRANGE', ringkey(kind), 0, 0, 'WITHSCORES')
            local tenant = first[1]
            if not tenant then return nil end
            local till = heldup(tenant)
            if till then
              park(tenant, till)
            else
              local job = redis.call('ZRANGE', readykey(tenant, kind), 0, 0, 'WITHSCORES')
              if job[1] then return tenant, tonumber(first[2]), job[1], tonumber(job[2]) end
              -- Its jobs are gone without us, evicted, say.
              leave(tenant, kind)
            end
            passedover = passedover + 1
          end
        end

        local function isbefore(tenant, pass, other, otherpass)
          if pass ~= otherpass then return pass < otherpass end
          return redis.call('ZRANK', prefix .. 'ring', tenant) < redis.call('ZRANK', prefix .. 'ring', other)
        end

        -- The first job of the tenant whose turn it is, of the kinds the worker can run.
        local function best(offered)
          local job, tenant, pass, rank, kind
          for _, candidate in ipairs(redis.call('SMEMBERS', prefix .. 'kinds')) do
            local able = true
            for need in string.gmatch(candidate, '[^,]+') do able = able and offered[need] end
            local t, p, j, r
            if able then t, p, j, r = head(candidate) end
            if t then
              local wins = not job or (t == tenant and r < rank) or (t ~= tenant and isbefore(t, p, tenant, pass))
              if wins then job, tenant, pass, rank, kind = j, t, p, r, candidate end
            end
          end
          return job, tenant, kind
        end

        -- Remembers that a worker with these capabilities asked.
        local function remember(first)
          local capabilities = {}
          for i = first, #ARGV do table.insert(capabilities, ARGV[i]) end
          redis.call('ZADD', prefix .. 'offers', digits(now), table.concat(capabilities, ','))
          redis.call('EXPIRE', prefix .. 'offers', \(DispatchRules.bookkeepingSeconds))
          if redis.call('ZCARD', prefix .. 'offers') > \(DispatchRules.offers) then
            redis.call('ZREMRANGEBYRANK', prefix .. 'offers', 0, 0)
          end
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
          remember(first)
          promote()
          if redis.call('HGET', KEYS[1], 'paused') == '1' then return { \(DispatchReplyCode.nothing.rawValue), -1 } end
          local offered = {}
          for i = first, #ARGV do offered[ARGV[i]] = true end
          local job, tenant, kind = best(offered)
          if not job then
            local next = redis.call('ZRANGE', prefix .. 'delayed', 0, 0, 'WITHSCORES')
            local till = redis.call('ZRANGE', prefix .. 'parked', 0, 0, 'WITHSCORES')
            local due = math.min(tonumber(next[2] or 'inf') or math.huge, tonumber(till[2] or 'inf') or math.huge)
            return { \(DispatchReplyCode.nothing.rawValue), due < math.huge and math.max(0, due - now) or -1 }
          end
          local ends = digits(now + tonumber(ARGV[3]))
          local epoch = redis.call('HINCRBY', jobkey(job), 'epoch', 1)
          charge(tenant)
          unindex(job, 'ready', kind, tenant)
          redis.call('HSET', jobkey(job), 'state', 'leased', 'worker', worker, 'op', token, 'until', ends)
          redis.call('ZADD', prefix .. 'leased', ends, job)
          redis.call('ZADD', busykey(tenant), ends, job)
          redis.call('SET', prefix .. 'op:' .. token, job, 'PX', 60000)
          if redis.call('EXISTS', prefix .. 'kinds') == 1 then redis.call('ZADD', prefix .. 'wake', 0, 'work') end
          return { \(DispatchReplyCode.done.rawValue), job, tenant, digits(epoch) }
        end

        """
}
