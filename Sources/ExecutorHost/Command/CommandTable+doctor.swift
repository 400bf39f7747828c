import JSON

extension CommandTable {
    static let doctor = Command(
        name: "doctor",
        summary: "Shows every setting with its origin, and looks whether everything needed works.",
        options: [
            .setting("--redis", "url", .redisURL), .setting("--scheduler", "url", .schedulerURL),
        ],
        run: { invocation in
            let terminal = invocation.terminal
            for line in settingLines(invocation.configuration, isJSON: invocation.isJSON) { terminal.result(line) }
            if !invocation.isJSON { terminal.result("") }
            var hasFailed = false
            for check in Check.all + Check.settings(of: invocation) {
                let result = await check.run(invocation.configuration)
                if case .failure = result { hasFailed = true }
                if invocation.isJSON {
                    terminal.result(result.json(check.name).text())
                } else {
                    let name = ProgressPrinter.pad(check.name, 16)
                    terminal.result("\(ProgressPrinter.pad(result.word, 4))  \(name)\(result.detail)")
                    if let fix = result.fix { terminal.result(String(repeating: " ", count: 22) + "→ \(fix)") }
                }
            }
            return hasFailed ? .problem : .ok
        }
    )

    static func settingLines(_ configuration: Configuration, isJSON: Bool) -> [String] {
        let width = Setting.all.map(\.key.count).max() ?? 0
        return configuration.description.map { setting, value, origin in
            guard !isJSON else {
                let json: JSONObject = [
                    "setting": .string(setting.key), "value": .string(value), "origin": .string(origin),
                ]
                return json.text()
            }
            let columns = [ProgressPrinter.pad(setting.key, width), ProgressPrinter.pad(value, 40), origin]
            return ProgressPrinter.trimmed(columns.joined(separator: "  "))
        }
    }
}
