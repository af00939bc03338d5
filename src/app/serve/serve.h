#pragma once

#include "app/serve/serve_options.h"
#include "base/result.h"

namespace palabre::app {

/// Runs the server until SIGINT or SIGTERM. An error is one of starting.
Result<void> serve(const ServeOptions& options);

}  // namespace palabre::app
