import Redis

extension DispatchScript {
    /// Makes jobs claimable, now or later.
    ///
    /// | | |
    /// |---|---|
    /// | ARGV[2…] | six an entry: job, tenant, priority, not before (ms, 0 for now), epoch floor, kind |
    /// | returns | done, or tooManyKinds and the number of entries taken |
    ///
    /// Repeat-safe: an entry that waits under the same terms keeps its place. A lease in time under an epoch above the floor is
    /// left alone. At most `DispatchRules.batch` entries a call.
    static let enqueue = script(
        "enqueue",
        """
        -- Jobs that become ready are added to their sets together.
        local added, fresh, number, newkinds = {}, {}, 0, 0
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

        local sequence = redis.call('INCRBY', prefix .. 'seq', (#ARGV - 1) / 6) - (#ARGV - 1) / 6
        local function add(job, tenant, kind, priority)
          local key = readykey(tenant, kind)
          local set = added[key]
          if not set then
            set = { tenant = tenant, kind = kind, values = {} }
            added[key] = set
          end
          sequence = sequence + 1
          local values = set.values
          values[#values + 1] = rank(priority, now, sequence)
          values[#values + 1] = job
          fresh[job] = true
          wakes = true
        end

        local jobs, seen = {}, {}
        for i = 2, #ARGV, 6 do table.insert(jobs, ARGV[i]) end
        local known = records(jobs)

        for i = 2, #ARGV, 6 do
          local job, tenant, priority, due = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3])
          local floor, kind = tonumber(ARGV[i + 4]), kindname(ARGV[i + 5])
          if fresh[job] then flush() end
          local target = 'ready'
          if due > now then target = 'delayed' else due = 0 end
          local record = known[(i + 4) / 6]
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
                return { \(DispatchReplyCode.tooManyKinds.rawValue), (i - 2) / 6 }
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
        local today = math.floor(now / 86400000)
        if tonumber(meta[4] or '0') ~= today then
          redis.call('HSET', KEYS[1], 'kept', today)
          for _, key in ipairs({ 'meta', 'seq', 'wake', 'needs' }) do keep(key) end
        end
        return { \(DispatchReplyCode.done.rawValue) }
        """
    )
}
