#include "CAgentScript.h"

static const char script[] = {
#embed "../BrowserAutomation/Resources/storage/storage.js"
};

const char *cpa_storage_script(void) { return script; }
size_t cpa_storage_script_length(void) { return sizeof script; }
