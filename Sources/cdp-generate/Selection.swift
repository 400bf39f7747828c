/// What of the protocol is in use; the only place to edit when another command or event is needed.
///
/// Everything named must exist in the protocol of the installed Chromium, or the generator stops.
enum Selection {
    static let commands = """
        Browser.getVersion Browser.close Browser.setDownloadBehavior Browser.cancelDownload Browser.grantPermissions
        Browser.resetPermissions
        Target.setAutoAttach Target.createBrowserContext Target.disposeBrowserContext Target.createTarget
        Target.closeTarget Target.detachFromTarget Target.getTargets
        Page.enable Page.getFrameTree Page.setLifecycleEventsEnabled Page.addScriptToEvaluateOnNewDocument
        Page.navigate Page.reload Page.stopLoading Page.getNavigationHistory Page.navigateToHistoryEntry
        Page.handleJavaScriptDialog Page.captureScreenshot Page.printToPDF
        Page.bringToFront Page.crash Page.setInterceptFileChooserDialog
        Page.startScreencast Page.screencastFrameAck Page.stopScreencast
        Runtime.enable Runtime.runIfWaitingForDebugger Runtime.evaluate Runtime.callFunctionOn Runtime.releaseObject
        Runtime.releaseObjectGroup Runtime.getProperties Runtime.terminateExecution
        DOM.setFileInputFiles DOM.describeNode DOM.resolveNode
        Input.dispatchMouseEvent Input.dispatchKeyEvent Input.insertText Input.setInterceptDrags Input.dispatchDragEvent
        Input.dispatchTouchEvent
        Network.enable Network.setExtraHTTPHeaders Network.setBlockedURLs
        Network.getResponseBody Network.emulateNetworkConditions
        Network.setBypassServiceWorker
        Fetch.enable Fetch.disable Fetch.continueRequest Fetch.failRequest Fetch.continueWithAuth
        Fetch.fulfillRequest
        Emulation.setDeviceMetricsOverride Emulation.setLocaleOverride Emulation.setTimezoneOverride
        Emulation.setUserAgentOverride Emulation.setEmulatedMedia Emulation.setFocusEmulationEnabled
        Emulation.setDefaultBackgroundColorOverride Emulation.setGeolocationOverride
        Emulation.setTouchEmulationEnabled Emulation.clearGeolocationOverride
        Security.setIgnoreCertificateErrors
        Log.enable
        IO.read IO.close
        Storage.getCookies Storage.setCookies
        """

    static let events = """
        Browser.downloadWillBegin Browser.downloadProgress
        Target.attachedToTarget Target.detachedFromTarget
        Page.frameAttached Page.frameDetached Page.frameNavigated Page.navigatedWithinDocument Page.lifecycleEvent
        Page.frameRequestedNavigation Page.frameStartedNavigating Page.frameStoppedLoading
        Page.javascriptDialogOpening Page.javascriptDialogClosed Page.fileChooserOpened Page.screencastFrame
        Runtime.executionContextCreated Runtime.executionContextDestroyed Runtime.executionContextsCleared
        Runtime.exceptionThrown Runtime.consoleAPICalled
        Input.dragIntercepted
        Network.requestWillBeSent Network.responseReceived Network.loadingFinished Network.loadingFailed
        Network.requestServedFromCache
        Network.requestWillBeSentExtraInfo Network.responseReceivedExtraInfo
        Fetch.requestPaused Fetch.authRequired
        Log.entryAdded Inspector.targetCrashed Inspector.targetReloadedAfterCrash Inspector.detached
        """

    /// Strings that become a type of their own.
    static let identifiers = """
        Browser.BrowserContextID Target.TargetID Target.SessionID Page.FrameId Page.ScriptIdentifier Network.LoaderId
        Network.RequestId Fetch.RequestId Runtime.RemoteObjectId IO.StreamHandle
        """

    /// The members in use of types, commands, replies (`….reply`) and events that have many; all of the others are kept.
    static let members: [String: String] = [
        "Target.TargetInfo": "targetId type title url attached openerId openerFrameId browserContextId parentFrameId",
        "Target.createTarget": "url browserContextId",
        "Target.createBrowserContext": "disposeOnDetach proxyServer proxyBypassList",
        "Target.setAutoAttach": "autoAttach waitForDebuggerOnStart flatten filter",
        "Page.Frame": "id parentId loaderId name url unreachableUrl mimeType",
        "Page.FrameTree": "frame childFrames",
        "Page.frameAttached": "frameId parentFrameId",
        "Page.frameNavigated": "frame",
        "Page.enable": "",
        "Page.navigate": "url referrer frameId referrerPolicy",
        "Page.addScriptToEvaluateOnNewDocument": "source worldName runImmediately",
        "Page.screencastFrame": "data sessionId",
        "Page.startScreencast": "format quality maxWidth maxHeight",
        "Page.LayoutViewport": "pageX pageY clientWidth clientHeight",
        "Page.VisualViewport": "pageX pageY clientWidth clientHeight scale",
        "Page.NavigationEntry": "id url title",
        "Page.javascriptDialogOpening": "url message type hasBrowserHandler defaultPrompt",
        "Page.javascriptDialogClosed": "result userInput",
        "Page.fileChooserOpened": "frameId mode backendNodeId",
        "Runtime.RemoteObject": "type subtype className value unserializableValue description objectId",
        "Runtime.ExceptionDetails": "exceptionId text lineNumber columnNumber url exception",
        "Runtime.ExecutionContextDescription": "id origin name uniqueId auxData",
        "Runtime.evaluate":
            "expression objectGroup returnByValue userGesture awaitPromise timeout uniqueContextId",
        "Runtime.callFunctionOn":
            "functionDeclaration objectId arguments returnByValue userGesture awaitPromise objectGroup uniqueContextId",
        "Runtime.CallArgument": "value unserializableValue objectId",
        "Runtime.consoleAPICalled": "type args timestamp",
        "Runtime.getProperties": "objectId ownProperties",
        "Runtime.getProperties.reply": "result",
        "Runtime.PropertyDescriptor": "name value",
        "DOM.Node": "nodeId backendNodeId nodeName frameId shadowRoots shadowRootType",
        "Network.enable": "maxTotalBufferSize maxResourceBufferSize",
        "Network.requestWillBeSent":
            "requestId loaderId documentURL request timestamp wallTime redirectResponse type frameId",
        "Network.Request": "url method headers postData hasPostData",
        "Network.responseReceived": "requestId loaderId timestamp type response frameId",
        "Network.Response": """
        url status statusText headers mimeType fromDiskCache fromServiceWorker encodedDataLength protocol remoteIPAddress
        timing
        """,
        "Network.ResourceTiming":
            "requestTime dnsStart dnsEnd connectStart connectEnd sslStart sslEnd sendStart sendEnd receiveHeadersEnd",
        "Network.loadingFinished": "requestId timestamp encodedDataLength",
        "Network.loadingFailed": "requestId timestamp type errorText canceled blockedReason",
        "Network.setBlockedURLs": "urls",
        "Network.Cookie": "name value domain path expires size httpOnly secure session sameSite",
        "Network.CookieParam": "name value url domain path secure httpOnly sameSite expires",
        "Fetch.requestPaused":
            "requestId request frameId resourceType responseErrorReason responseStatusCode responseHeaders networkId redirectedRequestId",
        "Emulation.setDeviceMetricsOverride": "width height deviceScaleFactor mobile screenWidth screenHeight",
        "Emulation.setUserAgentOverride": "userAgent acceptLanguage platform userAgentMetadata",
        "Emulation.setGeolocationOverride": "latitude longitude accuracy",
        "Input.dispatchMouseEvent":
            "type x y modifiers button buttons clickCount force deltaX deltaY pointerType",
        "Input.dispatchKeyEvent":
            "type modifiers text unmodifiedText code key windowsVirtualKeyCode autoRepeat isKeypad location commands",
        "Log.LogEntry": "source level text timestamp url lineNumber",
        "Log.entryAdded": "entry",
        "Network.requestWillBeSentExtraInfo": "requestId headers",
        "Network.responseReceivedExtraInfo": "requestId headers statusCode",
        "Network.emulateNetworkConditions": "offline latency downloadThroughput uploadThroughput",
    ]
}
