#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "server/doors/operators/request.h"

namespace palabre::app {

/// Sends a request to the server on this machine and waits for the answer. Each connect, send and
/// receive waits five seconds at most; there is no total limit. `path`: the server's control
/// socket; empty: the first of `usual_control_paths()` that accepts. Returns the text of the
/// answer, safe to print. An answer with an exit code other than EX_OK is returned as an Error.
Result<std::string> ask_server(const server::ControlRequest& request,
                               const std::filesystem::path& path);

}  // namespace palabre::app
