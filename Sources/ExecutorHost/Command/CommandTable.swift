/// Every command of `cpa`.
enum CommandTable {
    static func commands(signals: Signals) -> [Command] {
        [
            run(signals), validate, screenshot, serve(signals), worker(signals), submit, schedule, intents, watch, jobs,
            cancel, explain, resolve, retry, dead, queue, schedules, keys, audit, policies, secrets, backup, restore,
            doctor,
        ]
    }
}
