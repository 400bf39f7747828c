#include "CAgentScript.h"

// The files share one function scope. #embed records them as dependencies, so an edit of the agent rebuilds this
// object and nothing else.
static const char script[] = {
    '(', '(', ')', '=', '>', '{', '"', 'u', 's', 'e', ' ', 's', 't', 'r', 'i', 'c', 't', '"', ';', '\n',
#embed "../BrowserAutomation/Resources/agent/selector.js"
    ,
#embed "../BrowserAutomation/Resources/agent/dom.js"
    ,
#embed "../BrowserAutomation/Resources/agent/closed.js"
    ,
#embed "../BrowserAutomation/Resources/agent/frame.js"
    ,
#embed "../BrowserAutomation/Resources/agent/text.js"
    ,
#embed "../BrowserAutomation/Resources/agent/css.js"
    ,
#embed "../BrowserAutomation/Resources/agent/roles.js"
    ,
#embed "../BrowserAutomation/Resources/agent/names.js"
    ,
#embed "../BrowserAutomation/Resources/agent/states.js"
    ,
#embed "../BrowserAutomation/Resources/agent/single.js"
    ,
#embed "../BrowserAutomation/Resources/agent/near.js"
    ,
#embed "../BrowserAutomation/Resources/agent/wait.js"
    ,
#embed "../BrowserAutomation/Resources/agent/hit.js"
    ,
#embed "../BrowserAutomation/Resources/agent/point.js"
    ,
#embed "../BrowserAutomation/Resources/agent/guard.js"
    ,
#embed "../BrowserAutomation/Resources/agent/pointer.js"
    ,
#embed "../BrowserAutomation/Resources/agent/drag.js"
    ,
#embed "../BrowserAutomation/Resources/agent/overlay.js"
    ,
#embed "../BrowserAutomation/Resources/agent/entry.js"
    ,
#embed "../BrowserAutomation/Resources/agent/form.js"
    ,
#embed "../BrowserAutomation/Resources/agent/choose.js"
    ,
#embed "../BrowserAutomation/Resources/agent/read.js"
    ,
#embed "../BrowserAutomation/Resources/agent/screen.js"
    ,
#embed "../BrowserAutomation/Resources/agent/picture.js"
    ,
#embed "../BrowserAutomation/Resources/agent/recording.js"
    ,
#embed "../BrowserAutomation/Resources/agent/snapshot.js"
    ,
#embed "../BrowserAutomation/Resources/agent/agent.js"
    , '}', ')', '(', ')', ';', '\n',
};

const char *cpa_agent_script(void) { return script; }
size_t cpa_agent_script_length(void) { return sizeof script; }
