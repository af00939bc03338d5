#pragma once

#include "app/serve/serve_options.h"
#include "base/result.h"

namespace palabre::app {

/// Runs the server until SIGINT, SIGTERM, the loss of its terminal, or a failure of the store.
/// Errors: the server could not start, or the store failed.
Result<void> serve(const ServeOptions& options);

}  // namespace palabre::app
