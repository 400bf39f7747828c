import Redis

extension DispatchScript {
    /// Makes jobs claimable, now or later.
    ///
    /// | | |
    /// |---|---|
    /// | ARGV[2…] | six for jobs with the same terms: how many, tenant, priority, not before (ms, 0 for now), epoch floor, kind; then these jobs |
    /// | returns | done, or tooManyKinds and the number of entries taken, or noPolicies |
    ///
    /// Repeat-safe: an entry that waits under the same terms keeps its place. A lease in time under an epoch above the floor is
    /// left alone. At most `DispatchRules.batch` entries a call.
    static let enqueue = script("enqueue", express: joiningAlone, shortcut: joining, entering)

    /// One job nobody has heard of joins others of its tenant and kind.
    private static let joiningAlone = """
        -- The day on which what is kept was last renewed.
        local today = math.floor(now / 86400000)
        if #ARGV == 8 and tonumber(meta[4] or '0') == today and tonumber(ARGV[5]) <= now then
          local tenant, priority, since, kind, job = ARGV[3], tonumber(ARGV[4]), now, ARGV[7], ARGV[8]
          kind = \(Expression.kindName)
          -- Who stands in the ring has ready jobs of the kind, and what its name means is kept.
          if redis.call('ZRANK', \(Expression.ringKey), tenant) then
            local record = cmsgpack.pack('ready', tenant, kind, priority, tonumber(ARGV[6]))
            if redis.call('SETNX', \(Expression.jobKey), record) == 1 then
              local added = redis.call('ZADD', \(Expression.readyKey), string.format('%d', \(Expression.rank)), job)
              redis.call('HSET', KEYS[1], 'ready', string.format('%d', tonumber(meta[5] or '0') + added))
              \(wake)
              return { \(DispatchReplyCode.done.rawValue) }
            end
          end
        end

        """

    /// Several such jobs.
    private static let joining = """
        local function shortcut()
          if tonumber(meta[4] or '0') ~= today then return nil end
          local sets, seen, values, i = {}, {}, {}, 2
          while i < #ARGV do
            if tonumber(ARGV[i + 3]) > now then return nil end
            local tenant, priority, kind = ARGV[i + 1], tonumber(ARGV[i + 2]), shortname(ARGV[i + 5])
            if not redis.call('ZRANK', ringkey(kind), tenant) then return nil end
            local record = cmsgpack.pack('ready', tenant, kind, priority, tonumber(ARGV[i + 4]))
            local key = readykey(tenant, kind)
            local set = sets[key] or {}
            sets[key] = set
            local last = i + 5 + tonumber(ARGV[i])
            for job = i + 6, last do
              local name = ARGV[job]
              if seen[name] then return nil end
              seen[name] = true
              set[#set + 1] = rank(priority, now)
              set[#set + 1] = name
              values[#values + 1] = jobkey(name)
              values[#values + 1] = record
            end
            i = last + 1
          end
          if redis.call('MSETNX', unpack(values)) == 0 then return nil end
          for key, set in pairs(sets) do ready = ready + redis.call('ZADD', key, unpack(set)) end
          wakes = true
          return { \(DispatchReplyCode.done.rawValue) }
        end

        """

    private static let entering = """
        -- Nobody may claim what a pause would hold.
        if not meta[2] then return { \(DispatchReplyCode.noPolicies.rawValue) } end

        -- Jobs that become ready are added to their sets together.
        local added, fresh, newkinds = {}, {}, 0
        local function flush()
          for key, set in pairs(added) do
            local count = redis.call('ZADD', key, unpack(set.values))
            ready = ready + count
            if count > 0 and redis.call('ZCARD', key) == count then enter(set.tenant, set.kind) end
          end
          added, fresh, newkinds = {}, {}, 0
        end

        -- Whether one more kind would be too many.
        local counted = {}
        local function exceeds(kind)
          if counted[kind] then return false end
          if redis.call('SISMEMBER', prefix .. 'kinds', kind) == 0 then
            if redis.call('SCARD', prefix .. 'kinds') + newkinds >= \(DispatchRules.kinds) then return true end
            newkinds = newkinds + 1
          end
          counted[kind] = true
          return false
        end

        local function add(job, tenant, kind, priority)
          local key = readykey(tenant, kind)
          local set = added[key]
          if not set then
            set = { tenant = tenant, kind = kind, values = {} }
            added[key] = set
          end
          local values = set.values
          values[#values + 1] = rank(priority, now)
          values[#values + 1] = job
          fresh[job] = true
          wakes = true
        end

        -- The entries, each with its terms.
        local jobs, terms, seen, i = {}, {}, {}, 2
        while i < #ARGV do
          local count, due = tonumber(ARGV[i]), tonumber(ARGV[i + 3])
          local term = {
            tenant = ARGV[i + 1], priority = tonumber(ARGV[i + 2]), due = due > now and due or 0, floor = tonumber(ARGV[i + 4]),
            kind = kindname(ARGV[i + 5]),
          }
          for job = i + 6, i + 5 + count do
            table.insert(jobs, ARGV[job])
            table.insert(terms, term)
          end
          i = i + 6 + count
        end
        local known = records(jobs)

        for number, job in ipairs(jobs) do
          local term = terms[number]
          local tenant, priority, due, floor, kind = term.tenant, term.priority, term.due, term.floor, term.kind
          if fresh[job] then flush() end
          local target = due > 0 and 'delayed' or 'ready'
          local record = known[number]
          if seen[job] then
            write()
            record = records({ job })[1]
          end
          seen[job] = true
          local state, oldtenant, oldkind, oldpriority, epoch, olddue, _, _, _, ends = fields(record)
          epoch = epoch or 0
          local running = state == 'leased' and ends > now and epoch > floor
          if not running then
            if epoch < floor then epoch = floor end
            local waits = state == target and oldkind == kind and oldpriority == priority and (olddue or 0) == due
            waits = waits and redis.call('ZSCORE', target == 'ready' and readykey(tenant, kind) or prefix .. 'delayed', job)
            if not waits then
              if target == 'ready' and exceeds(kind) then
                flush()
                return { \(DispatchReplyCode.tooManyKinds.rawValue), number - 1 }
              end
              -- What was added counts: the last job that leaves a set takes its tenant out of the ring.
              if state == 'ready' then flush() end
              if state then unindex(job, state, oldkind, oldtenant) end
              if target == 'ready' then
                add(job, tenant, kind, priority)
              else
                redis.call('ZADD', prefix .. 'delayed', digits(due), job)
                wakes = true
              end
            end
            -- A job that waits for no time has no more fields: it should be small.
            if due > 0 then
              store(job, target, tenant, kind, priority, epoch, due)
            else
              store(job, target, tenant, kind, priority, epoch)
            end
          end
        end
        flush()
        if tonumber(meta[4] or '0') ~= today then
          redis.call('HSET', KEYS[1], 'kept', digits(today))
          for _, key in ipairs({ 'meta', 'wake', 'needs' }) do keep(key) end
        end
        return { \(DispatchReplyCode.done.rawValue) }
        """
}
