import JSON

/// Members of a task that mean the same whoever does it.
extension ToDo {
    /// The action whose members the task has: that of `op`, when it is the seed's `playwright`.
    package var namedAction: Action {
        guard action == .playwright else { return action }
        return fields["op"]?.string.flatMap(Action.init(rawValue:)) ?? .playwright
    }

    /// Members that give a file its name: it is kept, shown, looked for and handed out under that.
    package var fileNameMembers: [String] {
        switch namedAction {
        case .writeFile: ["path"]
        case .moveFile: ["to"]
        case .screenshot, .pdf, .download, .storageState, .har: ["name"]
        default: []
        }
    }
}
