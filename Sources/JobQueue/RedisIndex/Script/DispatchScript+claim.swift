import Redis

extension DispatchScript {
    /// Ends leases of a worker and takes the leases of the first claimable jobs it can run, each of the tenant whose turn it is.
    ///
    /// | | |
    /// |---|---|
    /// | ARGV[2] | worker |
    /// | ARGV[3] | length of the leases, ms |
    /// | ARGV[4] | token of this claim: the same token gets the same leases again while they are held |
    /// | ARGV[5] | leases to take, at most `DispatchRules.batch`; 0 to take none |
    /// | ARGV[6] | capabilities the worker offers, sorted, with commas |
    /// | ARGV[7] | 1 to remember that a worker with these asked |
    /// | ARGV[8…] | two a lease to end: job, epoch |
    /// | returns | done, ms until something may change by itself (-1 when only others can), one number a lease to end (1 when it was held), then three a lease taken: job, tenant, epoch |
    ///
    /// The order is that of so many claims of one. Promotes at most `DispatchRules.promotions` delayed jobs, looks at the head of
    /// at most `DispatchRules.kinds` rings and passes over at most `DispatchRules.promotions` tenants that are held up.
    static let exchange = script("exchange", finishing + claiming + exchanging)

    private static let finishing = """
        -- Whether tenants are held up.
        local areparked = redis.call('EXISTS', prefix .. 'parked') == 1

        -- Ends the leases that are held; for each 1 or 0.
        local function finish(first)
          local flags, over, keys, tenants, asked = {}, {}, {}, {}, {}
          for i = first, #ARGV, 2 do table.insert(asked, ARGV[i]) end
          for i, record in ipairs(records(asked)) do
            local job, given = asked[i], tonumber(ARGV[first + 2 * i - 1])
            local state, tenant, _, _, epoch, _, _, worker = fields(record)
            local isheld = state == 'leased' and worker == ARGV[2] and epoch == given and not over[job]
            table.insert(flags, isheld and 1 or 0)
            if isheld then
              over[job] = true
              table.insert(over, job)
              table.insert(keys, jobkey(job))
              tenants[tenant] = tenants[tenant] or {}
              table.insert(tenants[tenant], job)
            end
          end
          if not over[1] then return flags end
          redis.call('ZREM', prefix .. 'leased', unpack(over))
          redis.call('DEL', unpack(keys))
          for tenant, jobs in pairs(tenants) do
            redis.call('ZREM', busykey(tenant), unpack(jobs))
            if areparked then unpark(tenant) end
          end
          return flags
        end

        """

    private static let claiming = """
        local worker, token, count, capabilities = ARGV[2], ARGV[4], tonumber(ARGV[5]), ARGV[6]
        local ends = now + tonumber(ARGV[3])

        local function promote()
          local due = redis.call('ZRANGEBYSCORE', prefix .. 'delayed', '-inf', digits(now), 'LIMIT', '0', '\(DispatchRules.promotions)')
          for i, record in ipairs(records(due)) do
            local job = due[i]
            redis.call('ZREM', prefix .. 'delayed', job)
            local state, tenant, kind, priority, epoch, since, cancel = fields(record)
            if state then
              store(job, 'ready', tenant, kind, priority, epoch, 0, cancel or 0)
              makeready(job, tenant, kind, priority, since)
            end
          end
          write()
          if not areparked then return end
          due = redis.call('ZRANGEBYSCORE', prefix .. 'parked', '-inf', digits(now), 'LIMIT', '0', '\(DispatchRules.promotions)')
          for _, tenant in ipairs(due) do unpark(tenant) end
        end

        -- Kinds with ready jobs that the worker can run.
        local function candidates()
          local kinds, texts, names = redis.call('SMEMBERS', prefix .. 'kinds'), {}, {}
          for _, kind in ipairs(kinds) do if string.sub(kind, 1, 1) == '#' then table.insert(names, kind) end end
          if names[1] then
            for i, text in ipairs(redis.call('HMGET', prefix .. 'needs', unpack(names))) do texts[names[i]] = text or '#' end
          end
          -- What is asked is looked for in the text: to take it apart costs more than a claim, and is asked little.
          local offered, known, result = ',' .. capabilities .. ',', {}, {}
          for _, kind in ipairs(kinds) do
            local able = true
            for need in string.gmatch(texts[kind] or kind, '[^,]+') do
              if known[need] == nil then known[need] = string.find(offered, ',' .. need .. ',', 1, true) ~= nil end
              able = able and known[need]
            end
            if able then table.insert(result, kind) end
          end
          return result
        end

        -- Whether one tenant alone has ready jobs.
        local alone
        -- What was taken of each tenant, and the ready jobs of each set that were looked at: one more than may be taken.
        local taken, lists = {}, {}
        local function list(tenant, kind)
          local key = readykey(tenant, kind)
          if not lists[key] then
            lists[key] = { jobs = redis.call('ZRANGE', key, '0', ARGV[5]), at = 1, key = key, taken = {} }
            -- Of an only tenant most of them are taken.
            if alone then lists[key].records = records(lists[key].jobs) end
          end
          return lists[key]
        end

        local function drop(list)
          if not list.taken[1] then return end
          ready = ready - redis.call('ZREM', list.key, unpack(list.taken))
          list.taken = {}
        end

        -- When it is worth to look at a tenant again that is held up; nil when it is not.
        local function heldup(tenant)
          local pause, _, most, interval, tolerance = policy(tenant)
          if pause > 0 then return now + \(DispatchRules.parkedMilliseconds) end
          local mine = ends > now and taken[tenant] and #taken[tenant] / 2 or 0
          if most > 0 and running(tenant) + mine >= most then
            local first = redis.call('ZRANGEBYSCORE', busykey(tenant), '(' .. digits(now), '+inf', 'WITHSCORES', 'LIMIT', '0', '1')
            return tonumber(first[2]) or ends
          end
          return limited(tenant, interval, tolerance)
        end

        -- The pass of the only tenant with ready jobs is written once, at the end; others' at once, for the rings order them.
        local only
        local function writepass(tenant, pass)
          redis.call('ZADD', prefix .. 'ring', digits(pass), tenant)
          for _, kind in ipairs(redis.call('SMEMBERS', kindskey(tenant))) do
            redis.call('ZADD', ringkey(kind), digits(pass), tenant)
          end
        end
        local function settle()
          if only then writepass(only.tenant, only.pass) end
          only = nil
        end

        -- A job of the tenant is given out; it is still counted as ready.
        local function charge(tenant, pass)
          local _, weight, _, interval = policy(tenant)
          time = math.max(time, pass)
          pass = pass + math.floor(\(DispatchRules.stride) / weight)
          if alone then only = { tenant = tenant, pass = pass } else writepass(tenant, pass) end
          if interval == 0 then return end
          local arrival = tonumber(redis.call('HGET', prefix .. 'arrivals', tenant) or '0')
          redis.call('HSET', prefix .. 'arrivals', tenant, digits(math.max(arrival, now * 1000) + interval))
          keep('arrivals')
        end

        local passedover = 0
        -- The first tenant with ready jobs of a kind that is not held up: its pass and its first job.
        local function head(kind)
          while passedover < \(DispatchRules.promotions) do
            local tenant, pass
            if only then
              tenant, pass = only.tenant, only.pass
            else
              local first = redis.call('ZRANGE', ringkey(kind), '0', '0', 'WITHSCORES')
              tenant, pass = first[1], tonumber(first[2])
            end
            if not tenant then return nil end
            local till = heldup(tenant)
            if till then
              settle()
              park(tenant, till)
            else
              local waiting = list(tenant, kind)
              local job = waiting.jobs[waiting.at]
              if job then return { tenant = tenant, pass = pass, job = job, kind = kind, list = waiting } end
              -- Its jobs are gone without us, evicted, say.
              settle()
              leave(tenant, kind)
            end
            passedover = passedover + 1
          end
        end

        -- Asked for only where two kinds of one tenant are compared: a score is written out digit by digit.
        local function rankof(first)
          local list = first.list
          if list.ranked ~= list.at then
            list.ranked, list.rank = list.at, tonumber(redis.call('ZSCORE', list.key, first.job))
          end
          return list.rank
        end

        local function isbefore(one, other)
          if one.tenant == other.tenant then return rankof(one) < rankof(other) end
          if one.pass ~= other.pass then return one.pass < other.pass end
          return redis.call('ZRANK', prefix .. 'ring', one.tenant) < redis.call('ZRANK', prefix .. 'ring', other.tenant)
        end

        -- The first job of the tenant whose turn it is, of these kinds; a head is looked up again when its tenant was served.
        local heads = {}
        local function best(kinds)
          local winner
          for _, kind in ipairs(kinds) do
            if heads[kind] == nil then heads[kind] = head(kind) or false end
            local first = heads[kind]
            if first and (not winner or isbefore(first, winner)) then winner = first end
          end
          return winner
        end

        """

    private static let exchanging = """
        local function remember()
          redis.call('ZADD', prefix .. 'offers', digits(now), capabilities)
          keep('offers')
          if redis.call('ZCARD', prefix .. 'offers') > \(DispatchRules.offers) then
            redis.call('ZREMRANGEBYRANK', prefix .. 'offers', '0', '0')
          end
        end

        -- The leases this claim got before, when its reply was lost.
        local function again(reply)
          local found = false
          -- GETEX counts as a write: what `touch` is elsewhere, and a claim has no command to spare.
          for job in string.gmatch(redis.call('GETEX', prefix .. 'op:' .. token) or '', '%S+') do
            local state, tenant, _, _, epoch, _, _, own, op = load(job)
            if state == 'leased' and own == worker and op == token then
              for _, value in ipairs({ job, tenant, digits(epoch) }) do table.insert(reply, value) end
              found = true
            end
          end
          return found
        end

        local function take(first, leased, reply)
          local job, tenant = first.job, first.tenant
          local loaded = first.list.records and first.list.records[first.list.at]
          if loaded == nil then loaded = records({ job })[1] end
          -- Without a record it was evicted: SQL knows whether such an epoch may work.
          local _, _, kind, priority, epoch, due, cancel = fields(loaded)
          epoch = (epoch or 0) + 1
          store(job, 'leased', tenant, kind or first.kind, priority or 0, epoch, due or 0, cancel or 0, worker, token, ends)
          taken[tenant] = taken[tenant] or {}
          for _, value in ipairs({ digits(ends), job }) do
            table.insert(leased, value)
            table.insert(taken[tenant], value)
          end
          charge(tenant, first.pass)
          first.list.at = first.list.at + 1
          table.insert(first.list.taken, job)
          if not first.list.jobs[first.list.at] then
            drop(first.list)
            settle()
            leave(tenant, first.kind)
          end
          for kind, other in pairs(heads) do if other and other.tenant == tenant then heads[kind] = nil end end
          for _, value in ipairs({ job, tenant, digits(epoch) }) do table.insert(reply, value) end
          return job
        end

        -- Whether another claim would find something.
        local function areleft()
          for _, list in pairs(lists) do if list.jobs[list.at] then return true end end
          return redis.call('EXISTS', prefix .. 'kinds') == 1
        end

        local function claim(reply)
          if again(reply) then return end
          if ARGV[7] == '1' then remember() end
          promote()
          if (meta[2] or '0') ~= '0' then return end
          alone = redis.call('ZCARD', prefix .. 'ring') == 1
          local kinds, leased, jobs = candidates(), {}, {}
          while #jobs < count do
            local first = best(kinds)
            if not first then break end
            table.insert(jobs, take(first, leased, reply))
          end
          for _, list in pairs(lists) do drop(list) end
          settle()
          if jobs[1] then
            redis.call('ZADD', prefix .. 'leased', unpack(leased))
            for tenant, values in pairs(taken) do redis.call('ZADD', busykey(tenant), unpack(values)) end
            redis.call('SET', prefix .. 'op:' .. token, table.concat(jobs, ' '), 'PX', '\(DispatchRules.tokenMilliseconds)')
            wakes = wakes or areleft()
          else
            local next = redis.call('ZRANGE', prefix .. 'delayed', '0', '0', 'WITHSCORES')
            local till = redis.call('ZRANGE', prefix .. 'parked', '0', '0', 'WITHSCORES')
            local due = math.min(tonumber(next[2]) or math.huge, tonumber(till[2]) or math.huge)
            if due < math.huge then reply[2] = math.max(0, due - now) end
          end
        end

        local reply = { \(DispatchReplyCode.done.rawValue), -1 }
        for _, flag in ipairs(finish(8)) do table.insert(reply, flag) end
        if count > 0 then claim(reply) end
        return reply
        """
}
