#include "app/serve/histories.h"

#include <utility>

#include "base/clock.h"

#include "base/clock.h"

namespace palabre::app {}  // namespace palabre::app
