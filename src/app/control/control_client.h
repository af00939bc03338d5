#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "server/doors/operators/request.h"

namespace palabre::app {

/// Sends a request to the server on this machine and waits for the answer, five seconds at most.
/// `path`: its control socket; empty: the first of the usual ones that accepts. The answer is safe
/// to print.
Result<std::string> ask_server(const server::ControlRequest& request,
                               const std::filesystem::path& path);

}  // namespace palabre::app
