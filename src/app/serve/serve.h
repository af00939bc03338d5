#pragma once

#include "app/serve/serve_options.h"
#include "base/result.h"

namespace palabre::app {

/// Runs the server until SIGINT, SIGTERM, SIGHUP unless it was ignored at the start (nohup), or a
/// final failure of the store: a sync failed, damage was found, or a file of the store was removed
/// or replaced. A full disk does not end the server. Errors: the server could not start, or the
/// store failed.
///
/// Call it once, while the process has one thread. Gives up the privileges of the process, changes
/// its working directory to the data folder unless `options.memory`, and handles its signals.
Result<void> serve(const ServeOptions& options);

}  // namespace palabre::app
