import BrowserAutomation
import CTraceViewer
import JSON
import JobModel

/// A recording as one HTML file: its frames, and a player that asks nobody for anything.
struct RecordingDocument: Sendable {
    var job: String
    var start: ContinuousClock.Instant
    var log: RecordingLog
    var redact: @Sendable (String) -> String

    /// The file. Megabytes are put together here: not for a loop.
    @concurrent func html() async -> [UInt8] {
        EmbeddedPage(
            page: (cpa_recording_page(), cpa_recording_page_length()),
            style: (cpa_recording_style(), cpa_recording_style_length()),
            script: (cpa_recording_script(), cpa_recording_script_length())
        ).html(with: data)
    }

    private var data: String {
        // Frames are Base64: only captions can name a secret.
        let captions = log.captions.map { caption -> JSONValue in
            ["time": JSONValue((caption.time - start).milliseconds), "text": .string(redact(caption.text))]
        }
        let frames = log.frames.map { frame -> JSONValue in
            ["time": JSONValue((frame.time - start).milliseconds), "jpeg": .string(frame.base64)]
        }
        let members: JSONObject = [
            "job": .string(job), "frames": .array(frames), "captions": .array(captions),
            "dropped": JSONValue(log.droppedFrames),
        ]
        return JSONValue.object(members).text()
    }
}
