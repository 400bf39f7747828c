import Redis

/// The Lua scripts of the index share a beginning and an end.
///
/// | | |
/// |---|---|
/// | KEYS[1] | `meta`, which also places the script in the queue's slot |
/// | ARGV[1] | prefix of the queue's keys |
/// | returns | an array whose first element is a `DispatchReplyCode` |
///
/// Time is Redis' own: one clock for all leases. Scripts do a bounded amount of work, since Redis does nothing else
/// meanwhile, and may be repeated after a lost reply. What several jobs of a call change alike is written once, at its end.
/// Numbers are given to commands as texts: Redis would write them as doubles of 17 digits.
enum DispatchScript {
    /// - Parameters:
    ///   - express: deals with a case of every day before a function is made, each of which costs about as much as a command;
    ///     it returns the reply, or goes on with nothing changed.
    ///   - shortcut: defines what deals with the usual case, without the functions the rest needs, as `shortcut`; it returns
    ///     the reply, or nil with nothing changed.
    static func script(
        _ name: String,
        express: String = "",
        shortcut: String = "local function shortcut() end\n",
        _ body: String
    ) -> RedisScript {
        let rest = shares + jobs + "local function main()\n" + body + "\nend\n" + "reply = main()\nend\n"
        let whole = prelude + records + shortcut + "local reply = shortcut()\nif not reply then\n" + rest + ending
        return RedisScript(name: "cpa-dispatch-" + name, source: beginning + express + whole)
    }

    /// Expressions of variables with these names.
    enum Expression {
        static let jobKey = "prefix .. 'j:' .. job"
        static let readyKey = "prefix .. 'q:' .. #tenant .. ':' .. tenant .. ':' .. kind"
        static let ringKey = "prefix .. 'ring:' .. kind"
        /// How a set of capabilities is written in keys and jobs: itself while it is short, else a name (`needs` has the set).
        static let kindName =
            "#kind <= \(DispatchRules.shortKind) and kind or '#' .. string.sub(redis.sha1hex(kind), 1, 16)"
        /// A place in the order: smaller is claimed first.
        static let rank = "(since - priority * \(DispatchRules.headStart)) * 1024 + sequence"
    }

    private static let beginning = """
        local prefix = ARGV[1]
        local meta = redis.call('HMGET', KEYS[1], 'layout', 'paused', 'time', 'kept', 'ready')
        if not meta[1] or tonumber(meta[1]) < \(DispatchKeys.layout) then
          -- What an older layout filed otherwise is missing in ours, and the reconciler files it again.
          redis.call('HSET', KEYS[1], 'layout', '\(DispatchKeys.layout)', 'ready', '0')
          redis.call('DEL', prefix .. 'kinds')
          meta[5] = '0'
        elseif tonumber(meta[1]) > \(DispatchKeys.layout) then
          return { \(DispatchReplyCode.newerLayout.rawValue), meta[1] }
        end
        local clock = redis.call('TIME')
        local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
        -- Breaks ties within a millisecond, which has 1024 places: by the microsecond, and then one by one.
        local sequence = math.floor(clock[2] % 1000 * 1.024)

        """

    private static let prelude = """
        -- Written at the end of the script: the pass served last, jobs more or less ready, whether to wake a claim.
        local time, ready, wakes = tonumber(meta[3] or '0'), 0, false

        -- A whole number as digits: Lua's own conversion would write large ones with an exponent.
        local function digits(number) return string.format('%d', number) end
        local function jobkey(job) return \(Expression.jobKey) end
        local function readykey(tenant, kind) return \(Expression.readyKey) end
        local function ringkey(kind) return \(Expression.ringKey) end
        local function kindskey(tenant) return prefix .. 'tk:' .. tenant end
        local function busykey(tenant) return prefix .. 'busy:' .. tenant end
        -- A queue nobody uses any more leaves nothing behind.
        local function keep(key) redis.call('EXPIRE', prefix .. key, '\(DispatchRules.bookkeepingSeconds)') end

        local function rank(priority, since)
          sequence = sequence + 1
          return digits(\(Expression.rank))
        end

        local function shortname(kind) return \(Expression.kindName) end
        local kindnames = {}
        local function kindname(kind)
          if #kind <= \(DispatchRules.shortKind) then return kind end
          local name = kindnames[kind]
          if not name then
            name = shortname(kind)
            kindnames[kind] = name
            local isnew = redis.call('HSETNX', prefix .. 'needs', name, kind) == 1
            if isnew then keep('needs') end
            if isnew and redis.call('HLEN', prefix .. 'needs') > \(DispatchRules.kindNames) then
              -- One that delayed jobs still have is written again when the reconciler finds them missing.
              for _, other in ipairs(redis.call('HKEYS', prefix .. 'needs')) do
                if other ~= name and redis.call('SISMEMBER', prefix .. 'kinds', other) == 0 then
                  redis.call('HDEL', prefix .. 'needs', other)
                end
              end
            end
          end
          return name
        end

        """

    /// Jobs are read and written many at a time: a command of a script costs more than what is in it.
    private static let records = """
        -- The records of jobs as they are kept, false for those there are none of; a key of another type is none.
        local function records(jobs)
          local keys = {}
          for i, job in ipairs(jobs) do keys[i] = jobkey(job) end
          return keys[1] and redis.call('MGET', unpack(keys)) or {}
        end

        -- state, tenant, kind, priority, epoch, due, cancel, worker, op, until; nothing without a record.
        local function fields(record)
          if record then return cmsgpack.unpack(record) end
        end

        local function load(job) return fields(records({ job })[1]) end

        -- Jobs to be written, by their keys. A script that reads again what it may have changed writes them before.
        local changes = {}
        local function store(job, ...)
          changes[#changes + 1] = jobkey(job)
          changes[#changes + 1] = cmsgpack.pack(...)
        end
        local function write()
          if changes[1] then redis.call('MSET', unpack(changes)) end
          changes = {}
        end

        """

    /// The first write of a script that renews, ends or cancels what is there: it changes nothing.
    ///
    /// A Redis that takes no writes at all (a replica, a disk that fails) refuses it whatever the script finds to do, so that
    /// none of them seems to work while the others cannot. One without memory refuses only what may need some, and that only
    /// before a script's first write: with this one before them renewals pass, and nobody loses a lease to it.
    static let touch = "redis.call('DEL', prefix .. 'none')"

    /// A claim that waits looks for work; to ask whether one was told already costs less than to tell it again.
    static let wake = """
        if redis.call('EXISTS', prefix .. 'wake') == 0 then
          redis.call('ZADD', prefix .. 'wake', '0', 'work')
          redis.call('EXPIRE', prefix .. 'wake', '\(DispatchRules.bookkeepingSeconds)')
        end
        """

    private static let ending = """
        write()
        local total = digits(tonumber(meta[5] or '0') + ready)
        if time ~= tonumber(meta[3] or '0') then
          redis.call('HSET', KEYS[1], 'ready', total, 'time', digits(time))
        elseif ready ~= 0 then
          redis.call('HSET', KEYS[1], 'ready', total)
        end
        if wakes then \(wake) end
        return reply
        """

    /// Tenants: whose turn it is, and who is held up (`TenantShares`).
    private static let shares = """
        -- Puts a tenant into the ring of a kind, where claims look.
        local function offer(tenant, kind, pass)
          redis.call('ZADD', ringkey(kind), pass, tenant)
          redis.call('SADD', prefix .. 'kinds', kind)
          wakes = true
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
            pass = digits(math.max(own, time))
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
          if pass and tonumber(pass) > time then
            redis.call('ZADD', prefix .. 'idle', pass, tenant)
            keep('idle')
          end
          -- Passes that were overtaken say nothing any more.
          local over = redis.call('ZRANGEBYSCORE', prefix .. 'idle', '-inf', digits(time), 'LIMIT', '0', '\(DispatchRules.batch)')
          if over[1] then redis.call('ZREM', prefix .. 'idle', unpack(over)) end
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

        local policies = {}
        -- pause (`DispatchPause`, 0: none), weight, concurrency (0: none), interval and tolerance in µs (0: no rate)
        local function policy(tenant)
          local own = policies[tenant]
          if not own then
            own = { 0, 1, 0, 0, 0 }
            local text = redis.call('HGET', prefix .. 'policies', tenant)
            if text then
              own = {}
              for number in string.gmatch(text, '%d+') do table.insert(own, tonumber(number)) end
            end
            policies[tenant] = own
          end
          return own[1], own[2], own[3], own[4], own[5]
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

        """

    private static let jobs = """
        -- Takes a job out of the set its state says it is in.
        local function unindex(job, state, kind, tenant)
          if state == 'ready' then
            ready = ready - redis.call('ZREM', readykey(tenant, kind), job)
            if redis.call('EXISTS', readykey(tenant, kind)) == 0 then leave(tenant, kind) end
          elseif state then
            redis.call('ZREM', prefix .. state, job)
            if tenant and redis.call('ZREM', busykey(tenant), job) == 1 then unpark(tenant) end
          end
        end

        -- Makes a job claimable, with a place in the order as of the time since.
        local function makeready(job, tenant, kind, priority, since)
          local key = readykey(tenant, kind)
          local added = redis.call('ZADD', key, rank(priority, since), job)
          ready = ready + added
          wakes = true
          if added == 1 and redis.call('ZCARD', key) == 1 then enter(tenant, kind) end
        end

        """
}
