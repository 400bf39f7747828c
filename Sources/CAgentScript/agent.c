#include "CAgentScript.h"

// #embed records the file as a dependency, so an edit of the agent rebuilds this object and nothing else.
static const char script[] = {
#embed "../BrowserAutomation/Resources/agent/agent.js"
};

const char *cpa_agent_script(void) { return script; }
size_t cpa_agent_script_length(void) { return sizeof script; }
