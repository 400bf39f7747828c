import Redis

extension DispatchScript {
    /// Takes the queue for a database, keeps it, or gives it back.
    ///
    /// | | |
    /// |---|---|
    /// | ARGV[2] | who owns it from now on |
    /// | ARGV[3] | for how long (ms); 0 gives it back |
    /// | returns | done; or nothing, the other one that owns it |
    static let own = script(
        "own",
        """
        local owner = redis.call('GET', prefix .. 'owner')
        if owner and owner ~= ARGV[2] then return { \(DispatchReplyCode.nothing.rawValue), owner } end
        if ARGV[3] == '0' then
          redis.call('DEL', prefix .. 'owner')
        else
          redis.call('SET', prefix .. 'owner', ARGV[2], 'PX', ARGV[3])
        end
        return { \(DispatchReplyCode.done.rawValue) }
        """
    )
}
