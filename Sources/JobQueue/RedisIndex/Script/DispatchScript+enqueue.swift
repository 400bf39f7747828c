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
        local known = {}
        local function exceeds(kind)
          if known[kind] then return false end
          if redis.call('SISMEMBER', prefix .. 'kinds', kind) == 0 then
            if redis.call('SCARD', prefix .. 'kinds') + newkinds >= \(DispatchRules.kinds) then return true end
            newkinds = newkinds + 1
          end
          known[kind] = true
          return false
        end

        local sequence = redis.call('INCRBY', prefix .. 'seq', (#ARGV - 1) / 6) - (#ARGV - 1) / 6
        local function add(job, tenant, kind, priority)
          local key = readykey(tenant, kind)
          added[key] = added[key] or { tenant = tenant, kind = kind, values = {} }
          sequence = sequence + 1
          table.insert(added[key].values, rank(priority, now, sequence))
          table.insert(added[key].values, job)
          fresh[job] = true
          wakes = true
        end

        -- Mostly none is there yet: then none is looked up.
        local keys, seen = {}, {}
        for i = 2, #ARGV, 6 do table.insert(keys, jobkey(ARGV[i])) end
        local arenew = keys[1] and redis.call('EXISTS', unpack(keys)) == 0

        for i = 2, #ARGV, 6 do
          local job, tenant, priority, due = ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3])
          local floor, kind = tonumber(ARGV[i + 4]), kindname(ARGV[i + 5])
          if fresh[job] then flush() end
          local target = 'ready'
          if due > now then target = 'delayed' else due = 0 end
          local old = {}
          if not arenew or seen[job] then
            old = redis.call('HMGET', jobkey(job), 'state', 'kind', 'priority', 'due', 'epoch', 'until', 'tenant')
          end
          seen[job] = true
          local state, epoch = old[1], tonumber(old[5] or '0')
          local running = state == 'leased' and tonumber(old[6]) > now and epoch > floor
          if not running then
            if epoch < floor then epoch = floor end
            local waits = state == target and old[2] == kind and old[3] == priority and tonumber(old[4] or '0') == due
            waits = waits and redis.call('ZSCORE', target == 'ready' and readykey(tenant, kind) or prefix .. 'delayed', job)
            if not waits then
              if target == 'ready' and exceeds(kind) then
                flush()
                return { \(DispatchReplyCode.tooManyKinds.rawValue), (i - 2) / 6 }
              end
              -- What was added counts: the last job that leaves a set takes its tenant out of the ring.
              if state == 'ready' then flush() end
              if state then unindex(job, state, old[2], old[7]) end
              if target == 'ready' then
                add(job, tenant, kind, tonumber(priority))
              else
                redis.call('ZADD', prefix .. 'delayed', digits(due), job)
                wakes = true
              end
            end
            -- What is zero is left out: a waiting job should be small.
            if state then redis.call('HDEL', jobkey(job), 'worker', 'op', 'until', 'due', 'cancel') end
            redis.call('HSET', jobkey(job), 'state', target, 'tenant', tenant, 'kind', kind, 'priority', priority,
              'epoch', digits(epoch), unpack(due > 0 and { 'due', digits(due) } or {}))
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
