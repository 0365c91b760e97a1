#include "edgert.h"

const char* edgert_version(void) { return EDGERT_VERSION; }
