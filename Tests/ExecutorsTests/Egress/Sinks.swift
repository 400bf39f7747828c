/// A page that tries every way a page has to make its browser connect somewhere.
enum Sinks {
    /// What each way asks for at the canary; the headless shell loads no icon of a page.
    static let names: Set<String> = [
        "img", "iframe", "css", "import", "script", "fetch", "xhr", "beacon", "worker", "imported", "eventsource",
        "socket",
        "prefetch", "form", "refresh", "popup", "download", "video", "object", "sw", "ping",
    ]

    static func page(target: String, canary: Int) -> String {
        """
        <!doctype html><title>busy</title>
        <link rel=stylesheet href="\(target)/css"><link rel=prefetch href="\(target)/prefetch">
        <link rel=preconnect href="\(target)"><link rel=dns-prefetch href="\(target)"><link rel=icon href="\(target)/icon">
        <style>@import url("\(target)/import"); body { background: url("\(target)/img-css") }</style>
        <img src="\(target)/img"><script src="\(target)/script"></script>
        <iframe src="\(target)/iframe" width=9 height=9></iframe><iframe name=post width=9 height=9></iframe>
        <iframe width=9 height=9 srcdoc='<meta http-equiv=refresh content="0;url=\(target)/refresh">'></iframe>
        <video src="\(target)/video" preload=auto></video><object data="\(target)/object"></object>
        <form id=form method=post target=post action="\(target)/form"><input name=a value=b></form>
        <iframe src="/download" width=9 height=9></iframe><a id=ping ping="\(target)/ping" href="#x">x</a>
        <script>
        const t = "\(target)", settled = []
        const blob = (code) => URL.createObjectURL(new Blob([code], {type: "text/javascript"}))
        const once = (target, ...names) => new Promise((done) => names.forEach((name) => target.addEventListener(name, done)))
        settled.push(fetch(t + "/fetch", {mode: "no-cors"}))
        const xhr = new XMLHttpRequest(); xhr.open("GET", t + "/xhr"); xhr.send(); settled.push(once(xhr, "loadend"))
        navigator.sendBeacon(t + "/beacon", "x")
        const worker = new Worker(blob(`fetch("${t}/worker", {mode: "no-cors"}).catch(() => 0).then(() => {
          try { importScripts("${t}/imported") } catch {} postMessage(1) })`))
        settled.push(once(worker, "message", "error"))
        const source = new EventSource(t + "/eventsource"); settled.push(once(source, "error").then(() => source.close()))
        const socket = new WebSocket(t.replace("http", "ws") + "/socket"); settled.push(once(socket, "close", "open"))
        try { const rtc = new RTCPeerConnection({iceServers: [{urls: "stun:127.0.0.1:\(canary)"}]})
          rtc.createDataChannel("x"); rtc.createOffer().then((offer) => rtc.setLocalDescription(offer)) } catch {}
        try { new WebTransport("https://127.0.0.1:\(canary)/transport").ready.catch(() => 0) } catch {}
        const known = navigator.serviceWorker.register("/sw.js").then((one) => new Promise((done) => {
          const poll = () => one.installing || one.waiting && !one.active ? setTimeout(poll, 20) : done(); poll() })).catch(() => 0)
        settled.push(known)
        form.submit(); ping.click()
        window.open(t + "/popup")
        // Loading errors come by themselves; the last ones have a moment for their connection.
        Promise.allSettled(settled).then(() => setTimeout(() => document.title = "done", 700))
        </script>
        """
    }

    /// A link to a file elsewhere is followed as a page: it has a frame of its own.
    static func download(target: String) -> String {
        """
        <!doctype html><a id=download download href="\(target)/download">x</a><script>download.click()</script>
        """
    }
}
