#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "server/doors/operators/request.h"

namespace palabre::app {

/// Asks the server of this machine, and waits for its answer, a few seconds at most. `path` is its
/// control socket; empty: whichever answers of the usual ones. What comes back is safe to show.
Result<std::string> ask_server(const server::ControlRequest& request,
                               const std::filesystem::path& path);

}  // namespace palabre::app
